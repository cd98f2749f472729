// SPDX-License-Identifier: Apache-2.0
// Two people change the same thing: whoever comes second sees what differs and chooses; nothing of the first
// is overwritten unseen.
import assert from 'node:assert/strict';
import test from 'node:test';
import { makeCertificate } from '../../test/adversary/world.mjs';
import { endpoints, eventually, makeUser, unique } from '../../test/support/stack.mjs';
import { openBrowser, shot, signIn, stepsOf, url } from './support/browser.mjs';
import { makeScene } from './support/scene.mjs';

const RIGHTS = ['load-balancers', 'node-pools', 'certificate-authority-family']
  .map((what) => `Allow GROUP to manage ${what} in tenancy`);

// One person with a browser of her own.
async function person(scene, browser, name) {
  const user = await makeUser(scene.admin, unique(name), RIGHTS);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const { page, seen } = await signIn(context, { userId: user.userId });
  page.setDefaultTimeout(30_000);
  const window_ = page.getByRole('dialog');
  return {
    page, seen, window_,
    press: (button) => window_.getByRole('button', { name: button, exact: true }).click(),
    conflict: window_.getByText('Somebody else changed it meanwhile'),
  };
}

test('two people change the same thing', async (t) => {
  const scene = await makeScene(t, 'shop');
  await makeCertificate(scene.admin, scene.root, 'other');
  const browser = await openBrowser(t);
  const [ann, bob] = [await person(scene, browser, 'ann'), await person(scene, browser, 'bob')];
  const step = stepsOf(bob.page, ann.page);
  const rule = async () => (await scene.now()).certificateRules[0];
  const listener = async () => (await scene.admin.ok(endpoints['load-balancer'], 'GET',
    `/20170115/loadBalancers/${scene.loadBalancerId}`)).listeners.https;
  const both = (act) => Promise.all([act(ann), act(bob)]);

  const openRule = async ({ page, window_ }) => {
    await page.goto(`${url}/console/certificates/${scene.certificate.id}`);
    await page.getByRole('button', { name: 'Edit the rule' }).click();
    await window_.getByRole('textbox', { name: 'Renew every' }).waitFor();
  };
  const setRule = async (who, days) => {
    await who.window_.getByRole('textbox', { name: 'Renew every' }).fill(String(days));
    await who.press('Save the rule');
  };

  await step('the renewal rule: the second sees both, and nothing is overwritten', async () => {
    await both(openRule);
    await setRule(ann, 15);
    await ann.window_.waitFor({ state: 'detached' });
    await setRule(bob, 18);
    await bob.conflict.waitFor();
    assert.equal((await rule()).renewalInterval, 'P15D');
    const row = bob.window_.getByRole('row', { name: /^Renewal/ });
    assert.match(await row.innerText(), /20 days[^]*15 days[^]*18 days/);
    assert.ok(await bob.window_.getByRole('button', { name: 'Save the rule' }).isDisabled());
    await shot(bob.page, 'conflict-rule');
  });

  await step('going on from theirs shows theirs, and saving then changes only what one means', async () => {
    await bob.press('Go on from theirs');
    await bob.conflict.waitFor({ state: 'detached' });
    assert.equal(await bob.window_.getByRole('textbox', { name: 'Renew every' }).inputValue(), '15');
    await setRule(bob, 16);
    await bob.window_.waitFor({ state: 'detached' });
    assert.equal((await rule()).renewalInterval, 'P16D');
  });

  await step('mine over theirs, if one says so; who changes it once more is asked about once more', async () => {
    await both(openRule);
    await setRule(ann, 12);
    await ann.window_.waitFor({ state: 'detached' });
    await setRule(bob, 14);
    await bob.conflict.waitFor();
    await openRule(ann);
    await setRule(ann, 13);
    await ann.window_.waitFor({ state: 'detached' });
    await bob.press('Replace it with mine');
    await bob.window_.getByRole('row', { name: /13 days/ }).waitFor();
    assert.equal((await rule()).renewalInterval, 'P13D');
    await bob.press('Replace it with mine');
    await bob.window_.waitFor({ state: 'detached' });
    assert.equal((await rule()).renewalInterval, 'P14D');
  });

  const openListener = async ({ page, window_ }) => {
    await page.goto(`${url}/console/load-balancers/${scene.loadBalancerId}`);
    await page.getByRole('button', { name: 'Edit listener https' }).click();
    await window_.getByRole('combobox', { name: 'Certificate', exact: true }).waitFor();
  };
  // What is made by the API speaks TLS 1.2.
  const tls = ({ window_ }, version) => window_.getByText(`TLS ${version}`, { exact: true }).click();

  await step('a listener: what the page reads behind the open window does not pass for seen', async () => {
    await both(openListener);
    await tls(ann, '1.3');
    await ann.press('Save');
    await ann.window_.getByText('The listener is changed').waitFor();
    await ann.press('Done');
    await bob.page.getByText('to web · TLS 1.2, TLS 1.3', { exact: true }).waitFor();
    await bob.window_.getByRole('combobox', { name: 'Certificate', exact: true }).click();
    await bob.page.getByRole('option', { name: /other/ }).click();
    await bob.press('Save');
    await bob.conflict.waitFor();
    await shot(bob.page, 'conflict-listener');
    const now = await listener();
    assert.deepEqual(now.sslConfiguration.protocols, ['TLSv1.2', 'TLSv1.3']);
    assert.deepEqual(now.sslConfiguration.certificateIds, [scene.certificate.id]);
  });

  await step('theirs and mine together: from theirs, the certificate chosen again', async () => {
    await bob.press('Go on from theirs');
    await bob.window_.getByRole('combobox', { name: 'Certificate', exact: true }).click();
    await bob.page.getByRole('option', { name: /other/ }).click();
    await bob.press('Save');
    await bob.window_.getByText('The listener is changed').waitFor({ timeout: 60_000 });
    await bob.press('Done');
    const now = await listener();
    assert.deepEqual(now.sslConfiguration.protocols, ['TLSv1.2', 'TLSv1.3']);
    assert.notDeepEqual(now.sslConfiguration.certificateIds, [scene.certificate.id]);
  });

  await step('what others change around it is no conflict', async () => {
    await both(openListener);
    await scene.admin.call(endpoints['load-balancer'], 'POST',
      `/20170115/loadBalancers/${scene.loadBalancerId}/backendSets`,
      { name: 'more', policy: 'ROUND_ROBIN', healthChecker: { protocol: 'TCP' } });
    await tls(bob, '1.2');
    await bob.press('Save');
    await bob.window_.getByText('The listener is changed').waitFor({ timeout: 60_000 });
    assert.deepEqual((await listener()).sslConfiguration.protocols, ['TLSv1.3']);
  });

  await step('a backend set: mine over theirs keeps what the window does not show, as it is in theirs', async () => {
    await bob.press('Done');
    await bob.page.goto(`${url}/console/load-balancers/${scene.loadBalancerId}?tab=backend-sets`);
    await bob.page.getByRole('button', { name: 'Edit backend set web' }).click();
    await bob.window_.getByLabel('Backends').waitFor();
    const target = `/20170115/loadBalancers/${scene.loadBalancerId}/backendSets/web`;
    const set = () => scene.admin.ok(endpoints['load-balancer'], 'GET', target);
    // By the API somebody changes what the window shows, and what it does not.
    const { name, ...was } = await set();
    const theirs = { ...was, policy: 'LEAST_CONNECTIONS', healthChecker: { ...was.healthChecker, retries: 7 },
      backends: was.backends.map(({ name: _, ...backend }) => ({ ...backend, weight: 5 })) };
    assert.equal((await scene.admin.call(endpoints['load-balancer'], 'PUT', target, theirs)).status, 204);
    await bob.window_.getByLabel('Backends').press('End');
    await bob.window_.getByLabel('Backends').pressSequentially('\n127.0.0.1:9');
    await bob.press('Save');
    await bob.window_.getByRole('row', { name: /^Given out/ }).waitFor();
    assert.equal((await set()).backends.length, 1);
    await bob.press('Replace it with mine');
    await bob.window_.getByText('web is changed').waitFor({ timeout: 60_000 });
    const now = await set();
    assert.equal(now.policy, 'ROUND_ROBIN');
    assert.equal(now.healthChecker.retries, 7);
    assert.deepEqual(now.backends.map(({ weight }) => weight), [5, 1]);
  });

  await step('what somebody deleted meanwhile is told, and does not come back', async () => {
    await bob.press('Done');
    await openListener(bob);
    await ann.page.goto(`${url}/console/load-balancers/${scene.loadBalancerId}`);
    await ann.page.getByRole('button', { name: 'Delete listener https' }).click();
    await ann.press('Delete listener');
    await eventually('it to be gone', async () => await listener() === undefined);
    await tls(bob, '1.2');
    await bob.press('Save');
    await bob.window_.getByText('Somebody else deleted the listener https meanwhile.').waitFor();
    assert.equal(await listener(), undefined);
  });

  assert.deepEqual(ann.seen.errors.concat(bob.seen.errors), []);
});
