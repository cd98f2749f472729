// SPDX-License-Identifier: Apache-2.0
// What the running server says beside its answers: to every operation there is, asked by nobody, by somebody
// and with nonsense, and to every file of the console.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import tls from 'node:tls';
import test from 'node:test';
import { administrator, endpoints } from '../../test/support/stack.mjs';
import { send, sign, unsigned } from '../../test/support/signer.mjs';

const admin = administrator('acme');
const url = endpoints.identity;
const sources = (path) => fs.readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8');

// Every operation. {} stands for an id.
const OWN = '/20260101';
const LB = '/20170115/loadBalancers';
const ROUTES = {
  GetTenancy: 'GET /20160918/tenancies/{}', ListRegionSubscriptions: 'GET /20160918/tenancies/{}/regionSubscriptions',
  ListRegions: 'GET /20160918/regions',
  CreateCompartment: 'POST /20160918/compartments', GetCompartment: 'GET /20160918/compartments/{}',
  ListCompartments: 'GET /20160918/compartments', CreatePolicy: 'POST /20160918/policies',
  GetPolicy: 'GET /20160918/policies/{}', ListPolicies: 'GET /20160918/policies', DeletePolicy: 'DELETE /20160918/policies/{}',
  CreateUser: 'POST /20160918/users', GetUser: 'GET /20160918/users/{}', ListUsers: 'GET /20160918/users',
  UploadApiKey: 'POST /20160918/users/{}/apiKeys', ListApiKeys: 'GET /20160918/users/{}/apiKeys',
  DeleteApiKey: 'DELETE /20160918/users/{}/apiKeys/{}', CreateGroup: 'POST /20160918/groups',
  GetGroup: 'GET /20160918/groups/{}', ListGroups: 'GET /20160918/groups',
  AddUserToGroup: 'POST /20160918/userGroupMemberships', GetUserGroupMembership: 'GET /20160918/userGroupMemberships/{}',
  ListUserGroupMemberships: 'GET /20160918/userGroupMemberships',
  RemoveUserFromGroup: 'DELETE /20160918/userGroupMemberships/{}',
  CreateNodePool: `POST ${OWN}/nodePools`, GetNodePool: `GET ${OWN}/nodePools/{}`, ListNodePools: `GET ${OWN}/nodePools`,
  CreateNodeToken: `POST ${OWN}/nodeTokens`, EnrolNode: `POST ${OWN}/nodes/actions/enrol`, GetNode: `GET ${OWN}/nodes/{}`,
  ListNodes: `GET ${OWN}/nodes`, DrainNode: `POST ${OWN}/nodes/{}/actions/drain`,
  RemoveNode: `POST ${OWN}/nodes/{}/actions/remove`, PollNode: `POST ${OWN}/nodes/{}/actions/pollNow`,
  ExchangeToken: `POST ${OWN}/tokens/actions/exchange`, CreateResourcePrincipalTokens: `POST ${OWN}/resourcePrincipalTokens`,
  CreateServerCertificate: `POST ${OWN}/serverCertificates`, ListTokenKeys: `GET ${OWN}/tokenKeys`,
  GetEndpoints: `GET ${OWN}/endpoints`, GetAuthorizationSnapshot: `GET ${OWN}/authorizationSnapshot`,
  VerifyEvidence: `POST ${OWN}/evidence/actions/verify`, CreateResource: `POST ${OWN}/resources`,
  MoveResource: `POST ${OWN}/resources/{}/actions/move`, DeleteResource: `DELETE ${OWN}/resources/{}`,
  PutPlacements: `PUT ${OWN}/resources/{}/placements`,
  CreateSession: `POST ${OWN}/sessions`, ListSessions: `GET ${OWN}/sessions`, GetSession: `GET ${OWN}/sessions/{}`,
  EndSession: `DELETE ${OWN}/sessions/{}`, RefreshSession: `POST ${OWN}/sessions/{}/actions/refresh`,
  ChangePassword: `POST ${OWN}/sessions/me/actions/changePassword`, CreateSignInLink: `POST ${OWN}/users/{}/actions/createLink`,
  CreateCertificateAuthority: 'POST /20210224/certificateAuthorities',
  ListCertificateAuthorities: 'GET /20210224/certificateAuthorities',
  GetCertificateAuthority: 'GET /20210224/certificateAuthorities/{}',
  ScheduleCertificateAuthorityDeletion: 'POST /20210224/certificateAuthorities/{}/actions/scheduleDeletion',
  CancelCertificateAuthorityDeletion: 'POST /20210224/certificateAuthorities/{}/actions/cancelDeletion',
  GetCertificateAuthorityBundle: 'GET /20210224/certificateAuthorityBundles/{}',
  CreateCertificate: 'POST /20210224/certificates', ListCertificates: 'GET /20210224/certificates',
  GetCertificate: 'GET /20210224/certificates/{}', UpdateCertificate: 'PUT /20210224/certificates/{}',
  ListCertificateVersions: 'GET /20210224/certificates/{}/versions',
  GetCertificateVersion: 'GET /20210224/certificates/{}/version/1',
  ScheduleCertificateDeletion: 'POST /20210224/certificates/{}/actions/scheduleDeletion',
  CancelCertificateDeletion: 'POST /20210224/certificates/{}/actions/cancelDeletion',
  GetCertificateBundle: 'GET /20210224/certificateBundles/{}',
  ListCertificateBundleVersions: 'GET /20210224/certificateBundles/{}/versions',
  AttachAssociations: `POST ${OWN}/associations/actions/attach`, DetachAssociations: `POST ${OWN}/associations/actions/detach`,
  ForceDetachAssociation: `POST ${OWN}/associations/{}/actions/forceDetach`,
  ListAssociations: 'GET /20210224/associations', GetAssociation: 'GET /20210224/associations/{}', GetWhy: `GET ${OWN}/why`,
  ListRollouts: `GET ${OWN}/rollouts`, GetRollout: `GET ${OWN}/rollouts/{}`, PauseRollout: `POST ${OWN}/rollouts/{}/actions/pause`,
  ResumeRollout: `POST ${OWN}/rollouts/{}/actions/resume`, RollBackRollout: `POST ${OWN}/rollouts/{}/actions/rollback`,
  RenewCertificate: `POST ${OWN}/certificates/{}/actions/renew`, PollCertificateNow: `POST ${OWN}/certificates/{}/actions/pollNow`,
  CreateObservations: `POST ${OWN}/observations`, ReportSightings: `POST ${OWN}/nodes/actions/sightings`,
  GetInventory: `GET ${OWN}/inventory`, GetOverview: `GET ${OWN}/overview`,
  GetNodeServing: `GET ${OWN}/nodeServing`, GetChangeFeed: `GET ${OWN}/changeFeed`,
  GetFeedSnapshot: `GET ${OWN}/changeFeed/snapshot`,
  CreateLoadBalancer: `POST ${LB}`, ListLoadBalancers: `GET ${LB}`, GetLoadBalancer: `GET ${LB}/{}`,
  DeleteLoadBalancer: `DELETE ${LB}/{}`, CreateBackendSet: `POST ${LB}/{}/backendSets`, ListBackendSets: `GET ${LB}/{}/backendSets`,
  GetBackendSet: `GET ${LB}/{}/backendSets/{}`, UpdateBackendSet: `PUT ${LB}/{}/backendSets/{}`,
  DeleteBackendSet: `DELETE ${LB}/{}/backendSets/{}`, CreateBackend: `POST ${LB}/{}/backendSets/{}/backends`,
  ListBackends: `GET ${LB}/{}/backendSets/{}/backends`, GetBackend: `GET ${LB}/{}/backendSets/{}/backends/{}`,
  DeleteBackend: `DELETE ${LB}/{}/backendSets/{}/backends/{}`, CreateListener: `POST ${LB}/{}/listeners`,
  UpdateListener: `PUT ${LB}/{}/listeners/{}`, DeleteListener: `DELETE ${LB}/{}/listeners/{}`,
  GetWorkRequest: 'GET /20170115/loadBalancerWorkRequests/{}', ListWorkRequests: `GET ${LB}/{}/workRequests`,
  GetNodeConfiguration: `GET ${OWN}/nodes/{}/configuration`, ReportListeners: `PUT ${OWN}/nodes/{}/listeners`,
  ListListenerStates: `GET ${OWN}/listenerStates`,
  ListEvents: 'GET /20190901/auditEvents', ListAuditRecords: `GET ${OWN}/auditRecords/identity`,
  GetAuditVerification: `GET ${OWN}/audit/verification`,
  GetNodeServing: `GET ${OWN}/nodeServing`, ListListenerStates: `GET ${OWN}/listenerStates`,
  ReportListeners: `PUT ${OWN}/nodes/{}/listeners`,
  PollUpdates: `POST ${OWN}/updates/actions/poll`,
};
// Where operations are entered into the tables of routes, and how one is.
const TABLES = ['identity/routes.cc', 'identity/sessions/routes.cc', 'certificates/control_plane/routes.cc',
  'certificates/control_plane/association_routes.cc', 'products/load_balancer/routes.cc', 'audit/events.cc',
  'apps/perenniald/replica_routes.cc', 'service/audit_records.cc'];
