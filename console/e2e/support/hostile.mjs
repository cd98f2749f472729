// SPDX-License-Identifier: Apache-2.0
// Text that wants to be more than text, the requests that carry text, and which of their places let it in.
import { administrator, eventually, makeNode, makeNodePool, unique } from '../../../test/support/stack.mjs';
import { newEcKey, publicPem, send, sign } from '../../../test/support/signer.mjs';
import { url } from './browser.mjs';
import { withText } from './wire.mjs';

// Each has at most 56 characters, so that a number after it fits into a common name. The direction's ends
// isolates that it did not begin, begins one that it does not end, ends the paragraph, and turns all round.
export const SHOWN = {
  markup: '<img src=x onerror=alert(1)>',
  script: '"><script>alert(1)</script>',
  link: 'javascript:alert(1)//',
  template: '{{7*7}}${7*7}#{7*7}',
  direction: 'in\u2069\u2067\u2029\u202Egnp.exe\u200B',
  hebrew: '\u05e9\u05dc\u05d5\u05dd (12',
  long: 'W'.repeat(50),
};
// What a spreadsheet takes for a formula. Controls are refused, but for a tab in some descriptions.
export const CELLS = {
  formula: '=cmd|"/C calc"!A1', at: '@SUM(1+1)', plus: '+1+1', minus: '-1-1', tab: '\t=1+1', return: '\r=1+1',
};
export const KINDS = { ...SHOWN, ...CELLS };

export const admin = administrator('acme');
const tenancy = admin.tenancyId;
const compartmentId = tenancy;

const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString();

// What everything else hangs on, and nothing of it hostile: a root, a certificate that a load balancer on a
// node serves. The node is a key only, so it says what the test wants it to.
export async function makeGround() {
  const name = unique('ground');
  const { id: rootId } = await admin.ok(url, 'POST', '/20210224/certificateAuthorities', rootBody(name));
  const certificate = await admin.ok(url, 'POST', '/20210224/certificates',
    { ...leafBody(name, rootId), certificateRules: ruled({}) });
  const pool = await makeNodePool(admin, name, ['127.0.0.9']);
  const node = await makeNode(admin, name, pool.id, '127.0.0.9');
  const balancer = await order('/20170115/loadBalancers', balancerBody(name, pool.id));
  await order(`/20170115/loadBalancers/${balancer}/listeners`, listenerBody('https', certificate.id));
  const [association] = (await admin.ok(url, 'GET',
    `/20210224/associations?certificatesResourceId=${certificate.id}`)).items;
  const group = await admin.ok(url, 'POST', '/20160918/groups', { compartmentId, name, description: 'x' });
  return { name, rootId, certificate, pool, node, balancer, association, group };
}

// order asks for something of a load balancer and waits until it is done.
async function order(target, body) {
  const answer = await admin.call(url, 'POST', target, body);
  if (answer.status >= 300) throw new Error(`${target}: ${answer.status} ${answer.text}`);
  const work = answer.headers['opc-work-request-id'];
  return eventually(`${target} to be done`, async () => {
    const it = await admin.ok(url, 'GET', `/20170115/loadBalancerWorkRequests/${work}`);
    if (it.lifecycleState === 'FAILED') throw new Error(JSON.stringify(it));
    return it.lifecycleState === 'SUCCEEDED' && it.loadBalancerId;
  });
}

const rootBody = (name) => ({
  name, compartmentId,
  certificateAuthorityConfig: {
    configType: 'ROOT_CA_GENERATED_INTERNALLY', subject: { commonName: name }, signingAlgorithm: 'SHA256_WITH_ECDSA',
    validity: { timeOfValidityNotAfter: inDays(3000) },
  },
  certificateAuthorityRules: [],
});
const leafBody = (name, issuer) => ({
  name, compartmentId,
  certificateConfig: {
    configType: 'ISSUED_BY_INTERNAL_CA', issuerCertificateAuthorityId: issuer, keyAlgorithm: 'ECDSA_P256',
    subject: { commonName: `${name}.example` }, certificateProfileType: 'TLS_SERVER',
    subjectAlternativeNames: [{ type: 'DNS', value: `${name}.example` }],
    validity: { timeOfValidityNotAfter: inDays(60) },
  },
});
const ruled = (rule) => [{ ruleType: 'CERTIFICATE_RENEWAL_RULE', renewalInterval: 'P40D', advanceRenewalPeriod: 'P10D', ...rule }];
const idle = { connectionConfiguration: { idleTimeout: 60 } };
const health = { protocol: 'HTTP', urlPath: '/' };
const set = { policy: 'ROUND_ROBIN', healthChecker: health, backends: [{ ipAddress: '127.0.0.1', port: 9 }] };
const balancerBody = (displayName, poolId) => ({
  compartmentId, displayName, shapeName: '100Mbps', subnetIds: [poolId], backendSets: { web: set },
});
const listenerBody = (name, certificateId) => ({
  name, defaultBackendSetName: 'web', port: 8443, protocol: 'HTTP',
  ...(certificateId === undefined ? {} : { sslConfiguration: { certificateIds: [certificateId], protocols: ['TLSv1.3'] } }),
});
const crl = {
  objectStorageConfig: { objectStorageBucketName: 'x', objectStorageObjectNameFormat: 'x' }, customFormattedUrls: [],
};
// A certificate authority's rule of the kind that a place belongs to.
function authorityRules(place) {
  if (!place.startsWith('/certificateAuthorityRules')) return [];
  const { ruleType, ...more } = place.includes('Duration')
    ? { ruleType: 'CERTIFICATE_AUTHORITY_ISSUANCE_EXPIRY_RULE' }
    : { ruleType: 'CERTIFICATE_AUTHORITY_ISSUANCE_RULE', nameConstraint: {} };
  const tree = /\/(\w+)\/0\/value$/.exec(place)?.[1];
  return [{ ruleType, ...more, ...(tree && { nameConstraint: { [tree]: [{ type: 'DNS', value: 'a.example' }] } }) }];
}

