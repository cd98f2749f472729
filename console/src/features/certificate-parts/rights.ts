// SPDX-License-Identifier: Apache-2.0
// Which right a call asks for. The server's refusal does not tell what is denied from what is absent, and so
// cannot say it; that the kind of call asks for it is no secret. Pure. e2e/few-rights.test.mjs holds it against
// what the server writes into its audit.

export interface Right {
  permission: string;
  // The least that a policy statement has to say: "use leaf-certificates".
  statement: string;
}

const right = (permission: string, statement: string): Right => ({ permission, statement });

const LB = 'load-balancers';
const CERTIFICATE = 'leaf-certificates';
const AUTHORITY = 'certificate-authorities';
const updateLb = right('LOAD_BALANCER_UPDATE', `use ${LB}`);
const updateCertificate = right('CERTIFICATE_UPDATE', `use ${CERTIFICATE}`);

// The first that fits. A segment in braces is any one.
const RIGHTS: [string, Right][] = [
  ['GET /20210224/certificates', right('CERTIFICATE_INSPECT', `inspect ${CERTIFICATE}`)],
  ['POST /20210224/certificates', right('CERTIFICATE_CREATE', `manage ${CERTIFICATE}`)],
  ['GET /20210224/certificates/{id}', right('CERTIFICATE_READ', `read ${CERTIFICATE}`)],
  ['PUT /20210224/certificates/{id}', updateCertificate],
  [
    'GET /20210224/certificates/{id}/versions',
    right('CERTIFICATE_VERSION_INSPECT', 'inspect leaf-certificate-versions'),
  ],
  [
    'POST /20210224/certificates/{id}/actions/{action}',
    right('CERTIFICATE_DELETE', `manage ${CERTIFICATE}`),
  ],
  ['POST /20260101/certificates/{id}/actions/{action}', updateCertificate],
  ['POST /20260101/rollouts/{id}/actions/{action}', updateCertificate],
  ['GET /20260101/rollouts', right('CERTIFICATE_READ', `read ${CERTIFICATE}`)],
  ['GET /20260101/rollouts/{id}', right('CERTIFICATE_READ', `read ${CERTIFICATE}`)],
  [
    'POST /20260101/associations/{id}/actions/forceDetach',
    right('CERTIFICATE_ASSOCIATION_DELETE', 'manage certificate-associations'),
  ],
  [
    'POST /20210224/certificateAuthorities',
    right('CERTIFICATE_AUTHORITY_CREATE', `manage ${AUTHORITY}`),
  ],
  [
    'GET /20210224/certificateAuthorities/{id}',
    right('CERTIFICATE_AUTHORITY_READ', `read ${AUTHORITY}`),
  ],
  [
    'POST /20210224/certificateAuthorities/{id}/actions/{action}',
    right('CERTIFICATE_AUTHORITY_DELETE', `manage ${AUTHORITY}`),
  ],
  ['GET /20170115/loadBalancers', right('LOAD_BALANCER_INSPECT', `inspect ${LB}`)],
  ['POST /20170115/loadBalancers', right('LOAD_BALANCER_CREATE', `manage ${LB}`)],
  ['GET /20170115/loadBalancers/{id}', right('LOAD_BALANCER_READ', `read ${LB}`)],
  ['DELETE /20170115/loadBalancers/{id}', right('LOAD_BALANCER_DELETE', `manage ${LB}`)],
  ['GET /20170115/loadBalancers/{id}/workRequests', right('LOAD_BALANCER_READ', `read ${LB}`)],
  ['{change} /20170115/loadBalancers/{id}/{kind}', updateLb],
  ['{change} /20170115/loadBalancers/{id}/{kind}/{name}', updateLb],
  ['{change} /20170115/loadBalancers/{id}/{kind}/{name}/backends', updateLb],
  ['{change} /20170115/loadBalancers/{id}/{kind}/{name}/backends/{backend}', updateLb],
  ['POST /20160918/users', right('USER_CREATE', 'manage users')],
  ['POST /20160918/groups', right('GROUP_CREATE', 'manage groups')],
  ['POST /20160918/userGroupMemberships', right('GROUP_UPDATE', 'use groups')],
  ['DELETE /20160918/userGroupMemberships/{id}', right('GROUP_UPDATE', 'use groups')],
  ['GET /20160918/policies', right('POLICY_READ', 'read policies')],
  ['POST /20160918/policies', right('POLICY_CREATE', 'manage policies')],
  ['DELETE /20160918/policies/{id}', right('POLICY_DELETE', 'manage policies')],
  ['GET /20160918/users', right('USER_INSPECT', 'inspect users')],
  ['GET /20160918/groups', right('GROUP_INSPECT', 'inspect groups')],
  ['GET /20160918/users/{id}/apiKeys', right('USER_READ', 'read users')],
  ['POST /20160918/users/{id}/apiKeys', right('USER_APIKEY_ADD', 'manage users')],
  ['DELETE /20160918/users/{id}/apiKeys/{fingerprint}', right('USER_APIKEY_REMOVE', 'manage users')],
  ['POST /20260101/nodePools', right('NODE_POOL_CREATE', 'manage node-pools')],
  ['POST /20260101/nodes/{id}/actions/remove', right('NODE_DELETE', 'manage nodes')],
  ['POST /20260101/nodes/{id}/actions/{action}', right('NODE_UPDATE', 'use nodes')],
  ['GET /20190901/auditEvents', right('AUDIT_EVENT_READ', 'inspect audit-events')],
];

function fits(pattern: string, asked: string): boolean {
  const wanted = pattern.split(/[ /]/);
  const found = asked.split(/[ /]/);
  return (
    wanted.length === found.length &&
    wanted.every((part, at) => (part === '{change}' ? found[at] !== 'GET' : /^\{/.test(part) || part === found[at]))
  );
}

// rightFor takes the method and the path of a call: "PUT /20210224/certificates/ocid1…".
export function rightFor(asked: string | undefined): Right | undefined {
  if (asked === undefined) return undefined;
  return RIGHTS.find(([pattern]) => fits(pattern, asked))?.[1];
}
