// SPDX-License-Identifier: Apache-2.0
// Class C of security.md: who may read a private key, and who not.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { GUARD, endpoints, makeUser, rows, serviceCaller, sleep, sql, sqlUnguarded, unique } from '../support/stack.mjs';
import {
  CERTIFICATES, LOAD_BALANCERS, addListener, associationsOf, attach, bundleTarget, click, detached, finished, listenersOf,
  makeCertificate, makeWorld, pair, refused,
} from './world.mjs';

let world;
before(async () => { world = await makeWorld(); });

const NOT_FOUND = { status: 404, code: 'NotAuthorizedOrNotFound', audited: { certificates: 1 } };
const NOT_FOR_YOU = { status: 404, code: 'NotFound', audited: { certificates: 1 } };

test('the load balancer that an association names reads its key, and the answer is not stored anywhere', async () => {
  const reader = await world.firstAs();
  const answer = await reader.call(CERTIFICATES, 'GET', bundleTarget(world.served.id));
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.json.privateKeyPem, /-----BEGIN PRIVATE KEY-----/);
  assert.equal(answer.headers['cache-control'], 'no-store');
  const secret = answer.json.privateKeyPem.split('\n')[1];
  for (const role of ['certificates', 'identity', 'load-balancer']) {
    assert.ok(!rows(role).some((row) => row.includes(secret)), `${role} holds the key in clear`);
  }
});

test('a key read is in the audit before the key is out', async () => {
  const count = () => Number(sql('certificates',
    `SELECT count(*) FROM audit WHERE payload LIKE '%"operation":"GetCertificateBundle"%'
     AND payload LIKE '%"outcome":"ALLOWED"%' AND payload LIKE '%"resourceId":"${world.served.id}"%'`));
  const reader = await world.firstAs();
  const before_ = count();
  await reader.ok(CERTIFICATES, 'GET', bundleTarget(world.served.id));
  assert.equal(count(), before_ + 1);
});

test('C01 a service reads no key, not even of what it attached', async () => {
  for (const role of ['load-balancer', 'certificates', 'audit']) {
    const service = await serviceCaller(role);
    for (const target of [bundleTarget(world.served.id), `/20210224/certificateBundles/${world.served.id}`]) {
      await refused(() => service.call(CERTIFICATES, 'GET', target), NOT_FOR_YOU);
    }
  }
});

test('C01 a node reads no key as itself', async () => {
  await refused(() => world.node.call(CERTIFICATES, 'GET', bundleTarget(world.served.id)), NOT_FOR_YOU);
});

test('C03 a load balancer reads no key of another one\'s certificate', async () => {
  const second = await world.secondAs();
  for (const certificate of [world.served, world.other, world.foreign]) {
    await refused(() => second.call(CERTIFICATES, 'GET', bundleTarget(certificate.id)), NOT_FOUND);
    await refused(() => second.call(CERTIFICATES, 'GET', `/20210224/certificateBundles/${certificate.id}`), NOT_FOUND);
  }
});

test('C03 a load balancer calls nothing but bundles', async () => {
  const first = await world.firstAs();
  for (const target of [`/20210224/certificates/${world.served.id}`, '/20210224/certificates', '/20210224/associations']) {
    await refused(() => first.call(CERTIFICATES, 'GET', target), NOT_FOR_YOU);
  }
});

test('C04 after the detach the key is gone at once', async () => {
  const certificate = await makeCertificate(world.acme, world.root, unique('detached'));
  await addListener(world.kim, world.first, 'passing', 8550, certificate.id);
  const reader = await world.firstAs();
  await reader.ok(CERTIFICATES, 'GET', bundleTarget(certificate.id));
  await finished(world.kim, await world.kim.call(LOAD_BALANCERS, 'DELETE', `${listenersOf(world.first)}/passing`));
  await detached(world.acme, certificate.id);
  await refused(() => reader.call(CERTIFICATES, 'GET', bundleTarget(certificate.id)), NOT_FOUND);
});

test('B26 force-detach ends the association, the key, and the pair for ten minutes, whatever the service does', async () => {
  const certificate = await makeCertificate(world.acme, world.root, unique('forced'));
  await addListener(world.kim, world.first, 'forced', 8560, certificate.id);
  const reader = await world.firstAs();
  await reader.ok(CERTIFICATES, 'GET', bundleTarget(certificate.id));
  const [association] = await associationsOf(world.acme, certificate.id);
  const ended = await world.acme.call(CERTIFICATES, 'POST',
    `/20260101/associations/${association.id}/actions/forceDetach`, { confirmName: certificate.name });
  assert.ok(ended.status < 300, ended.text);
  await refused(() => reader.call(CERTIFICATES, 'GET', bundleTarget(certificate.id)), NOT_FOUND);
  await sleep(1100);  // A click that is signed after it.
  await refused(() => attach(world.tony, click(world.kim, world.first, certificate.id, { port: 8561 }),
    [pair(certificate.id, world.first)]), { status: 409, code: 'Conflict', audited: { certificates: 1 } });
});

test('C06 a version that a user merely staged is not for the load balancer', async () => {
  const certificate = await makeCertificate(world.acme, world.root, unique('staged'));
  await addListener(world.kim, world.first, 'staged', 8551, certificate.id);
  await world.acme.ok(CERTIFICATES, 'PUT', `/20210224/certificates/${certificate.id}`,
    { certificateConfig: { configType: 'ISSUED_BY_INTERNAL_CA', stage: 'PENDING' } });
  const reader = await world.firstAs();
  for (const query of ['&versionNumber=2', '&stage=PENDING', '&stage=LATEST']) {
    await refused(() => reader.call(CERTIFICATES, 'GET', bundleTarget(certificate.id, query)), NOT_FOUND);
  }
  const current = await reader.ok(CERTIFICATES, 'GET', bundleTarget(certificate.id));
  assert.equal(current.versionNumber, 1);
});

