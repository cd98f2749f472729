// SPDX-License-Identifier: Apache-2.0
// Class B of security.md: Evil Tony holds the credentials of the load balancer service and wants an association
// that no user asked for.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { eventually, lastRefusal, makeUser, serviceCaller, sleep, sql, unique } from '../support/stack.mjs';
import { evidenceOf, httpDate } from '../support/signer.mjs';
import {
  ATTACH, CERTIFICATES, DETACH, IDENTITY, LOAD_BALANCERS, addListener, associationsOf, attach, click, detached, finished,
  listenerBody, listenersOf, loadBalancerBody, makeCertificate, makeLoadBalancer, makeWorld, pair, refused, send,
} from './world.mjs';

let world;
before(async () => { world = await makeWorld(); });

const NOT_FOUND = { status: 404, code: 'NotAuthorizedOrNotFound', audited: { certificates: 1 } };
// Identity is asked by an authenticated service and refuses it too.
const BAD_EVIDENCE = { status: 401, code: 'NotAuthenticated', audited: { certificates: 1, identity: 1 } };
const MAY_NOT = { status: 400, code: 'RelatedResourceNotAuthorizedOrNotFound', audited: { certificates: 1 } };

test('B01 B13 without evidence there is no association', async () => {
  for (const evidence of [undefined, null, {}, 'x', { method: 'POST' }]) {
    await refused(() => world.tony.call(CERTIFICATES, 'POST', ATTACH,
      { evidence, pairs: [pair(world.other.id, world.first)] }), NOT_FOUND);
  }
  await refused(() => world.tony.call(CERTIFICATES, 'POST', ATTACH,
    { evidence: { method: 'POST', target: listenersOf(world.first), headers: [], body: '' },
      pairs: [pair(world.other.id, world.first)] }), BAD_EVIDENCE);
});

test('B02 a click for one certificate does not attach another', async () => {
  const request = click(world.kim, world.first, world.other.id);
  await refused(() => attach(world.tony, request, [pair(world.served.id, world.second)]), NOT_FOUND);
  await refused(() => attach(world.tony, request, [pair(world.foreign.id, world.first)]), NOT_FOUND);
});

test('the record of a refusal says who, what and why, and holds no body, key or token', async () => {
  await attach(world.tony, click(world.kim, world.first, world.other.id), [pair(world.served.id, world.second)]);
  const record = lastRefusal('certificates');
  assert.equal(record.principalId, world.tony.principalId);
  assert.equal(record.principalKind, 'service');
  assert.equal(record.outcome, 'REFUSED');
  assert.equal(record.status, 404);
  assert.equal(record.resourceId, world.served.id);
  assert.equal(record.path, ATTACH);
  assert.ok(record.reason.includes(world.served.id) && record.reason.includes(world.second), record.reason);
  assert.ok(record.requestId && record.time && record.credential);
  assert.ok(!/sslConfiguration|Signature version|ST\$|PRIVATE/.test(JSON.stringify(record)));
});

test('B03 a click on one load balancer does not attach to another', async () => {
  const request = click(world.kim, world.first, world.other.id);
  await refused(() => attach(world.tony, request, [pair(world.other.id, world.second)]), NOT_FOUND);
});

test('B03 one right pair carries no wrong one with it', async () => {
  const request = click(world.kim, world.first, world.other.id);
  await refused(() => attach(world.tony, request,
    [pair(world.other.id, world.first), pair(world.other.id, world.second)]), NOT_FOUND);
});

test('B04 B05 B13 a click on another service or host is nothing that this service may present', async () => {
  for (const host of [new URL(CERTIFICATES).host, new URL(IDENTITY).host, 'iaas.us-phoenix-1.oraclecloud.com']) {
    await refused(() => attach(world.tony, click(world.kim, world.first, world.other.id, { host }),
      [pair(world.other.id, world.first)]), BAD_EVIDENCE);
  }
});

test('B04 a service of another kind cannot present a click on a load balancer', async () => {
  const request = click(world.kim, world.first, world.other.id);
  for (const role of ['certificates', 'audit']) {
    const stranger = await serviceCaller(role);
    await refused(() => attach(stranger, request, [pair(world.other.id, world.first)]),
      { ...NOT_FOUND, code: role === 'audit' ? (await codeFor(stranger)) : (await codeFor(stranger)) });
  }
});
// Whether a kind of service is turned away at the route or by the evidence, it is a 404.
async function codeFor(stranger) {
  const answer = await stranger.call(CERTIFICATES, 'POST', ATTACH, { pairs: [] });
  return answer.json.code === 'NotFound' ? 'NotFound' : 'NotAuthorizedOrNotFound';
}

