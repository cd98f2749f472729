// SPDX-License-Identifier: Apache-2.0
// People with too few rights. Who may only read is refused in every window that changes something, and told
// which right is missing, the same that the server writes into its audit. Who may only inspect is told so on
// each page. Who may delete but not see who uses it learns how many, and no name.
import assert from 'node:assert/strict';
import test from 'node:test';
import { makeCertificate } from '../../test/adversary/world.mjs';
import { lastRefusal, makeUser, refusals, unique } from '../../test/support/stack.mjs';
import { openBrowser, shot, signIn, stepsOf, url } from './support/browser.mjs';
import { makeScene } from './support/scene.mjs';

async function person(scene, browser, name, ...rights) {
  const user = await makeUser(scene.admin, unique(name), rights.map((right) => `Allow GROUP to ${right} in tenancy`));
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const { page, seen } = await signIn(context, { userId: user.userId });
  page.setDefaultTimeout(30_000);
  return { page, seen, window_: page.getByRole('dialog') };
}

// Each window: what it is called, which service refuses, by which right, and how a person gets there.
function windows(scene, spare, { page, window_ }) {
  const go = (place) => page.goto(`${url}/console${place}`);
  const button = (name) => page.getByRole('button', { name, exact: true }).first().click();
  const press = (name) => window_.getByRole('button', { name, exact: true }).click();
  const type = (label, text) => window_.getByLabel(label).first().fill(text);
  const certificate = `/certificates/${scene.certificate.id}`;
  const balancer = `/load-balancers/${scene.loadBalancerId}`;
  return [
    ['edit the rule', 'certificates', 'CERTIFICATE_UPDATE', async () => {
      await go(certificate);
      await button('Edit the rule');
      await window_.getByRole('textbox', { name: 'Renew every' }).fill('15');
      await press('Save the rule');
    }],
    ['renew now', 'certificates', 'CERTIFICATE_UPDATE', async () => {
      await go(certificate);
      await button('Renew now');
      await press('Renew now');
    }],
    ['delete a certificate', 'certificates', 'CERTIFICATE_DELETE', async () => {
      await go(`/certificates/${spare.id}`);
      await button('More');
      await page.getByRole('menuitem', { name: /Delete/ }).click();
      await type(/Type the name to confirm/, spare.name);
      await press('Schedule deletion');
    }],
    ['make authorities', 'certificates', 'CERTIFICATE_AUTHORITY_CREATE', async () => {
      await go('/authorities?create=1');
      await type('Name of the root', 'mine');
      await type('Name of the issuing authority', 'mine-too');
      await press('Make both');
    }],
    ['edit a listener', 'load-balancer', 'LOAD_BALANCER_UPDATE', async () => {
      await go(balancer);
      await button('Edit listener https');
      await window_.getByText('TLS 1.3', { exact: true }).click();
      await press('Save');
    }],
    ['delete a listener', 'load-balancer', 'LOAD_BALANCER_UPDATE', async () => {
      await go(balancer);
      await button('Delete listener https');
      await press('Delete listener');
    }],
    ['make a backend set', 'load-balancer', 'LOAD_BALANCER_UPDATE', async () => {
      await go(`${balancer}?tab=backend-sets`);
      await button('Create backend set');
      await type('Name', 'mine');
      await press('Create');
    }],
    ['delete a load balancer', 'load-balancer', 'LOAD_BALANCER_DELETE', async () => {
      await go(balancer);
      await button('Delete …');
      await type(/Type front/, 'front');
      await press('Delete load balancer');
    }],
    ['make a load balancer', 'load-balancer', 'LOAD_BALANCER_CREATE', async () => {
      await go('/load-balancers');
      await button('Create load balancer');
      await type('Name', 'mine');
      await press('Create');
    }],
    ['make a node pool', 'identity', 'NODE_POOL_CREATE', async () => {
      await go('/nodes');
      await button('Create node pool');
      await type('Name', 'mine');
      await type('Addresses', '127.0.0.9');
      await press('Create');
    }],
    ['remove a node', 'identity', 'NODE_DELETE', async () => {
      await go('/nodes');
      await button('Actions of edge-1');
      await page.getByRole('menuitem', { name: /Remove/ }).click();
      await type(/Type edge-1/, 'edge-1');
      await press('Remove node');
    }],
    ['make a user', 'identity', 'USER_CREATE', async () => {
      await go('/access');
      await button('Create user');
      await type('Name', 'mine');
      await press('Create');
    }],
    ['make a policy', 'identity', 'POLICY_CREATE', async () => {
      await go('/access?tab=policies');
      await button('Create policy');
      await type('Name', 'mine');
      await type('Statements, one a line', 'Allow group Administrators to manage all-resources in tenancy');
      await press('Create');
    }],
  ];
}