const ENTRY = /(?:\.name = |\b(?:[aA]dd|Add|Read|Act|Change)\(\s*|Post<[^>]*>\(\s*)"([A-Z]\w+)"/g;

function assertPlain(answer, what) {
  for (const name of ['set-cookie', 'set-cookie2', 'access-control-allow-origin', 'server', 'x-powered-by']) {
    assert.equal(answer.headers[name], undefined, `${what} answers with ${name}`);
  }
}

test('the list above is that of the tables of routes', () => {
  const entered = TABLES.flatMap((file) => [...sources(file).matchAll(ENTRY)].map(([, name]) => name));
  assert.ok(entered.length > 90, `${entered.length} operations were found`);
  assert.deepEqual([...new Set(entered)].sort(), Object.keys(ROUTES).sort());
});

test('no operation sets a cookie, lets another origin in or is kept by anybody', async () => {
  const statuses = new Set();
  for (const [name, route] of Object.entries(ROUTES)) {
    const [method, path] = route.split(' ');
    const endpoint = name === 'PollUpdates' ? endpoints.replica : url;
    const target = path.replaceAll('{}', 'ocid1.thing.perennial.home-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaa');
    const body = method === 'GET' || method === 'DELETE' ? undefined : {};
    const query = method === 'GET' ? `?compartmentId=${admin.tenancyId}` : '';
    const credential = { ...admin.credential, keyId: 'nobody', sign: () => 'AAAA' };
    for (const request of [unsigned(endpoint, method, target, body), sign(credential, endpoint, method, target, body),
      admin.sign(endpoint, method, target, body), admin.sign(endpoint, method, target + query, body),
      admin.sign(endpoint, method, target, body && '{')]) {
      const answer = await send(request);
      statuses.add(answer.status);
      assertPlain(answer, `${name} (${answer.status})`);
      assert.equal(answer.headers['cache-control'], 'no-store', name);
      if (answer.text !== '') assert.match(answer.headers['content-type'], /^application\/json/, name);
      assert.equal(answer.headers['x-content-type-options'], 'nosniff', `${name} ${answer.status}`);
    }
  }
  for (const status of [200, 400, 401, 404]) assert.ok(statuses.has(status), `some answer is ${status}`);
});

// Bytes that no client sends, and the head of what comes back.
function raw(bytes) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: hostname, port, servername: hostname, ca: fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS) });
    let text = '';
    socket.on('secureConnect', () => socket.write(bytes));
    socket.on('data', (part) => { text += part.toString('latin1'); });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

