// SPDX-License-Identifier: Apache-2.0
// Identity, driven by the OCI SDK in two tenancies.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { administrator, clientsOf, common, eventually, fails, makeUser, unique } from './clients.mjs';
import { newRsaKey } from '../support/signer.mjs';
import { sleep } from '../support/stack.mjs';

for (const name of ['acme', 'globex']) {
  const admin = administrator(name);
  const inTenancy = { compartmentId: admin.tenancyId };
  const described = { ...inTenancy, description: 'made by a test' };

  describe(`identity in ${name}`, () => {
    test('a tenancy is read by its own administrator', async () => {
      const { tenancy } = await admin.identity.getTenancy({ tenancyId: admin.tenancyId });
      assert.equal(tenancy.id, admin.tenancyId);
      assert.equal(tenancy.name, name);
    });

    test('a compartment is made, read and listed', async () => {
      const made = await admin.identity.createCompartment({
        createCompartmentDetails: { ...described, name: unique('shop'), freeformTags: { team: 'é日' } },
      });
      assert.ok(made.etag && made.opcRequestId);
      const { compartment } = await admin.identity.getCompartment({ compartmentId: made.compartment.id });
      assert.equal(compartment.compartmentId, admin.tenancyId);
      assert.deepEqual(compartment.freeformTags, { team: 'é日' });
      assert.equal(compartment.lifecycleState, 'ACTIVE');
      assert.ok(Math.abs(new Date(compartment.timeCreated) - Date.now()) < 60_000);
      const { items } = await admin.identity.listCompartments({ ...inTenancy, name: compartment.name });
      assert.deepEqual(items.map(({ id }) => id), [compartment.id]);
    });

    test('a user is made, read and listed, with keys that come and go', async () => {
      const user = await makeUser(admin, []);
      assert.equal((await admin.identity.getUser({ userId: user.userId })).user.name, user.user.name);
      const { items } = await admin.identity.listUsers({ ...inTenancy, name: user.user.name });
      assert.deepEqual(items.map(({ id }) => id), [user.userId]);
      const { items: keys } = await admin.identity.listApiKeys({ userId: user.userId });
      assert.deepEqual(keys.map(({ fingerprint }) => fingerprint), [user.apiKey.fingerprint]);
      await admin.identity.deleteApiKey({ userId: user.userId, fingerprint: user.apiKey.fingerprint });
      assert.deepEqual((await admin.identity.listApiKeys({ userId: user.userId })).items, []);
      await eventually('the key to be refused', async () => {
        try { await user.identity.getUser({ userId: user.userId }); } catch (error) { return error.statusCode === 401; }
        return false;
      }, { timeoutMs: 5000 });
    });

    test('groups are made and listed, a page of one at a time', async () => {
      const made = [];
      for (let n = 0; n < 3; n += 1) {
        const { group } = await admin.identity.createGroup({ createGroupDetails: { ...described, name: unique('group') } });
        made.push(group.id);
      }
      const seen = [];
      for await (const group of admin.identity.listGroupsRecordIterator({ ...inTenancy, limit: 1 })) seen.push(group.id);
      assert.equal(new Set(seen).size, seen.length);
      for (const id of made) assert.ok(seen.includes(id));
    });

    test('a policy gives, and when it is deleted it gives no longer', async () => {
      const user = await makeUser(admin, ['Allow GROUP to inspect users in tenancy']);
      const { items } = await user.identity.listUsers(inTenancy);
      assert.ok(items.length > 0);
      await fails(user.identity.listGroups(inTenancy), 404, 'NotAuthorizedOrNotFound');
      const { items: policies } = await admin.identity.listPolicies(inTenancy);
      assert.ok(policies.some(({ id }) => id === user.policy.id));
      await admin.identity.deletePolicy({ policyId: user.policy.id });
      await fails(user.identity.listUsers(inTenancy), 404, 'NotAuthorizedOrNotFound');
    });

    test('a policy that nobody can read is refused with the statement\'s place', async () => {
      for (const statement of ['Allow nobody', 'Allow group Nobody-Here to read users in tenancy',
        'Allow any-user to fly planes in tenancy']) {
        await fails(admin.identity.createPolicy({
          createPolicyDetails: { ...described, name: unique('policy'), statements: [statement] },
        }), 400, 'InvalidParameter', /\/statements\/0/);
      }
    });

    test('the same name twice is a conflict', async () => {
      const details = { ...described, name: unique('twin') };
      await admin.identity.createGroup({ createGroupDetails: details });
      await sleep(1100);  // Two equal requests that are signed in one second are one request.
      await fails(admin.identity.createGroup({ createGroupDetails: details }), 409, 'NotAuthorizedOrResourceAlreadyExists');
    });

    test('the same retry token twice is one user; with another body it is refused', async () => {
      const opcRetryToken = unique('retry');
      const details = { ...described, name: unique('once') };
      const first = await admin.identity.createUser({ createUserDetails: details, opcRetryToken });
      const second = await admin.identity.createUser({ createUserDetails: details, opcRetryToken });
      assert.equal(second.user.id, first.user.id);
      await fails(admin.identity.createUser({ createUserDetails: { ...details, name: unique('other') }, opcRetryToken }),
        409, 'InvalidatedRetryToken');
    });

    test('a wrong key is not authenticated', async () => {
      const pem = newRsaKey().privateKey.export({ type: 'pkcs8', format: 'pem' });
      const { context } = admin;
      const stranger = clientsOf(new common.SimpleAuthenticationDetailsProvider(context.tenancyId, context.userId,
        context.fingerprint, pem, null, common.Region.US_PHOENIX_1));
      await fails(stranger.identity.getTenancy({ tenancyId: admin.tenancyId }), 401, 'NotAuthenticated');
    });

    test('what is not offered is a clean 404', async () => {
      await fails(admin.identity.listDynamicGroups(inTenancy), 404, 'NotFound');
      await fails(admin.identity.getCompartment({ compartmentId: 'ocid1.compartment.perennial..nothing' }), 404,
        'NotAuthorizedOrNotFound');
    });
  });
}

test('a tenancy sees nothing of the other', async () => {
  const [acme, globex] = [administrator('acme'), administrator('globex')];
  const there = await fails(globex.identity.getTenancy({ tenancyId: acme.tenancyId }), 404, 'NotAuthorizedOrNotFound');
  const nowhere = await fails(globex.identity.getTenancy({ tenancyId: 'ocid1.tenancy.perennial..nothing' }), 404,
    'NotAuthorizedOrNotFound');
  assert.equal(there.message, nowhere.message);
  await fails(globex.identity.listUsers({ compartmentId: acme.tenancyId }), 404, 'NotAuthorizedOrNotFound');
  await fails(globex.identity.getUser({ userId: acme.userId }), 404, 'NotAuthorizedOrNotFound');
  await fails(globex.identity.createGroup({
    createGroupDetails: { compartmentId: acme.tenancyId, name: unique('spy'), description: 'spy' },
  }), 404, 'NotAuthorizedOrNotFound');
});