test('C06 what was replaced is no longer for the load balancer', async () => {
  const certificate = await makeCertificate(world.acme, world.root, unique('replaced'));
  await addListener(world.kim, world.first, 'replaced', 8552, certificate.id);
  await world.acme.ok(CERTIFICATES, 'PUT', `/20210224/certificates/${certificate.id}`,
    { certificateConfig: { configType: 'ISSUED_BY_INTERNAL_CA', stage: 'CURRENT' } });
  const reader = await world.firstAs();
  const current = await reader.ok(CERTIFICATES, 'GET', bundleTarget(certificate.id));
  assert.equal(current.versionNumber, 2);
  for (const query of ['&stage=PREVIOUS', '&versionNumber=99']) {
    await refused(() => reader.call(CERTIFICATES, 'GET', bundleTarget(certificate.id, query)), NOT_FOUND);
  }
});

test('a user reads a key only by a statement that names the bundle type', async () => {
  for (const user of [world.ned, world.lee, world.cat, world.kim, world.globex, world.acme]) {
    await refused(() => user.call(CERTIFICATES, 'GET', bundleTarget(world.served.id)), NOT_FOUND);
  }
  const holder = await makeUser(world.acme, unique('holder'), [
    "Allow GROUP to read leaf-certificate-bundles in tenancy where target.leaf-certificate.bundle-type = 'CERTIFICATE_CONTENT_WITH_PRIVATE_KEY'"]);
  const answer = await holder.call(CERTIFICATES, 'GET', bundleTarget(world.served.id));
  assert.equal(answer.status, 200, answer.text);
  await refused(() => holder.call(CERTIFICATES, 'GET', bundleTarget(world.foreign.id)), NOT_FOUND);
});

test('a negated or widened condition does not name the bundle type', async () => {
  const user = await makeUser(world.acme, unique('clever'), [
    "Allow GROUP to read leaf-certificate-bundles in tenancy where target.leaf-certificate.bundle-type != 'X'",
    "Allow GROUP to read leaf-certificate-bundles in tenancy where any {target.leaf-certificate.bundle-type = 'CERTIFICATE_CONTENT_WITH_PRIVATE_KEY', target.leaf-certificate.bundle-type = 'CERTIFICATE_CONTENT_PUBLIC_ONLY'}",
    "Allow GROUP to read leaf-certificate-bundles in tenancy where target.leaf-certificate.bundle-type = /CERTIFICATE*/"]);
  await refused(() => user.call(CERTIFICATES, 'GET', bundleTarget(world.served.id)), NOT_FOUND);
});

test('B21 the key of a certificate authority is behind no operation', async () => {
  for (const target of [bundleTarget(world.root.id),
    `/20210224/certificateAuthorityBundles/${world.root.id}?certificateBundleType=CERTIFICATE_CONTENT_WITH_PRIVATE_KEY`]) {
    const answer = await world.acme.call(CERTIFICATES, 'GET', target);
    assert.ok(!answer.text.includes('PRIVATE KEY'), answer.text);
  }
});

test('a detail that a refusal must not tell: existing and absent things of others look the same', async () => {
  const absent = 'ocid1.certificate.perennial.home-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
  for (const [user, id] of [[world.ned, world.served.id], [world.globex, world.served.id], [world.lee, world.other.id]]) {
    for (const [method, path] of [
      ['GET', (one) => `/20210224/certificates/${one}`], ['GET', (one) => bundleTarget(one)],
      ['GET', (one) => `/20210224/certificates/${one}/versions`], ['GET', (one) => `/20210224/certificates/${one}/version/1`],
      ['POST', (one) => `/20210224/certificates/${one}/actions/scheduleDeletion`],
      ['POST', (one) => `/20210224/certificates/${one}/actions/cancelDeletion`]]) {
      const answers = [];
      for (const one of [id, absent]) {
        const answer = await user.call(CERTIFICATES, method, path(one), method === 'GET' ? undefined : {});
        answers.push([answer.status, answer.text, Object.keys(answer.headers).sort().join()]);
      }
      assert.equal(answers[0][0], 404);
      assert.deepEqual(answers[0], answers[1]);
    }
  }
});

test('D01 the database itself refuses what the service would refuse', async () => {
  assert.throws(() => sqlUnguarded('certificates',
    `UPDATE guarded SET lifecycle_state = 'PENDING_DELETION', attachable = 0 WHERE id = '${world.served.id}'`), GUARD);
  assert.throws(() => sqlUnguarded('certificates', `DELETE FROM guarded WHERE id = '${world.served.id}'`), GUARD);
  const certificate = await world.acme.ok(CERTIFICATES, 'GET', `/20210224/certificates/${world.served.id}`);
  assert.equal(certificate.lifecycleState, 'ACTIVE');
});

test('D03 what is going to be deleted cannot be attached', async () => {
  const certificate = await makeCertificate(world.acme, world.root, unique('going'));
  const scheduled = await world.acme.call(endpoints.certificates, 'POST',
    `/20210224/certificates/${certificate.id}/actions/scheduleDeletion`, {});
  assert.ok(scheduled.status < 300, scheduled.text);
  const answer = await world.kim.call(LOAD_BALANCERS, 'POST', listenersOf(world.first), {
    name: 'going', defaultBackendSetName: 'web', port: 8553, protocol: 'HTTP',
    sslConfiguration: { certificateIds: [certificate.id] },
  });
  assert.equal(answer.status, 409, answer.text);
  assert.equal(answer.json.code, 'IncorrectState');
  assert.deepEqual(await associationsOf(world.acme, certificate.id), []);
});