// The requests: [wire types, name, method, path, body(place)]. Each body is right but for the text. What is a
// secret, or comes from services alone, is not here.
export function requestsOf(ground) {
  const { rootId, certificate, pool, balancer, association, group, node } = ground;
  const named = () => ({ compartmentId, name: unique('hostile'), description: 'x' });
  const ssl = { certificateIds: [certificate.id], protocols: ['TLSv1.3'] };
  const lb = `/20170115/loadBalancers/${balancer}`;
  return [
    ['identity', 'CreateCompartmentDetails', 'POST', '/20160918/compartments', named],
    ['identity', 'CreateUserDetails', 'POST', '/20160918/users', named],
    ['identity', 'CreateGroupDetails', 'POST', '/20160918/groups', named],
    ['identity', 'CreatePolicyDetails', 'POST', '/20160918/policies',
      () => ({ ...named(), statements: [`Allow group ${group.name} to read load-balancers in tenancy`] })],
    ['identity', 'CreateApiKeyDetails', 'POST', `/20160918/users/${admin.userId}/apiKeys`, () => ({})],
    ['identity', 'AddUserToGroupDetails', 'POST', '/20160918/userGroupMemberships',
      () => ({ userId: admin.userId, groupId: group.id })],
    ['identity', 'CreateNodePoolDetails', 'POST', '/20260101/nodePools',
      () => ({ compartmentId, displayName: unique('hostile'), addresses: ['127.0.0.8'] })],
    ['identity', 'CreateNodeTokenDetails', 'POST', '/20260101/nodeTokens',
      () => ({ nodePoolIds: [pool.id], productKinds: ['loadbalancer'], expiresInSeconds: 600 })],
    ['certificates', 'CreateCertificateAuthorityDetails', 'POST', '/20210224/certificateAuthorities',
      (place) => ({
        ...rootBody(unique('hostile')), certificateAuthorityRules: authorityRules(place),
        ...(place.startsWith('/certificateRevocationListDetails') && { certificateRevocationListDetails: crl }),
      })],
    ['certificates', 'CreateCertificateDetails', 'POST', '/20210224/certificates', (place) => ({
      ...leafBody(unique('hostile'), rootId),
      ...(place.startsWith('/certificateRules') && { certificateRules: ruled({}) }),
    })],
    ['certificates', 'UpdateCertificateDetails', 'PUT', `/20210224/certificates/${certificate.id}`, (place) => ({
      ...(place.startsWith('/certificateRules') && { certificateRules: ruled({}) }),
      ...(place.startsWith('/certificateConfig') && {
        certificateConfig: { configType: 'ISSUED_BY_INTERNAL_CA', validity: { timeOfValidityNotAfter: inDays(60) } },
      }),
    })],
    ['certificates', 'ScheduleDeletionDetails', 'POST',
      `/20210224/certificates/${certificate.id}/actions/scheduleDeletion`, () => ({})],
    ['load_balancer', 'CreateLoadBalancerDetails', 'POST', '/20170115/loadBalancers', (place) => ({
      ...balancerBody(unique('hostile'), pool.id),
      ...(place.startsWith('/listeners') && {
        listeners: { k: { ...listenerBody('k', certificate.id), ...idle, name: undefined } },
      }),
      ...(place.startsWith('/backendSets') && { backendSets: { web: set, k: set } }),
    })],
    ['load_balancer', 'CreateBackendSetDetails', 'POST', `${lb}/backendSets`, () => ({ name: unique('hostile'), ...set })],
    ['load_balancer', 'BackendDetails', 'POST', `${lb}/backendSets/web/backends`, () => ({ ipAddress: '127.0.0.1', port: 8 })],
    ['load_balancer', 'CreateListenerDetails', 'POST', `${lb}/listeners`,
      () => ({ ...listenerBody(unique('hostile')), ...idle, port: 9443, sslConfiguration: ssl })],
    ['certificates', 'CreateObservationsDetails', 'POST', '/20260101/observations', () => ({
      items: [{
        associationId: association.id, versionNumber: 1, vantage: 'node', result: 'FAILED', address: '127.0.0.9:8443',
        serverName: 'ground.example', keyType: 'ECDSA', reason: 'x', timeObserved: new Date().toISOString(),
      }],
    }), node],
  ];
}

