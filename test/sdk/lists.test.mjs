// SPDX-License-Identifier: Apache-2.0
// Lists, entity tags and retry tokens, as the OCI SDK uses them.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { administrator, certificateDetails, everyCertificate, everyItem, fails, inDays, makeAuthority, makeCertificate, unique } from './clients.mjs';
import { sleep } from '../support/stack.mjs';

const admin = administrator('acme');
const compartment = { compartmentId: admin.tenancyId };
const group = unique('list');
let root;
let made;

before(async () => {
  root = await makeAuthority(admin);
  made = [];
  for (const [name, days] of [['c', 10], ['a', 30], ['b', 20]]) {
    made.push(await makeCertificate(admin, root, { name: `${group}-${name}`, days }));
  }
});

const namesOf = (items) => items.map(({ name }) => name.slice(group.length + 1));
const list = (more) => everyCertificate(admin, { ...compartment, issuerCertificateAuthorityId: root.id, ...more });

describe('lists', () => {
  test('a page of one at a time shows each certificate once, in each order', async () => {
    for (const limit of [1, 2, 1000]) {
      assert.deepEqual(namesOf(await list({ limit, sortBy: 'NAME' })), ['a', 'b', 'c']);
      assert.deepEqual(namesOf(await list({ limit, sortBy: 'NAME', sortOrder: 'DESC' })), ['c', 'b', 'a']);
      assert.deepEqual(namesOf(await list({ limit, sortBy: 'TIMECREATED' })), ['b', 'a', 'c']);
      assert.deepEqual(namesOf(await list({ limit, sortBy: 'TIMECREATED', sortOrder: 'ASC' })), ['c', 'a', 'b']);
      assert.deepEqual(namesOf(await list({ limit, sortBy: 'EXPIRATIONDATE', sortOrder: 'ASC' })), ['c', 'b', 'a']);
      assert.deepEqual(namesOf(await list({ limit, sortBy: 'EXPIRATIONDATE' })), ['a', 'b', 'c']);
    }
  });

  test('a page token stays good while the list changes', async () => {
    const request = { ...compartment, issuerCertificateAuthorityId: root.id, limit: 1, sortBy: 'NAME' };
    const first = await admin.management.listCertificates(request);
    assert.deepEqual(namesOf(first.certificateCollection.items), ['a']);
    const extra = await makeCertificate(admin, root, { name: `${group}-0` });
    const second = await admin.management.listCertificates({ ...request, page: first.opcNextPage });
    assert.deepEqual(namesOf(second.certificateCollection.items), ['b']);
    const third = await admin.management.listCertificates({ ...request, page: second.opcNextPage });
    assert.deepEqual(namesOf(third.certificateCollection.items), ['c']);
    assert.equal(third.opcNextPage ?? null, null);
    await admin.management.scheduleCertificateDeletion({ certificateId: extra.id, scheduleCertificateDeletionDetails: {} });
    assert.deepEqual(namesOf(await list({ sortBy: 'NAME', lifecycleState: 'ACTIVE' })), ['a', 'b', 'c']);
    assert.deepEqual(namesOf(await list({ lifecycleState: 'PENDING_DELETION' })), ['0']);
  });

  test('filters narrow the list', async () => {
    assert.deepEqual(namesOf(await list({ name: `${group}-b` })), ['b']);
    assert.deepEqual(namesOf(await list({ certificateId: made[1].id })), ['a']);
    assert.deepEqual(await list({ name: `${group}-nothing` }), []);
    assert.deepEqual(await list({ issuerCertificateAuthorityId: 'ocid1.certificateauthority.perennial.home-1.a' }), []);
    const authorities = await admin.management.listCertificateAuthorities({ ...compartment, name: root.name });
    assert.deepEqual(authorities.certificateAuthorityCollection.items.map(({ id }) => id), [root.id]);
  });

  test('what cannot be understood is refused by name', async () => {
    const ask = (more) => admin.management.listCertificates({ ...compartment, ...more });
    await fails(ask({ sortBy: 'COLOUR' }), 400, 'InvalidParameter', /sortBy/);
    await fails(ask({ sortOrder: 'SIDEWAYS' }), 400, 'InvalidParameter', /sortOrder/);
    await fails(ask({ limit: 0 }), 400, 'InvalidParameter', /limit/);
    await fails(ask({ limit: 1001 }), 400, 'InvalidParameter', /limit/);
    await fails(ask({ page: 'not-a-token' }), 400, 'InvalidParameter', /page/);
    await fails(ask({ lifecycleState: 'SLEEPING' }), 400, 'InvalidParameter', /lifecycleState/);
  });

  test('versions are listed a page at a time', async () => {
    const { id } = made[0];
    for (let n = 0; n < 2; n += 1) {
      await sleep(1100);  // Two equal requests that are signed in one second are one request.
      await admin.management.updateCertificate({
        certificateId: id, updateCertificateDetails: { certificateConfig: { configType: 'ISSUED_BY_INTERNAL_CA' } },
      });
    }
    const numbers = async (more) => (await everyItem((one) => admin.management.listCertificateVersions(one),
      { certificateId: id, ...more }, (answer) => answer.certificateVersionCollection.items))
      .map(({ versionNumber }) => versionNumber);
    assert.deepEqual(await numbers({ limit: 1 }), [1, 2, 3]);
    assert.deepEqual(await numbers({ limit: 2, sortOrder: 'DESC' }), [3, 2, 1]);
    assert.deepEqual(await numbers({ versionNumber: 2 }), [2]);
  });

  test('names with what a query must escape come back as they are', async () => {
    const name = "a'b {c|d} é日 +";
    const { items } = await admin.identity.listUsers({ ...compartment, name });
    assert.deepEqual(items, []);
  });
});

