// SPDX-License-Identifier: Apache-2.0
// Tokens without their keys, tokens that nobody signed, and what a principal of the wrong kind may call.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { before, test } from 'node:test';
import { endpoints, eventually, makeNode, makeNodePool, resourceCaller } from '../support/stack.mjs';
import { Caller, Credential, newEcKey, publicPem, send, unsigned } from '../support/signer.mjs';
import {
  ATTACH, CERTIFICATES, IDENTITY, LOAD_BALANCERS, addListener, associationsOf, bundleTarget, makeLoadBalancer,
  makeWorld, pair, refused,
} from './world.mjs';

let world;
before(async () => { world = await makeWorld(); });

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const readPart = (text) => JSON.parse(Buffer.from(text, 'base64url').toString());
const jwkOf = (key) => crypto.createPublicKey(key).export({ format: 'jwk' });

async function notAuthenticated(token, privateKey, endpoint = CERTIFICATES) {
  const caller = new Caller(new Credential(`ST$${token}`, privateKey));
  const target = endpoint === CERTIFICATES ? bundleTarget(world.served.id) : '/20260101/tokenKeys';
  const answer = await refused(() => caller.call(endpoint, 'GET', target), { status: 401, code: 'NotAuthenticated' });
  assert.ok(!answer.text.includes('PRIVATE'));
}

test('A18 a token with a request that another key signed is not authenticated', async () => {
  for (const endpoint of [CERTIFICATES, IDENTITY]) {
    await notAuthenticated(world.tony.token, newEcKey().privateKey, endpoint);
  }
});

test('A18 a token whose claims were changed is not authenticated', async () => {
  const { token, session } = await world.secondAs();
  const [header, claims, signature] = token.split('.');
  const original = readPart(claims);
  const thief = newEcKey();
  for (const change of [
    { sub: world.first, res_id: world.first }, { exp: original.exp + 86400 }, { tenant: world.globex.tenancyId },
    { ptype: 'service', kind: 'certificates' }, { node: world.farNode.nodeId }]) {
    await notAuthenticated([header, part({ ...original, ...change }), signature].join('.'), session.privateKey);
  }
  await notAuthenticated([header, part({ ...original, jwk: jwkOf(thief.privateKey) }), signature].join('.'),
    thief.privateKey);
});