for (const offset of [-302, 302]) {
  test(`B06 a click dated ${offset} s off is dead`, async () => {
    await refused(() => attach(world.tony, click(world.kim, world.first, world.other.id, { date: httpDate(offset) }),
      [pair(world.other.id, world.first)]), BAD_EVIDENCE);
  });
}

test('B07 the same click presented again changes nothing more, and serves no other pair', async () => {
  const certificate = await makeCertificate(world.acme, world.root, unique('replayed'));
  const request = click(world.kim, world.first, certificate.id);
  const pairs = [pair(certificate.id, world.first)];
  const first = await attach(world.tony, request, pairs);
  assert.equal(first.status, 200, first.text);
  const again = await attach(world.tony, request, pairs);
  assert.equal(again.status, 200, again.text);
  assert.deepEqual(again.json.items.map((item) => item.associationId),
    first.json.items.map((item) => item.associationId));
  assert.equal((await associationsOf(world.acme, certificate.id)).length, 1);
  await refused(() => attach(world.tony, request, [pair(certificate.id, world.second)]), NOT_FOUND);
});

test('B08 a click that was held back, and one that was used, is dead after the detach', async () => {
  const certificate = await makeCertificate(world.acme, world.root, unique('fenced'));
  await addListener(world.kim, world.first, 'fenced', 8501, certificate.id);
  const used = click(world.kim, world.first, certificate.id, { name: 'used', port: 8503 });
  assert.equal((await attach(world.tony, used, [pair(certificate.id, world.first)])).status, 200);
  const held = click(world.kim, world.first, certificate.id, { port: 8502 });
  await sleep(1100);  // Dates have whole seconds.
  await finished(world.kim, await world.kim.call(LOAD_BALANCERS, 'DELETE', `${listenersOf(world.first)}/fenced`));
  await detached(world.acme, certificate.id);
  const conflict = { status: 409, code: 'Conflict', audited: { certificates: 1 } };
  await refused(() => attach(world.tony, used, [pair(certificate.id, world.first)]), conflict);
  const answer = await refused(() => attach(world.tony, held, [pair(certificate.id, world.first)]), conflict);
  assert.match(answer.json.message, /\d{4}-\d\d-\d\dT.*\d{4}-\d\d-\d\dT/s, 'both dates are told');
});

test('B08 a click that was refused is dead after the detach, also when its clock was ahead', async () => {
  const certificate = await makeCertificate(world.acme, world.root, unique('ahead'));
  await addListener(world.kim, world.first, 'ahead', 8504, certificate.id);
  // The port is taken, so the click is spent on nothing; Tony keeps it.
  const held = click(world.kim, world.first, certificate.id, { port: 8504, date: httpDate(240) });
  assert.equal((await send(held)).status, 409);
  await finished(world.kim, await world.kim.call(LOAD_BALANCERS, 'DELETE', `${listenersOf(world.first)}/ahead`));
  await detached(world.acme, certificate.id);
  await refused(() => attach(world.tony, held, [pair(certificate.id, world.first)]),
    { status: 409, code: 'Conflict', audited: { certificates: 1 } });
  // Who signs later than that is not held up.
  const anew = click(world.kim, world.first, certificate.id, { name: 'anew', port: 8505, date: httpDate(270) });
  assert.equal((await attach(world.tony, anew, [pair(certificate.id, world.first)])).status, 200);
});

test('B09 who may not read the certificate cannot click it onto a load balancer', async () => {
  for (const certificateId of [world.other.id, world.foreign.id,
    'ocid1.certificate.perennial.home-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaa']) {
    const bodies = await Promise.all([world.lee].map((user) => refused(
      () => user.call(LOAD_BALANCERS, 'POST', listenersOf(world.first), listenerBody('stolen', 8600, certificateId)),
      { ...MAY_NOT, audited: { 'load-balancer': 1, certificates: 1 } })));
    assert.equal(new Set(bodies.map(({ text }) => text)).size, 1);
  }
  const balancer = await world.kim.ok(LOAD_BALANCERS, 'GET', `/20170115/loadBalancers/${world.first}`);
  assert.ok(!('stolen' in balancer.listeners));
});