test('nor does what is refused before it is an operation', async () => {
  const { host } = new URL(url);
  for (const head of ['GET / HTTP/1.1', `GET / HTTP/1.1\r\nHost: ${host}\r\nHost: ${host}`, `GET /x HTTP/3.0\r\nHost: ${host}`,
    `BREW /pot HTTP/1.1\r\nHost: ${host}`, `POST /console/ HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: gzip`,
    `GET /${'x'.repeat(70_000)} HTTP/1.1\r\nHost: ${host}`, `GET / HTTP/1.1\r\nHost: ${host}\r\nX: ${'x'.repeat(1 << 20)}`]) {
    const text = await raw(`${head}\r\n\r\n`);
    assert.match(text, /^HTTP\/1\.1 [45]\d\d /, head.slice(0, 60));
    assert.doesNotMatch(text, /set-cookie|access-control-allow-origin/i, head.slice(0, 60));
  }
  for (const path of ['/healthz', '/readyz', '/nothing', '/20990101/x']) {
    const answer = await send(unsigned(url, 'GET', path));
    assertPlain(answer, path);
  }
});

// --- the console ------------------------------------------------------------------------------------------

const get = (target, headers = [], method = 'GET') =>
  send({ endpoint: url, method, target, headers: [['host', new URL(url).host], ...headers], body: '' });

