// SPDX-License-Identifier: Apache-2.0
// The audit, as the OCI SDK reads it: what was done and what was refused, by whom, within seconds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { administrator, eventually, fails, inDays, makeAuthority, makeCertificate, makeUser, unique } from './clients.mjs';

const acme = administrator('acme');
const globex = administrator('globex');

async function eventsOf(client, compartmentId = client.tenancyId) {
  const events = [];
  const request = { compartmentId, startTime: inDays(-1), endTime: inDays(1) };
  let page;
  do {
    const answer = await client.audit.listEvents({ ...request, page });
    events.push(...answer.items);
    page = answer.opcNextPage;
  } while (page);
  return events;
}

test('a change is found with who made it, on what, and the request\'s id', async () => {
  const root = await makeAuthority(acme);
  const { certificate, opcRequestId } = await acme.management.getCertificate({ certificateId: (await makeCertificate(acme, root)).id });
  assert.ok(opcRequestId);
  const event = await eventually('the event', async () => (await eventsOf(acme))
    .find(({ data }) => data.eventName === 'CreateCertificate' && data.resourceId === certificate.id));
  assert.equal(event.eventType, 'com.oraclecloud.CertificatesManagement.CreateCertificate');
  assert.equal(event.cloudEventsVersion, '0.1');
  assert.equal(event.data.resourceName, certificate.name);
  assert.equal(event.data.identity.principalId, acme.userId);
  assert.equal(event.data.identity.tenantId, acme.tenancyId);
  assert.equal(event.data.response.status, '200');
  assert.ok(event.data.request.id);
  assert.ok(Math.abs(new Date(event.eventTime) - Date.now()) < 60_000);
});

test('a refusal is found, and says nothing to the refused', async () => {
  const user = await makeUser(acme, []);
  const root = await makeAuthority(acme);
  await fails(user.management.getCertificateAuthority({ certificateAuthorityId: root.id }), 404, 'NotAuthorizedOrNotFound');
  const event = await eventually('the event', async () => (await eventsOf(acme))
    .find(({ data }) => data.eventName === 'GetCertificateAuthority' && data.identity.principalId === user.userId));
  assert.equal(event.data.response.status, '404');
  assert.match(event.data.response.message, /^REFUSED: /);
});

test('calls of identity and of the load balancer are found too', async () => {
  const name = unique('audited');
  await acme.identity.createGroup({ createGroupDetails: { compartmentId: acme.tenancyId, name, description: 'x' } });
  await fails(globex.balancers.listLoadBalancers({ compartmentId: acme.tenancyId }), 404, 'NotAuthorizedOrNotFound');
  await eventually('the group\'s event', async () => (await eventsOf(acme))
    .find(({ data }) => data.eventName === 'CreateGroup' && data.resourceName === name));
});

test('another tenancy\'s events are nobody\'s business, and one needs a policy for one\'s own', async () => {
  await fails(eventsOf(globex, acme.tenancyId), 404, 'NotAuthorizedOrNotFound');
  const user = await makeUser(acme, []);
  await fails(eventsOf(user), 404, 'NotAuthorizedOrNotFound');
  const reader = await makeUser(acme, ['Allow GROUP to read audit-events in tenancy']);
  await eventually('the policy', async () => (await eventsOf(reader)).length > 0, { timeoutMs: 10_000 });
});

test('no event holds a key or a token', async () => {
  const text = JSON.stringify(await eventsOf(acme));
  assert.ok(!/PRIVATE KEY|ST\$|eyJ|pnj_/.test(text));
});

test('a window that nobody can read is refused', async () => {
  await fails(acme.audit.listEvents({ compartmentId: acme.tenancyId, startTime: inDays(1), endTime: inDays(-1) }), 400, 'InvalidParameter', /endTime/);
});
