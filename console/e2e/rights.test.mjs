// SPDX-License-Identifier: Apache-2.0
// A right that is taken by force: by typed name, seen where the listener is, given back by saving the listener as it
// is. And a backend set that is edited, with what its window does not show kept.
import assert from 'node:assert/strict';
import test from 'node:test';
import { freePorts } from '../../test/support/ports.mjs';
import { administrator, endpoints, makeUser, perennial, sql, stack, unique } from '../../test/support/stack.mjs';
import { openBrowser, shot, signIn, url } from './support/browser.mjs';

const admin = administrator('acme');
const run = async (...words) => {
  const { status, out, err } = await perennial(words);
  assert.equal(status, 0, `${words.join(' ')}\n${out}${err}`);
  return out;
};
const json = async (...words) => JSON.parse(await run(...words, '-o', 'json'));
const associations = async (certificateId) => (await admin.ok(endpoints.certificates, 'GET',
  `/20210224/associations?certificatesResourceId=${certificateId}`)).items;

test('a right is taken by force and given back; a backend set is edited', async (t) => {
  const [port] = await freePorts(1, stack.nodes.map(({ address }) => address));
  await run('ca', 'create', 'root', '--name', 'root', '--common-name', 'Root');
  await run('ca', 'create', 'issuing', '--name', 'issuing', '--common-name', 'CA', '--issuer', 'root');
  await run('certificate', 'create', '--name', 'shop', '--dns', 'shop.example.com');
  await run('lb', 'create', '--name', 'front', '--pool', 'edge');
  await run('backend-set', 'create', '--lb', 'front', '--name', 'app', '--backend', '127.0.0.1:9');
  await run('backend', 'add', '127.0.0.1:10', '--lb', 'front', '--set', 'app', '--weight', '7');
  await run('listener', 'create', '--lb', 'front', '--name', 'https', '--port', String(port), '--certificate', 'shop',
    '--backend-set', 'app');
  const certificate = (await json('certificate', 'show', 'shop')).id;
  const balancer = (await json('lb', 'show', 'front')).id;
  const [association] = await associations(certificate);

  const browser = await openBrowser(t);
  const { page, seen } = await signIn(await browser.newContext({ viewport: { width: 1440, height: 900 } }));
  page.setDefaultTimeout(30_000);
  const balancerPage = `${url}/console/load-balancers/${encodeURIComponent(balancer)}`;
  const lost = page.getByText('It has lost the right to this certificate');
  const window_ = page.getByRole('dialog');

  await page.goto(balancerPage);
  await page.getByText(/version 1 · expires/).waitFor();
  assert.equal(await lost.count(), 0);

  await page.goto(`${url}/console/certificates/${encodeURIComponent(certificate)}?tab=associations`);
  await page.getByRole('button', { name: `Detach ${association.name} by force` }).click();
  const detach = window_.getByRole('button', { name: 'Detach', exact: true });
  await window_.getByText('for ten minutes nobody can attach').waitFor();
  assert.ok(await detach.isDisabled(), 'before the name is typed');
  await shot(page, 'force-detach');
  await window_.getByLabel('Type shop to go on').fill('shop');
  await detach.click();
  await page.getByText('Used nowhere').waitFor();
  assert.deepEqual(await associations(certificate), []);

  await page.goto(balancerPage);
  await lost.waitFor();
  await shot(page, 'lost-right');

  // Who may not see associations is shown no guess.
  const reader = await makeUser(admin, unique('reader'), ['Allow GROUP to read load-balancers in tenancy',
    'Allow GROUP to read leaf-certificates in tenancy']);
  const other = await signIn(await browser.newContext(), { userId: reader.userId });
  await other.page.goto(balancerPage);
  await other.page.getByText(/version 1 · expires/).waitFor();
  await other.page.waitForLoadState('networkidle');
  assert.equal(await other.page.getByText('It has lost the right').count(), 0);
  await other.page.close();

  const save = async () => {
    await page.getByRole('button', { name: 'Edit listener https' }).click();
    await window_.getByRole('button', { name: 'Save' }).click();
  };
  await save();
  await window_.getByRole('alert').waitFor();
  assert.deepEqual(await associations(certificate), [], 'closed for ten minutes');
  // The ten minutes, over.
  sql('certificates', 'UPDATE association_fence SET closed_until = NULL', { readonly: false });
  await window_.getByRole('button', { name: 'Save' }).click();
  await window_.getByText('The listener is changed').waitFor();
  await window_.getByRole('button', { name: 'Done' }).click();
  await lost.waitFor({ state: 'detached' });
  assert.equal((await associations(certificate))[0].associatedResourceId, balancer);

  await page.goto(`${balancerPage}?tab=backend-sets`);
  await page.getByRole('button', { name: 'Edit backend set app' }).click();
  assert.equal(await window_.getByLabel('Backends').inputValue(), '127.0.0.1:9\n127.0.0.1:10');
  await window_.getByLabel('Backends').fill('127.0.0.1:10\n127.0.0.1:11');
  await window_.getByText('127.0.0.1:9 goes').waitFor();
  await shot(page, 'backend-set-edit');
  await window_.getByRole('button', { name: 'Save' }).click();
  await window_.getByText('app is changed').waitFor();
  const set = await admin.ok(endpoints['load-balancer'], 'GET', `/20170115/loadBalancers/${balancer}/backendSets/app`);
  assert.deepEqual(set.backends.map(({ name, weight }) => [name, weight]), [['127.0.0.1:10', 7], ['127.0.0.1:11', 1]]);
  await window_.getByRole('button', { name: 'Done' }).click();

  // Over what somebody else changed meanwhile nothing is written.
  await page.getByRole('button', { name: 'Edit backend set app' }).click();
  await run('backend-set', 'update', 'app', '--lb', 'front', '--policy', 'IP_HASH');
  await window_.getByLabel('Backends').fill('127.0.0.1:12');
  await window_.getByRole('button', { name: 'Save' }).click();
  await window_.getByText('Somebody else changed it meanwhile').waitFor();
  await shot(page, 'backend-set-conflict');
  const now = () => admin.ok(endpoints['load-balancer'], 'GET', `/20170115/loadBalancers/${balancer}/backendSets/app`);
  assert.equal((await now()).backends.length, 2, 'nothing is written before one chooses');
  await window_.getByRole('button', { name: 'Replace it with mine' }).click();
  await window_.getByText('app is changed').waitFor();
  const after = await now();
  assert.deepEqual(after.backends.map(({ name }) => name), ['127.0.0.1:12']);
  assert.equal(after.policy, 'ROUND_ROBIN');
  assert.deepEqual(seen.errors, []);
});