test('who may only read is refused in every window, in words', async (t) => {
  const scene = await makeScene(t, 'shop');
  const spare = await makeCertificate(scene.admin, scene.root, 'spare');
  const browser = await openBrowser(t);
  const reader = await person(scene, browser, 'reader', 'read all-resources');
  const step = stepsOf(reader.page);
  for (const [what, service, permission, act] of windows(scene, spare, reader)) {
    await step(what, async () => {
      const before = refusals()[service];
      await act();
      const note = reader.window_.getByRole('alert');
      await note.getByText(permission).waitFor();
      assert.match(await note.innerText(), /Allow group YOUR-GROUP to (use|manage) [a-z-]+ in tenancy/);
      assert.match(await note.innerText(), /request [0-9a-f]{32}/);
      assert.equal(refusals()[service], before + 1);
      assert.match(lastRefusal(service).reason, new RegExp(`no policy gives ${permission} in|lacks ${permission}`));
    });
  }
  await shot(reader.page, 'few-rights-refused');
  assert.deepEqual(reader.seen.errors, []);
});

test('who may only inspect sees that it is there, and which right opens it', async (t) => {
  const scene = await makeScene(t, 'post');
  const browser = await openBrowser(t);
  const guest = await person(scene, browser, 'guest', 'inspect all-resources');
  const step = stepsOf(guest.page);
  await step('the lists show it', async () => {
    for (const [place, name] of [['certificates', 'post'], ['load-balancers', 'front']]) {
      await guest.page.goto(`${url}/console/${place}`);
      await guest.page.getByRole('link', { name }).first().waitFor();
    }
  });
  await step('its page says what is missing, and offers no window', async () => {
    for (const [place, permission] of [
      [`certificates/${scene.certificate.id}`, 'CERTIFICATE_READ'],
      [`load-balancers/${scene.loadBalancerId}`, 'LOAD_BALANCER_READ'],
      [`authorities/${scene.root.id}`, 'CERTIFICATE_AUTHORITY_READ']]) {
      await guest.page.goto(`${url}/console/${place}`);
      await guest.page.getByRole('alert').getByText(permission).waitFor();
      assert.equal(await guest.page.getByRole('button', { name: /^(More|Renew now|Delete|Edit)/ }).count(), 0);
    }
    await shot(guest.page, 'few-rights-inspect');
  });
});

test('who may delete it but not see who uses it learns how many, and no name', async (t) => {
  const scene = await makeScene(t, 'mail');
  const browser = await openBrowser(t);
  const owner = await person(scene, browser, 'owner', 'manage leaf-certificates');
  const step = stepsOf(owner.page);
  const { page, window_ } = owner;
  await step('the deletion window', async () => {
    await page.goto(`${url}/console/certificates/${scene.certificate.id}`);
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: /Delete/ }).click();
    await window_.getByText('It cannot be deleted now').waitFor();
    const text = await window_.innerText();
    assert.match(text, /is used by 1 resource/);
    assert.match(text, /1 resource whose name you may not see/);
    assert.doesNotMatch(text, /front|ocid1\.loadbalancer/);
    assert.equal(await window_.getByRole('button', { name: 'Schedule deletion' }).count(), 0);
    await shot(page, 'few-rights-deletion');
    await page.keyboard.press('Escape');
  });
  await step('the tabs do not say that it is used nowhere', async () => {
    for (const tab of ['associations', 'readers']) {
      await page.goto(`${url}/console/certificates/${scene.certificate.id}?tab=${tab}`);
      await page.getByText('Used by 1 resource that you may not see').waitFor();
      assert.equal(await page.getByText(/front|Used nowhere|Nobody may read/).count(), 0);
    }
  });
});