test('B09 a load balancer is not made with a certificate that its maker may not read', async () => {
  const body = loadBalancerBody(world.lee.tenancyId, world.pool.id, unique('half'),
    { listeners: { https: listenerWithoutName(8601, world.other.id) } });
  const answer = await world.lee.call(LOAD_BALANCERS, 'POST', '/20170115/loadBalancers', body);
  assert.equal(answer.status, 400, answer.text);
  assert.equal(answer.json.code, 'RelatedResourceNotAuthorizedOrNotFound');
  const listed = await world.lee.ok(LOAD_BALANCERS, 'GET',
    `/20170115/loadBalancers?compartmentId=${world.lee.tenancyId}&displayName=${body.displayName}`);
  assert.equal(listed.length, 0);
  // Identity had registered it; what was half made is taken back.
  await eventually('the registration to end', () => sql('identity',
    `SELECT count(*) FROM resource WHERE user_id = '${world.lee.userId}' AND ended_at IS NULL`).trim() === '0');
  assert.deepEqual(await associationsOf(world.acme, world.other.id), []);
});
function listenerWithoutName(port, certificateId) {
  const { name, ...rest } = listenerBody('x', port, certificateId);
  return rest;
}

test('B09 Tony learns no more from such a click than the user', async () => {
  await refused(() => attach(world.tony, click(world.lee, world.first, world.other.id),
    [pair(world.other.id, world.first)]), MAY_NOT);
  await refused(() => attach(world.tony, click(world.kim, world.first, world.foreign.id),
    [pair(world.foreign.id, world.first)]), MAY_NOT);
});

test('B10 who has the certificate but not the load balancer gets the answer for an absent one', async () => {
  for (const user of [world.cat, world.ned, world.globex]) {
    await refused(() => user.call(LOAD_BALANCERS, 'POST', listenersOf(world.first),
      listenerBody('theirs', 8602, world.other.id)),
    { status: 404, code: 'NotAuthorizedOrNotFound', audited: { 'load-balancer': 1 } });
  }
  await refused(() => attach(world.tony, click(world.cat, world.first, world.other.id),
    [pair(world.other.id, world.first)]), MAY_NOT);
});

test('B11 a permission that was taken away before the attach counts as never had', async () => {
  const user = await makeUser(world.acme, unique('former'), [
    'Allow GROUP to manage load-balancers in tenancy', 'Allow GROUP to read leaf-certificates in tenancy']);
  const held = click(user, world.first, world.other.id);
  await world.acme.ok(IDENTITY, 'DELETE', `/20160918/policies/${user.policyId}`);
  await refused(() => attach(world.tony, held, [pair(world.other.id, world.first)]), MAY_NOT);
});

test('B13 a GET is evidence of nothing', async () => {
  for (const target of [listenersOf(world.first), `/20170115/loadBalancers/${world.first}`,
    `/20170115/loadBalancers/${world.first}?certificateId=${world.other.id}`]) {
    const request = world.kim.sign(LOAD_BALANCERS, 'GET', target);
    await refused(() => attach(world.tony, request, [pair(world.other.id, world.first)]), NOT_FOUND);
  }
});

test('B14 a certificate that stands in a tag, a name or an unused field is not named', async () => {
  const id = world.other.id;
  const other = listenerBody('held', 9443);
  for (const body of [
    { ...other, freeformTags: { [id]: id } }, { ...other, name: id }, { ...other, certificateIds: [id] },
    { ...other, sslConfiguration: { certificateName: id, certificateIds: [world.served.id] } },
    { ...other, sslConfiguration: { certificateIds: [world.served.id], freeformTags: { certificateIds: [id] } } },
    { ...other, hostnameNames: [id] }]) {
    const request = world.kim.sign(LOAD_BALANCERS, 'POST', listenersOf(world.first), body);
    await refused(() => attach(world.tony, request, [pair(id, world.first)]), NOT_FOUND);
  }
  const created = world.kim.sign(LOAD_BALANCERS, 'POST', '/20170115/loadBalancers',
    { ...loadBalancerBody(world.kim.tenancyId, world.pool.id, id), freeformTags: { certificateIds: id } });
  await refused(() => attach(world.tony, created, [pair(id, world.first)]), NOT_FOUND);
});

test('B14 a body that two readers would read differently is no evidence', async () => {
  const twice = `{"name":"held","defaultBackendSetName":"web","port":9443,"protocol":"HTTP","sslConfiguration":`
    + `{"certificateIds":["${world.served.id}"]},"sslConfiguration":{"certificateIds":["${world.other.id}"]}}`;
  const request = world.kim.sign(LOAD_BALANCERS, 'POST', listenersOf(world.first), twice);
  const answer = await attach(world.tony, request, [pair(world.other.id, world.first)]);
  assert.ok(answer.status === 404 || answer.status === 400, `${answer.status} ${answer.text}`);
  assert.deepEqual(await associationsOf(world.acme, world.other.id), []);
});

