// SPDX-License-Identifier: Apache-2.0
// A laptop that sleeps, a clock that is wrong, a server that is gone: the page says so, keeps what it has, and
// recovers by itself.
import assert from 'node:assert/strict';
import test from 'node:test';
import { administrator, endpoints, eventually, makeUser, order, unique } from '../../test/support/stack.mjs';
import { openBrowser, shot, signIn, url } from './support/browser.mjs';
import { holdRenewals, serve } from './support/rollouts.mjs';
import { freeze, rolloutPage, tellTruth, watchParked } from './support/tabs.mjs';
import { endSession, PASSWORD, sessionOf, setPassword } from './support/trouble.mjs';

const admin = administrator('acme');
const HOUR = 3_600_000;
// Longer than the server holds a call: one that the browser has not let go of ends by then.
const PARKED = { timeoutMs: 75_000 };
const banner = (page) => page.getByText('The server does not answer.');
const door = (page) => page.getByRole('dialog', { name: 'Your session has ended' });
const paused = (page) => page.getByText('Paused', { exact: true }).first();

for (const hours of [5, -5]) {
  test(`a browser whose clock is ${Math.abs(hours)} hours ${hours > 0 ? 'ahead' : 'behind'} signs what is accepted`, async (t) => {
    const browser = await openBrowser(t);
    const context = await browser.newContext();
    await context.clock.install({ time: Date.now() + hours * HOUR });
    const { page } = await signIn(context);
    page.setDefaultTimeout(20_000);
    const refused = [];
    page.on('response', (answer) => { if (answer.status() === 401) refused.push(new URL(answer.url()).pathname); });
    const name = unique('clock');
    await page.goto(`${url}/console/access?tab=groups`);
    await page.getByRole('button', { name: 'Create group' }).first().click();
    const form = page.getByRole('dialog', { name: 'Create group' });
    await form.getByLabel('Name').fill(name);
    await form.getByRole('button', { name: 'Create', exact: true }).click();
    await form.waitFor({ state: 'detached' });
    await page.getByText(name).first().waitFor();
    // A page learns the server's clock from its first refusals, and is right from then on.
    const learned = refused.length;
    assert.ok(learned > 0, 'the clock was wrong');
    await page.getByRole('link', { name: 'Nodes', exact: true }).click();
    await page.getByText('edge-1').first().waitFor();
    assert.equal(refused.length, learned);
    assert.equal(await door(page).count(), 0);
  });
}

test('a laptop that sleeps', async (t) => {
  const [certificate] = await serve('sleep', ['asleep']);
  const user = await makeUser(admin, unique('sleeper'), [
    'Allow GROUP to manage leaf-certificate-family in tenancy', 'Allow GROUP to read load-balancers in tenancy',
    'Allow GROUP to manage groups in tenancy', 'Allow GROUP to read nodes in tenancy']);
  const browser = await openBrowser(t);
  const context = await browser.newContext();
  await context.clock.install({ time: Date.now() });
  const parked = watchParked(context);
  const { page } = await signIn(context, { userId: user.userId });
  page.setDefaultTimeout(20_000);
  await setPassword(page);
  await tellTruth(page);
  const [rollout] = await holdRenewals([certificate]);
  await page.goto(rolloutPage(certificate.id));
  await paused(page).waitFor();

  // The lid is closed: no network, nothing runs. When it is opened, hours have gone by at once.
  const lid = await context.newPage();
  await tellTruth(lid);
  await page.bringToFront();
  await eventually('a call to be parked', () => parked.now === 1);
  const sleep = async (hours, meanwhile) => {
    await context.setOffline(true);
    await lid.bringToFront();
    await freeze(page);
    await meanwhile?.();
    await freeze(page, 'active');
    await page.bringToFront();
    await page.clock.fastForward(hours * HOUR);
  };

  await t.test('for two hours by its clock: it says that the server is away, and goes on when it is not', async () => {
    await sleep(2);
    await banner(page).waitFor();
    await paused(page).waitFor();
    assert.equal(await door(page).count(), 0, 'nobody could say that the session is over');
    await context.setOffline(false);
    await banner(page).waitFor({ state: 'detached' });
    await eventually('a call to be parked again', () => parked.now === 1, PARKED);
    await admin.ok(endpoints.certificates, 'POST', `/20260101/rollouts/${rollout.id}/actions/resume`, {});
    await page.getByText('Every live node has proved it.').waitFor({ timeout: 60_000 });
    assert.equal(parked.most, 1);
  });

  await t.test('and whose session ends meanwhile: sign in, and be where one was', async () => {
    const [next] = await holdRenewals([certificate]);
    await paused(page).waitFor({ timeout: 30_000 });
    await eventually('a call to be parked', () => parked.now === 1, PARKED);
    const place = page.url();
    const session = await sessionOf(page);
    await sleep(13, () => endSession(session));
    await context.setOffline(false);
    await door(page).waitFor();
    await eventually('nothing to be parked', () => parked.now === 0, PARKED);
    await door(page).getByLabel('Password').first().fill(PASSWORD);
    await door(page).getByRole('button', { name: 'Sign in' }).click();
    await door(page).waitFor({ state: 'detached' });
    assert.equal(page.url(), place);
    await eventually('a call to be parked in the new session', () => parked.now === 1, PARKED);
    await admin.ok(endpoints.certificates, 'POST', `/20260101/rollouts/${next.id}/actions/resume`, {});
    await page.getByText('Every live node has proved it.').waitFor({ timeout: 60_000 });
  });
});

test('a server that is killed and comes back', async (t) => {
  const browser = await openBrowser(t);
  const { page, seen } = await signIn(await browser.newContext());
  page.setDefaultTimeout(20_000);
  await page.goto(`${url}/console/nodes`);
  await page.getByText('edge-1').first().waitFor();
  await order({ do: 'kill', process: 'identity' });
  await banner(page).waitFor();
  const age = async () => Number(/said (\d+) s ago/.exec(await page.locator('main').innerText())?.[1]);
  await eventually('the age to be told, and to grow', async () => await age() >= 3);
  await page.getByText('edge-1').first().waitFor();
  await shot(page, 'server-gone');
  await page.evaluate(() => { globalThis.same = true; });
  await order({ do: 'restart', role: 'identity' });
  await banner(page).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Authorities', exact: true }).click();
  await page.getByRole('heading', { name: 'Authorities' }).waitFor();
  assert.equal(await page.evaluate(() => globalThis.same), true, 'without being loaded again');
  assert.equal(await page.getByRole('alert').count(), 0);
  assert.deepEqual(seen.errors, []);
});