function assertGuarded(answer, what) {
  assertPlain(answer, what);
  assert.equal(answer.headers['x-content-type-options'], 'nosniff', what);
  assert.equal(answer.headers['referrer-policy'], 'no-referrer', what);
  assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin', what);
}

test('each index page has a policy and a nonce of its own, and is not kept', async () => {
  const nonces = new Set();
  for (const path of ['/console/', '/console/certificates', '/console/no/such/page', '/console/?x=1', '/console/']) {
    const answer = await get(path);
    assert.equal(answer.status, 200, path);
    assertGuarded(answer, path);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers['x-frame-options'], 'DENY');
    assert.equal(answer.headers['cross-origin-opener-policy'], 'same-origin');
    const policy = Object.fromEntries(answer.headers['content-security-policy'].split('; ')
      .map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]));
    const nonce = /^'self' 'nonce-([A-Za-z0-9+/=]{22,})'$/.exec(policy['style-src'])?.[1];
    assert.ok(nonce, policy['style-src']);
    assert.ok(answer.text.includes(nonce) && !answer.text.includes('__PERENNIAL_NONCE__'));
    nonces.add(nonce);
    const { 'style-src': _, 'img-src': __, ...rest } = policy;
    assert.deepEqual(rest, { 'default-src': "'none'", 'script-src': "'self'", 'font-src': "'self'", 'connect-src': "'self'",
      'manifest-src': "'self'", 'base-uri': "'none'", 'form-action': "'none'", 'frame-ancestors': "'none'" });
  }
  assert.equal(nonces.size, 5);
});

test('each file of the build is as it was built, may be kept for ever, and is nothing else than it says', async () => {
  const built = new URL('../../build/console/', import.meta.url);
  const names = fs.readdirSync(new URL('assets/', built)).filter((name) => !/\.(br|gz)$/.test(name));
  assert.ok(names.length > 20);
  for (const name of names) {
    const answer = await get(`/console/assets/${name}`);
    assert.equal(answer.status, 200, name);
    assertGuarded(answer, name);
    assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable', name);
    const kind = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml' }[name.split('.').pop()];
    assert.equal(answer.headers['content-type'], kind, name);
    assert.equal(answer.text, fs.readFileSync(new URL(`assets/${name}`, built), 'utf8'), name);
    const again = await get(`/console/assets/${name}`, [['if-none-match', answer.headers.etag]]);
    assert.equal(again.status, 304);
    assertGuarded(again, name);
  }
});

test('the notices of what it is built with are text', async () => {
  const answer = await get('/console/notices.txt');
  assertGuarded(answer, 'notices');
  assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
  assert.match(answer.text, /^react 19[\s\S]*MIT License/m);
});

test('what is no file, no page, or asked otherwise is guarded alike', async () => {
  for (const [path, status, method] of [['/', 303], ['/console', 303], ['/console/assets/none.js', 404],
    ['/console/assets/x.js.map', 404], ['/console/assets/', 404], ['/console/', 200, 'HEAD'], ['/console/index.html', 200]]) {
    const answer = await get(path, [], method);
    assert.equal(answer.status, status, path);
    assertGuarded(answer, path);
    if (status === 404) assert.match(answer.headers['content-type'], /^text\/plain/);
  }
  const posted = await send(unsigned(url, 'POST', '/console/', {}));
  assert.equal(posted.status, 404);
  assertPlain(posted, 'POST /console/');
});