test('A18 a token that its bearer signed is not authenticated, whatever its header says', async () => {
  const { token } = await world.firstAs();
  const [header, claims] = token.split('.');
  const thief = newEcKey();
  const forged = { ...readPart(claims), jwk: jwkOf(thief.privateKey) };
  const signEs256 = (text) => crypto.sign('sha256', Buffer.from(text),
    { key: thief.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  const ownKey = jwkOf(thief.privateKey);
  for (const head of [
    readPart(header), { ...readPart(header), jwk: ownKey }, { alg: 'ES256', typ: 'JWT', kid: 'mine' },
    { alg: 'ES256', typ: 'JWT' }, { ...readPart(header), kid: '../../../dev/null' }]) {
    const text = `${part(head)}.${part(forged)}`;
    await notAuthenticated(`${text}.${signEs256(text)}`, thief.privateKey);
  }
  for (const alg of ['none', 'None', 'HS256', 'RS256']) {
    const text = `${part({ ...readPart(header), alg })}.${part(forged)}`;
    const mac = crypto.createHmac('sha256', publicPem(thief.privateKey)).update(text).digest('base64url');
    await notAuthenticated(`${text}.`, thief.privateKey);
    await notAuthenticated(`${text}.${mac}`, thief.privateKey);
  }
});

test('A18 a token in another spelling is not authenticated', async () => {
  const { token, session } = await world.firstAs();
  for (const spelled of [`${token}=`, `${token}.`, `.${token}`, token.replaceAll('.', '..'), token.slice(0, -1),
    `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, token.split('.').slice(0, 2).join('.')]) {
    await notAuthenticated(spelled, session.privateKey);
  }
});

test('A20 a resource principal token is worth nothing without the node\'s session key', async () => {
  const { token } = await world.firstAs();
  await notAuthenticated(token, world.farNode.session.privateKey);
  await notAuthenticated(token, world.tony.session.privateKey);
});

test('C11 a node gets no token for a load balancer that is not placed on it', async () => {
  const body = (resourceIds) => ({ resourceIds, publicKeyPem: publicPem(newEcKey().publicKey) });
  await refused(() => world.farNode.call(IDENTITY, 'POST', '/20260101/resourcePrincipalTokens', body([world.first])),
    { status: 404, code: 'NotAuthorizedOrNotFound', audited: { identity: 1 } });
  const absent = 'ocid1.loadbalancer.perennial.home-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
  await refused(() => world.node.call(IDENTITY, 'POST', '/20260101/resourcePrincipalTokens', body([absent])),
    { status: 404, code: 'NotAuthorizedOrNotFound', audited: { identity: 1 } });
  const mixed = await world.node.ok(IDENTITY, 'POST', '/20260101/resourcePrincipalTokens',
    body([absent, world.first]));
  assert.deepEqual(mixed.items.map((item) => item.resourceId), [world.first]);
});

test('only nodes ask for resource principal tokens', async () => {
  const body = { resourceIds: [world.first], publicKeyPem: publicPem(newEcKey().publicKey) };
  for (const caller of [world.tony, world.kim, world.acme, await world.firstAs()]) {
    await refused(() => caller.call(IDENTITY, 'POST', '/20260101/resourcePrincipalTokens', body),
      { status: 404, code: 'NotFound', audited: { identity: 1 } });
  }
});

test('an enrolment key opens the exchange and nothing else', async () => {
  const tony = new Caller(world.tony.enrolment);
  await refused(() => tony.call(CERTIFICATES, 'POST', ATTACH, { pairs: [pair(world.served.id, world.first)] }),
    { status: 404, code: 'NotFound', audited: { certificates: 1 } });
  await refused(() => tony.call(CERTIFICATES, 'GET', bundleTarget(world.served.id)),
    { status: 404, code: 'NotFound', audited: { certificates: 1 } });
  await refused(() => tony.call(IDENTITY, 'GET', '/20260101/authorizationSnapshot'),
    { status: 404, code: 'NotFound', audited: { identity: 1 } });
});

test('a node token joins once, and a forged one never', async () => {
  const enrol = (token, key = newEcKey()) => {
    const publicKeyPem = publicPem(key.publicKey);
    const proof = new Credential('', key.privateKey).sign(`perennial-enrol\n${token}\n${publicKeyPem}`);
    return world.acme.call(IDENTITY, 'POST', '/20260101/nodes/actions/enrol',
      { token, name: 'again', addresses: ['127.0.0.9'], publicKeyPem, proof });
  };
  const pool = await makeNodePool(world.acme, 'empty', ['127.0.0.9']);  // Nothing is placed on who joins it.
  const made = await world.acme.ok(IDENTITY, 'POST', '/20260101/nodeTokens',
    { nodePoolIds: [pool.id], productKinds: ['loadbalancer'], expiresInSeconds: 600 });
  const key = newEcKey();
  assert.equal((await enrol(made.token, key)).status, 200);
  for (const token of [made.token, 'pnj_forged', '']) {
    const answer = await enrol(token);
    assert.ok([400, 401].includes(answer.status), `${answer.status} ${answer.text}`);
  }
  const { items } = await world.acme.ok(IDENTITY, 'GET', '/20260101/nodes?limit=1000');
  assert.equal(items.filter(({ name }) => name === 'again').length, 1);
});

test('a node joins with a key that it holds, not with one that it has seen', async () => {
  const { token } = await world.acme.ok(IDENTITY, 'POST', '/20260101/nodeTokens',
    { nodePoolIds: [world.pool.id], productKinds: ['loadbalancer'], expiresInSeconds: 600 });
  const seen = publicPem(world.farNode.enrolment.privateKey);
  for (const text of [`perennial-enrol\n${token}\n${seen}`, 'x']) {
    const proof = new Credential('', newEcKey().privateKey).sign(text);
    await refused(() => send(unsigned(IDENTITY, 'POST', '/20260101/nodes/actions/enrol',
      { token, name: 'stolen', addresses: ['127.0.0.1'], publicKeyPem: seen, proof })),
    { status: 401, code: 'NotAuthenticated', audited: { identity: 1 } });
  }
});

test('C13 a node reports nothing of what another node serves', async () => {
  const [association] = await associationsOf(world.acme, world.served.id);
  const seen = {
    associationId: association.id, versionNumber: 1, vantage: 'node', result: 'FAILED', reason: 'x',
    timeObserved: new Date().toISOString(),
  };
  const answer = await world.farNode.ok(CERTIFICATES, 'POST', '/20260101/observations', { items: [seen] });
  assert.deepEqual(answer.rejected, [{ index: 0, code: 'NotAuthorizedOrNotFound' }]);
  const forged = { ...seen, result: 'PROVED', fingerprintSha256: '0'.repeat(64) };
  const own = await world.node.ok(CERTIFICATES, 'POST', '/20260101/observations', { items: [forged] });
  assert.deepEqual(own.rejected, [{ index: 0, code: 'InvalidParameter' }]);
});

test('nobody without NODE_ENROL makes a node token', async () => {
  for (const user of [world.ned, world.kim, world.globex]) {
    const answer = await refused(() => user.call(IDENTITY, 'POST', '/20260101/nodeTokens',
      { nodePoolIds: [world.pool.id], productKinds: ['loadbalancer'], expiresInSeconds: 600 }),
    { status: 400, code: 'RelatedResourceNotAuthorizedOrNotFound', audited: { identity: 1 } });
    assert.ok(!answer.text.includes('pnj_'));
  }
});

test('a node reads its own configuration only', async () => {
  const target = (id) => `/20260101/nodes/${id}/configuration`;
  await world.node.ok(LOAD_BALANCERS, 'GET', target(world.node.nodeId));
  await refused(() => world.farNode.call(LOAD_BALANCERS, 'GET', target(world.node.nodeId)),
    { status: 404, code: 'NotAuthorizedOrNotFound', audited: { 'load-balancer': 1 } });
  await refused(() => world.kim.call(LOAD_BALANCERS, 'GET', target(world.node.nodeId)),
    { status: 404, code: 'NotFound', audited: { 'load-balancer': 1 } });
});

test('the audit of a service is for the audit service alone', async () => {
  for (const caller of [world.tony, world.acme, world.node]) {
    await refused(() => caller.call(endpoints.certificates, 'GET', '/20260101/auditRecords/certificates'),
      { status: 404, code: 'NotFound', audited: { certificates: 1 } });
  }
});

// The last one: it places, and so changes, something.
test('a node that was removed speaks for no load balancer any more', async () => {
  const pool = await makeNodePool(world.acme, 'short', ['127.0.0.8']);
  const node = await makeNode(world.acme, 'short-1', pool.id, '127.0.0.8');
  const balancer = await makeLoadBalancer(world.kim, pool.id, 'short');
  await addListener(world.kim, balancer, 'https', 8443, world.served.id);
  const reader = await eventually('the placement', () => resourceCaller(node, balancer));
  await eventually('the first read', async () =>
    (await reader.call(CERTIFICATES, 'GET', bundleTarget(world.served.id))).status === 200);
  const removed = await world.acme.call(IDENTITY, 'POST', `/20260101/nodes/${node.nodeId}/actions/remove`, {});
  assert.ok(removed.status < 300, removed.text);
  await eventually('certificates to refuse it', async () =>
    (await reader.call(CERTIFICATES, 'GET', bundleTarget(world.served.id))).status === 401, { timeoutMs: 5000 });
  for (const caller of [node, new Caller(node.enrolment)]) {
    const answer = await caller.call(IDENTITY, 'POST', '/20260101/resourcePrincipalTokens',
      { resourceIds: [balancer], publicKeyPem: publicPem(newEcKey().publicKey) });
    assert.equal(answer.status, 401, answer.text);
  }
});
