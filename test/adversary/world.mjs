// SPDX-License-Identifier: Apache-2.0
// What every attack starts from: two tenancies, a certificate that a load balancer serves and one that it does
// not, two pools with a node each, people with too few rights, and Evil Tony, who holds the credentials of the
// load balancer service. The nodes are keys only, so nothing here changes by itself.
import assert from 'node:assert/strict';
import {
  administrator, changes, dump, endpoints, eventually, makeNode, makeNodePool, makeUser, refusals, resourceCaller,
  serviceCaller, sql,
} from '../support/stack.mjs';
import { evidenceOf, send } from '../support/signer.mjs';

export const CERTIFICATES = endpoints.certificates;
export const LOAD_BALANCERS = endpoints['load-balancer'];
export const IDENTITY = endpoints.identity;
export const ATTACH = '/20260101/associations/actions/attach';
export const DETACH = '/20260101/associations/actions/detach';

const day = 86_400_000;
const inDays = (days) => new Date(Date.now() + days * day).toISOString();

export function makeRoot(admin, name) {
  return admin.ok(CERTIFICATES, 'POST', '/20210224/certificateAuthorities', {
    name, compartmentId: admin.tenancyId,
    certificateAuthorityConfig: {
      configType: 'ROOT_CA_GENERATED_INTERNALLY', subject: { commonName: name }, signingAlgorithm: 'SHA256_WITH_ECDSA',
    },
  });
}

export function makeCertificate(admin, issuer, name, more = {}) {
  return admin.ok(CERTIFICATES, 'POST', '/20210224/certificates', {
    name, compartmentId: admin.tenancyId,
    certificateConfig: {
      configType: 'ISSUED_BY_INTERNAL_CA', issuerCertificateAuthorityId: issuer.id,
      subject: { commonName: `${name}.example` }, certificateProfileType: 'TLS_SERVER', keyAlgorithm: 'ECDSA_P256',
      subjectAlternativeNames: [{ type: 'DNS', value: `${name}.example` }],
      validity: { timeOfValidityNotAfter: inDays(30) },
    },
    ...more,
  });
}

export const bundleTarget = (certificateId, query = '') =>
  `/20210224/certificateBundles/${certificateId}?certificateBundleType=CERTIFICATE_CONTENT_WITH_PRIVATE_KEY${query}`;

export const loadBalancerBody = (compartmentId, poolId, displayName, more = {}) => ({
  compartmentId, displayName, shapeName: 'flexible', subnetIds: [poolId],
  shapeDetails: { minimumBandwidthInMbps: 10, maximumBandwidthInMbps: 100 },
  backendSets: {
    web: {
      policy: 'ROUND_ROBIN', healthChecker: { protocol: 'TCP' },
      backends: [{ ipAddress: '127.0.0.1', port: 9 }],
    },
  },
  ...more,
});

export const listenerBody = (name, port, certificateId) => ({
  name, defaultBackendSetName: 'web', port, protocol: 'HTTP',
  ...(certificateId && { sslConfiguration: { certificateIds: [certificateId] } }),
});

// Waits until the work request that an answer names is done.
export async function finished(caller, answer) {
  assert.ok(answer.status < 300, `${answer.status} ${answer.text}`);
  const id = answer.headers['opc-work-request-id'];
  return eventually(`work request ${id}`, async () => {
    const request = await caller.ok(LOAD_BALANCERS, 'GET', `/20170115/loadBalancerWorkRequests/${id}`);
    assert.notEqual(request.lifecycleState, 'FAILED', JSON.stringify(request));
    return request.lifecycleState === 'SUCCEEDED' && request;
  });
}

export async function makeLoadBalancer(caller, poolId, displayName, more) {
  const answer = await caller.call(LOAD_BALANCERS, 'POST', '/20170115/loadBalancers',
    loadBalancerBody(caller.tenancyId, poolId, displayName, more));
  const request = await finished(caller, answer);
  return request.loadBalancerId;
}

export const listenersOf = (id) => `/20170115/loadBalancers/${id}/listeners`;

export async function addListener(caller, loadBalancerId, name, port, certificateId) {
  await finished(caller, await caller.call(LOAD_BALANCERS, 'POST', listenersOf(loadBalancerId),
    listenerBody(name, port, certificateId)));
}

export const pair = (certificatesResourceId, resourceId) => ({ certificatesResourceId, resourceId });

// A click that the user signs for the load balancer service, and that nobody has sent.
export const click = (user, loadBalancerId, certificateId, options = {}) =>
  user.sign(LOAD_BALANCERS, 'POST', listenersOf(loadBalancerId),
    { ...listenerBody(options.name ?? 'held', options.port ?? 9443, certificateId), ...options.body }, options);

export const attach = (tony, request, pairs) =>
  tony.call(CERTIFICATES, 'POST', ATTACH, { evidence: request && evidenceOf(request), pairs });