test('B15 evidence with another body, path, header or signature is not authenticated', async () => {
  const pairs = [pair(world.other.id, world.first)];
  const good = click(world.kim, world.first, world.other.id);
  const foreign = click(world.kim, world.first, world.served.id);
  const inAnother = { ...good, target: listenersOf(world.second) };
  const cases = [
    [{ ...foreign, body: good.body }, pairs],
    [inAnother, [pair(world.other.id, world.second)]],
    [{ ...good, method: 'PUT', target: `${good.target}/held` }, pairs],
    ...['date', 'host', 'content-length', 'x-content-sha256', 'authorization'].map((name) => [{
      ...good,
      headers: good.headers.map(([key, value]) => [key, key === name ? `${value}x` : value]),
    }, pairs]),
    [{ ...good, headers: good.headers.filter(([key]) => key !== 'authorization') }, pairs],
    [{ ...good, headers: [...good.headers, ['authorization', good.headers.at(-1)[1]]] }, pairs],
  ];
  for (const [request, wanted] of cases) {
    await refused(() => attach(world.tony, request, wanted), BAD_EVIDENCE);
  }
});

test('B15 evidence that Tony signed himself is not a user\'s', async () => {
  const request = world.tony.sign(LOAD_BALANCERS, 'POST', listenersOf(world.first),
    listenerBody('held', 9443, world.other.id));
  await refused(() => attach(world.tony, request, [pair(world.other.id, world.first)]), BAD_EVIDENCE);
});

test('B17 a click that creates a load balancer names no existing or chosen one', async () => {
  const body = loadBalancerBody(world.kim.tenancyId, world.pool.id, unique('fresh'),
    { listeners: { https: listenerWithoutName(8603, world.other.id) } });
  const request = world.kim.sign(LOAD_BALANCERS, 'POST', '/20170115/loadBalancers', body);
  for (const chosen of [world.first, world.second,
    'ocid1.loadbalancer.perennial.home-1.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb']) {
    await refused(() => attach(world.tony, request, [pair(world.other.id, chosen)]), NOT_FOUND);
  }
});

test('B17 identity registers no resource without a click that creates one', async () => {
  await refused(() => world.tony.call(IDENTITY, 'POST', '/20260101/resources',
    { evidence: evidenceOf(click(world.kim, world.first, world.other.id)) }),
  { status: 401, code: 'NotAuthenticated', audited: { identity: 1 } });
});

test('B18 B19 users have no attach and no detach', async () => {
  const request = click(world.kim, world.first, world.other.id);
  for (const user of [world.kim, world.acme]) {
    await refused(() => attach(user, request, [pair(world.other.id, world.first)]),
      { status: 404, code: 'NotFound', audited: { certificates: 1 } });
    await refused(() => user.call(CERTIFICATES, 'POST', DETACH, { pairs: [pair(world.served.id, world.first)] }),
      { status: 404, code: 'NotFound', audited: { certificates: 1 } });
  }
});

test('B19 force-detach needs the right to manage and the typed name', async () => {
  const [association] = await associationsOf(world.acme, world.served.id);
  const target = `/20260101/associations/${association.id}/actions/forceDetach`;
  for (const user of [world.kim, world.ned, world.globex]) {
    await refused(() => user.call(CERTIFICATES, 'POST', target, { confirmName: world.served.name }),
      { ...NOT_FOUND });
  }
  await refused(() => world.acme.call(CERTIFICATES, 'POST', target, { confirmName: 'serve' }),
    { status: 400, code: 'InvalidParameter' });
  await refused(() => world.tony.call(CERTIFICATES, 'POST', target, { confirmName: world.served.name }),
    { status: 404, code: 'NotFound', audited: { certificates: 1 } });
});

test('B20 a service detaches nothing of another kind', async () => {
  for (const role of ['certificates', 'audit']) {
    const stranger = await serviceCaller(role);
    const answer = await refused(
      () => stranger.call(CERTIFICATES, 'POST', DETACH, { pairs: [pair(world.served.id, world.first)] }),
      { status: 404, code: await codeFor(stranger), audited: { certificates: 1 } });
    assert.equal(answer.status, 404);
  }
  await refused(() => world.tony.call(CERTIFICATES, 'POST', DETACH,
    { pairs: [pair(world.served.id, 'ocid1.apigateway.perennial.home-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaa')] }), NOT_FOUND);
});

