// SPDX-License-Identifier: Apache-2.0
// Whether what the Audit page lists can be believed: intact in words, and, once somebody changed a record in a
// service's database behind the service's back, which record of which service.
import assert from 'node:assert/strict';
import test from 'node:test';
import { administrator, endpoints, eventually, makeUser, perennial, sql, unique } from '../../test/support/stack.mjs';
import { openBrowser, shot, signIn, url } from './support/browser.mjs';

const VERIFICATION = '/20260101/audit/verification';
const SERVICES = ['identity', 'certificates', 'load-balancer', 'audit'];
// A short chain is read anew twice a minute.
const READ_AGAIN = { timeoutMs: 120_000, pauseMs: 500 };

const chains = async () => (await administrator('acme').ok(endpoints.audit, 'GET', VERIFICATION)).items;
const chainOf = async (service) => (await chains()).find((chain) => chain.service === service);

test('the audit is read again, and a changed record is named', async (t) => {
  await eventually('every chain to be read', async () => (await chains()).every(({ state }) => state === 'INTACT'), READ_AGAIN);
  const items = await chains();
  assert.deepEqual(items.map(({ service }) => service), SERVICES);
  const identity = items[0];
  assert.ok(identity.records > 0);
  assert.equal(identity.headHash, sql('identity', `SELECT hash FROM audit WHERE position = ${identity.records}`).trim());
  assert.ok(Date.parse(identity.timeFirstRecord) <= Date.parse(identity.timeLastRecord));

  await t.test('only who may read events may know', async () => {
    const nobody = await makeUser(administrator('acme'), unique('nobody'));
    const refused = await nobody.call(endpoints.audit, 'GET', VERIFICATION);
    assert.equal(refused.status, 404);
    assert.equal((await perennial(['audit', 'status'])).status, 0);
  });

  const browser = await openBrowser(t);
  const { page } = await signIn(await browser.newContext());
  await page.goto(`${url}/console/audit`);
  await page.getByText(/^All [\d,]+ records of 4 services are intact, checked /).waitFor();
  await page.getByRole('button', { name: 'Show the chains' }).click();
  await page.getByRole('row', { name: /Load balancer intact/ }).waitFor();
  await shot(page, 'audit-intact');

  // Behind the service's back, as nobody but root on its host could.
  sql('identity', "UPDATE audit SET payload = replace(payload, 'ALLOWED', 'REFUSED') WHERE position = 2", { readonly: false });

  const broken = await eventually('the change to be found', async () => {
    const chain = await chainOf('identity');
    return chain.state === 'BROKEN' && chain;
  }, READ_AGAIN);
  assert.equal(broken.brokenRecord.position, 2);
  assert.equal(broken.brokenRecord.reason, 'the record or its hash was changed');
  assert.equal((await chainOf('certificates')).state, 'INTACT');
  await page.getByText('Record 2 of Identity does not fit').waitFor({ timeout: 60_000 });
  await page.getByRole('alert').filter({ hasText: 'The record or its hash was changed' }).waitFor();
  await shot(page, 'audit-broken');
  const told = await perennial(['audit', 'status']);
  assert.equal(told.status, 1);
  assert.match(told.out, /identity\s+BROKEN at 2/);
  assert.match(told.err, /record 2 of identity does not fit/);
});