describe('entity tags', () => {
  test('a certificate with a stale tag is a conflict, and unchanged', async () => {
    const { id } = await makeCertificate(admin, root);
    const { etag } = await admin.management.getCertificate({ certificateId: id });
    const describeAs = (description, ifMatch) => admin.management.updateCertificate(
      { certificateId: id, updateCertificateDetails: { description }, ifMatch });
    const changed = await describeAs('first', etag);
    assert.notEqual(changed.etag, etag);
    await fails(describeAs('second', etag), 409, 'Conflict');
    await fails(admin.management.scheduleCertificateDeletion(
      { certificateId: id, scheduleCertificateDeletionDetails: {}, ifMatch: etag }), 409, 'Conflict');
    const { certificate } = await admin.management.getCertificate({ certificateId: id });
    assert.equal(certificate.description, 'first');
    await describeAs('third', changed.etag);
  });

  test('elsewhere a stale tag is a failed precondition', async () => {
    const user = await admin.identity.createUser({ createUserDetails: { ...compartment, name: unique('tag'), description: 'x' } });
    const { policy } = await admin.identity.createPolicy({
      createPolicyDetails: { ...compartment, name: unique('tag'), description: 'x', statements: ['Allow any-user to inspect tenancies in tenancy'] },
    });
    assert.ok(user.etag);
    await fails(admin.identity.deletePolicy({ policyId: policy.id, ifMatch: 'stale' }), 412, 'NoEtagMatch');
    await admin.identity.deletePolicy({ policyId: policy.id });
  });
});

describe('retry tokens', () => {
  test('the same one twice makes one certificate, and with another body it is refused', async () => {
    const opcRetryToken = unique('retry');
    const createCertificateDetails = certificateDetails(admin, root, { validity: { timeOfValidityNotAfter: inDays(9) } });
    const first = await admin.management.createCertificate({ createCertificateDetails, opcRetryToken });
    const second = await admin.management.createCertificate({ createCertificateDetails, opcRetryToken });
    assert.equal(second.certificate.id, first.certificate.id);
    await fails(admin.management.createCertificate({
      createCertificateDetails: { ...createCertificateDetails, name: unique('other') }, opcRetryToken,
    }), 409, 'InvalidatedRetryToken');
    assert.equal((await list({ name: createCertificateDetails.name })).length, 1);
  });

  test('without one the same name again is a conflict', async () => {
    await fails(makeCertificate(admin, root, { name: made[0].name }), 409, 'NotAuthorizedOrResourceAlreadyExists');
  });
});