// probe sends the text at one place, and returns the answer.
export function probe([, , method, path, body, who = admin], place, text) {
  return who.call(url, method, path, withText(body(place), place, text));
}

// --- a thing of each sort, full of one kind of text -----------------------------------------------------

// What a page must show as it is: the text, and a number by which it is told from the others.
let number = 0;
const marked = (kind) => `${KINDS[kind]}~${++number}`;

// fill sends the body with the texts at their places, without those that the server refuses. It returns what
// was made, the texts in it by place, and the places that were refused.
async function fill(target, body, kind, places) {
  const texts = Object.fromEntries(places.map((place) => [place, marked(kind)]));
  const refused = [];
  for (;;) {
    const whole = Object.entries(texts).reduce((made, [place, text]) => withText(made, place, text), body);
    const answer = await admin.call(url, 'POST', target, whole);
    if (answer.status < 300) return { made: answer.json, headers: answer.headers, texts, refused };
    // Of a subject the server names the whole, and the part in words.
    const [pointer, words = ''] = answer.json.message.split(': ');
    const place = places.find((one) => one in texts && (one === pointer || one === `${pointer}/${words.split(' ')[0]}`));
    if (place === undefined) throw new Error(`${target}: ${answer.status} ${answer.text}`);
    delete texts[place];
    refused.push(place);
  }
}

export async function makeHostile(kind, ground) {
  const named = { compartmentId, name: unique('hostile'), description: 'x' };
  const statement = (text) => `Allow group ${ground.name} to read load-balancers in tenancy where request.user.name = '${text}'`;
  const rule = marked(kind);
  const made = {
    user: await fill('/20160918/users', named, kind, ['/description', '/email']),
    group: await fill('/20160918/groups', named, kind, ['/description']),
    policy: await fill('/20160918/policies', { ...named, statements: [statement(rule)] }, kind, ['/description']),
    authority: await fill('/20210224/certificateAuthorities', rootBody(named.name), kind, ['/description',
      '/certificateAuthorityConfig/subject/commonName', '/certificateAuthorityConfig/subject/organization']),
    certificate: await fill('/20210224/certificates', leafBody(named.name, ground.rootId), kind, ['/description',
      '/certificateConfig/subject/commonName', '/certificateConfig/subject/organization']),
    balancer: await fill('/20170115/loadBalancers', balancerBody(named.name, ground.pool.id), kind, ['/displayName']),
  };
  made.policy.texts['/statements/0'] = rule;
  return made;
}

// Begins a renewal of the ground's certificate, and returns the number of the new version.
export async function renew({ certificate: { id } }) {
  await admin.ok(url, 'POST', `/20260101/certificates/${id}/actions/renew`, {});
  const rollout = await eventually('the rollout to begin', async () =>
    (await admin.ok(url, 'GET', `/20260101/rollouts?certificateId=${id}`)).items.find(({ toVersion }) => toVersion > 1));
  return rollout.toVersion;
}

// The node says that a version is not served, in hostile words.
export async function reportHostile(kind, { node, association }, versionNumber) {
  const places = ['fingerprintSha256', 'address', 'serverName', 'vantage', 'reason'];
  const texts = Object.fromEntries(places.map((place) => [place, marked(kind)]));
  const answer = await node.ok(url, 'POST', '/20260101/observations', { items: [{
    ...texts, associationId: association.id, versionNumber, keyType: 'ECDSA', result: 'FAILED',
    timeObserved: new Date().toISOString(),
  }] });
  if (answer.rejected.length > 0) throw new Error(JSON.stringify(answer));
  return texts;
}

// An agent says its version when it asks for a token.
export async function exchangeHostile(kind, { node }) {
  const text = marked(kind);
  const answer = await send(sign(node.enrolment, url, 'POST', '/20260101/tokens/actions/exchange',
    { publicKeyPem: publicPem(newEcKey().publicKey), agentVersion: text }));
  return { text, answer };
}

// Somebody asks for a thing by such an id: the refusal is on record with it.
export async function askHostile(kind) {
  const text = marked(kind);
  await admin.call(url, 'GET', `/20160918/users/${encodeURIComponent(text)}`);
  return text;
}

// A node that calls itself so.
export const joinAs = ({ pool }, name) => makeNode(admin, name, pool.id, '127.0.0.9');

// A certificate whose name, which may begin with a hyphen, reads as a formula.
export async function certificateNamed(name, { rootId }) {
  const body = leafBody('formula', rootId);
  return (await admin.ok(url, 'POST', '/20210224/certificates', { ...body, name })).name;
}