export async function associationsOf(admin, certificateId) {
  const answer = await admin.ok(CERTIFICATES, 'GET',
    `/20210224/associations?certificatesResourceId=${certificateId}`);
  return answer.items;
}

// Certificates ends the association, and the load balancer service forgets it a moment later.
export async function detached(admin, certificateId) {
  await eventually('the association to end', async () => (await associationsOf(admin, certificateId)).length === 0);
  await eventually('it to be forgotten', () => sql('load-balancer',
    `SELECT count(*) FROM attachment WHERE certificates_resource_id = '${certificateId}'`).trim() === '0');
}

/**
 * Runs `attempt`, which must be refused with `status` and `code`, change nothing, and leave exactly the audit
 * records of `audited`, one in each service that refused. The answer must hold no private key. A 404 must look
 * like one for a thing that does not exist. Returns the answer.
 */
export async function refused(attempt, { status, code, audited = {} }) {
  const before = { state: dump(), refusals: refusals() };
  const answer = await attempt();
  const after = { state: dump(), refusals: refusals() };
  assert.equal(answer.status, status, `${answer.status} ${answer.text}`);
  assert.equal(answer.json?.code, code, answer.text);
  assert.ok(answer.json.message.length > 0);
  assert.deepEqual(Object.keys(answer.json).sort(), ['code', 'message']);
  assert.ok(!answer.text.includes('PRIVATE KEY'), 'a refusal that holds a private key');
  if (answer.json.code === 'NotAuthorizedOrNotFound') assert.equal(answer.json.message, ABSENT);
  if (answer.json.code === 'NotFound') assert.equal(answer.json.message, NO_SUCH_OPERATION);
  assert.equal(changes(before.state, after.state), '', 'something changed');
  for (const role of Object.keys(before.state)) {
    assert.equal(after.refusals[role] - before.refusals[role], audited[role] ?? 0, `audit records of ${role}`);
  }
  return answer;
}

// What is answered for things and operations that do not exist; `makeWorld` asks for them.
let ABSENT;
let NO_SUCH_OPERATION;

async function learnAbsence(admin) {
  const nothing = await admin.call(CERTIFICATES, 'GET',
    '/20210224/certificates/ocid1.certificate.perennial.home-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaa');
  assert.equal(nothing.status, 404);
  assert.equal(nothing.json.code, 'NotAuthorizedOrNotFound');
  ABSENT = nothing.json.message;
  const unknown = await admin.call(CERTIFICATES, 'GET', '/20210224/nothing');
  assert.equal(unknown.status, 404);
  assert.equal(unknown.json.code, 'NotFound');
  NO_SUCH_OPERATION = unknown.json.message;
}

export async function makeWorld() {
  const acme = administrator('acme');
  const globex = administrator('globex');
  await learnAbsence(acme);
  const root = await makeRoot(acme, 'acme-root');
  const foreignRoot = await makeRoot(globex, 'globex-root');
  const [served, other, foreign] = [
    await makeCertificate(acme, root, 'served'), await makeCertificate(acme, root, 'other'),
    await makeCertificate(globex, foreignRoot, 'foreign')];

  const pool = await makeNodePool(acme, 'edge', ['127.0.0.1']);
  const farPool = await makeNodePool(acme, 'far', ['127.0.0.2']);
  const node = await makeNode(acme, 'edge-1', pool.id, '127.0.0.1');
  const farNode = await makeNode(acme, 'far-1', farPool.id, '127.0.0.2');

  // May click: both sides of the association.
  const kim = await makeUser(acme, 'kim', [
    'Allow GROUP to manage load-balancers in tenancy', 'Allow GROUP to read node-pools in tenancy',
    'Allow GROUP to read leaf-certificate-family in tenancy']);
  // Has the load balancers, not the certificates; the other way round; nothing.
  const lee = await makeUser(acme, 'lee', [
    'Allow GROUP to manage load-balancers in tenancy', 'Allow GROUP to read node-pools in tenancy']);
  const cat = await makeUser(acme, 'cat', ['Allow GROUP to read leaf-certificate-family in tenancy']);
  const ned = await makeUser(acme, 'ned');

  const first = await eventually('the first load balancer', () => makeLoadBalancer(kim, pool.id, 'first'));
  const second = await makeLoadBalancer(kim, pool.id, 'second');
  await addListener(kim, first, 'https', 8443, served.id);
  const tony = await serviceCaller('load-balancer');
  await eventually('certificates to know the service',
    async () => (await tony.call(CERTIFICATES, 'POST', ATTACH, { pairs: [] })).status !== 401);
  return {
    acme, globex, root, served, other, foreign, pool, farPool, node, farNode, kim, lee, cat, ned, first, second, tony,
    firstAs: (options) => resourceCaller(node, first, options),
    secondAs: (options) => resourceCaller(node, second, options),
  };
}

export { send };