test('B21 a certificate authority cannot stand where a certificate belongs', async () => {
  const answer = await world.acme.call(LOAD_BALANCERS, 'POST', listenersOf(world.first),
    listenerBody('ca', 8604, world.root.id));
  assert.equal(answer.status, 400, answer.text);
  assert.match(answer.json.message, /\/sslConfiguration\/certificateIds\/0/);
  await refused(() => attach(world.tony, click(world.acme, world.first, world.root.id),
    [pair(world.root.id, world.first)]), NOT_FOUND);
});

test('B23 two copies of one click at once make one association', async () => {
  const certificate = await makeCertificate(world.acme, world.root, unique('twice'));
  const pairs = [pair(certificate.id, world.first)];
  const clicks = [1, 2].map((n) => click(world.kim, world.first, certificate.id, { name: `held-${n}`, port: 9500 + n }));
  const answers = await Promise.all(clicks.map((request) => attach(world.tony, request, pairs)));
  for (const answer of answers) assert.equal(answer.status, 200, answer.text);
  assert.equal((await associationsOf(world.acme, certificate.id)).length, 1);
});

test('B27 a load balancer is not placed on a node of another pool', async () => {
  const target = `/20260101/resources/${world.first}/placements`;
  for (const nodeIds of [[world.farNode.nodeId], [world.node.nodeId, world.farNode.nodeId],
    ['ocid1.node.perennial.home-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaa']]) {
    await refused(() => world.tony.call(IDENTITY, 'PUT', target, { version: 1000, nodeIds }),
      { status: 409, code: 'Conflict', audited: { identity: 1 } });
  }
});

test('B27 nor on a node that Tony enrolled himself', async () => {
  await refused(() => world.tony.call(IDENTITY, 'POST', '/20260101/nodeTokens',
    { nodePoolIds: [world.pool.id], productKinds: ['loadbalancer'], expiresInSeconds: 600 }),
  { status: 404, code: 'NotFound', audited: { identity: 1 } });
});

test('B28 a service cannot say in which compartment a load balancer is', async () => {
  const request = world.kim.sign(LOAD_BALANCERS, 'POST', '/20170115/loadBalancers',
    loadBalancerBody(world.kim.tenancyId, world.pool.id, unique('placed')));
  await refused(() => world.tony.call(IDENTITY, 'POST', '/20260101/resources',
    { evidence: evidenceOf(request), compartmentId: world.globex.tenancyId }), { status: 400, code: 'InvalidParameter' });
});

test('a click that the service sent is refused for nobody: the same request, with all rights, attaches', async () => {
  const certificate = await makeCertificate(world.acme, world.root, unique('right'));
  const answer = await send(click(world.kim, world.second, certificate.id, { name: 'right', port: 8700 }));
  await finished(world.kim, answer);
  const [association] = await associationsOf(world.acme, certificate.id);
  assert.equal(association.associatedResourceId, world.second);
  assert.equal(association.lifecycleState, 'ACTIVE');
});

test('another tenancy sees nothing of it and can do nothing with it', async () => {
  assert.deepEqual(await associationsOf(world.globex, world.served.id), []);
  const [association] = await associationsOf(world.acme, world.served.id);
  await refused(() => world.globex.call(CERTIFICATES, 'GET', `/20210224/associations/${association.id}`), NOT_FOUND);
  await refused(() => world.globex.call(LOAD_BALANCERS, 'GET', `/20170115/loadBalancers/${world.first}`),
    { status: 404, code: 'NotAuthorizedOrNotFound', audited: { 'load-balancer': 1 } });
  const foreignPool = await world.globex.call(LOAD_BALANCERS, 'POST', '/20170115/loadBalancers',
    loadBalancerBody(world.globex.tenancyId, world.pool.id, 'thief'));
  assert.equal(foreignPool.status, 400, foreignPool.text);
  assert.equal(foreignPool.json.code, 'RelatedResourceNotAuthorizedOrNotFound');
});

test('the last load balancer goes, and Tony has no more of it', async () => {
  const gone = await makeLoadBalancer(world.kim, world.pool.id, unique('gone'));
  await finished(world.kim, await world.kim.call(LOAD_BALANCERS, 'DELETE', `/20170115/loadBalancers/${gone}`));
  const answer = await attach(world.tony, click(world.kim, gone, world.other.id), [pair(world.other.id, gone)]);
  assert.equal(answer.status, 400, answer.text);
  assert.deepEqual(await associationsOf(world.acme, world.other.id), []);
});
