// SPDX-License-Identifier: Apache-2.0
// Whose session it is: the key stays in its browser, a token without it opens nothing, a link works once, and
// an ended session ends in the page too.
import assert from 'node:assert/strict';
import test from 'node:test';
import { administrator, eventually, makeUser, unique } from '../../test/support/stack.mjs';
import { Caller, Credential, newRsaKey } from '../../test/support/signer.mjs';
import { linkFor, openBrowser, signIn, url, watchFor } from './support/browser.mjs';

const navigation = (page) => page.getByRole('navigation', { name: 'Pages' });

// What the browser keeps of the session, and whether its key can be taken out.
const kept = (page) => page.evaluate(async () => {
  const databases = await indexedDB.databases();
  for (const { name } of databases) {
    const database = await new Promise((resolve, reject) => {
      const open = indexedDB.open(name);
      open.onsuccess = () => resolve(open.result);
      open.onerror = () => reject(open.error);
    });
    for (const store of database.objectStoreNames) {
      const all = await new Promise((resolve, reject) => {
        const read = database.transaction(store).objectStore(store).getAll();
        read.onsuccess = () => resolve(read.result);
        read.onerror = () => reject(read.error);
      });
      for (const one of all) {
        if (one?.key === undefined) continue;
        const taken = await crypto.subtle.exportKey('pkcs8', one.key).then(() => true, () => false);
        return { id: one.id, token: one.token, extractable: one.key.extractable, taken };
      }
    }
  }
  return undefined;
});

test('a session is of one browser', async (t) => {
  const browser = await openBrowser(t);
  const context = await browser.newContext();
  const { page } = await signIn(context);
  const session = await kept(page);
  assert.equal(session.extractable, false);
  assert.equal(session.taken, false);

  await t.test('its token, signed for by another key, is not authenticated', async () => {
    const thief = new Caller(new Credential(`ST$${session.token}`, newRsaKey().privateKey));
    const answer = await thief.call(url, 'GET', '/20260101/sessions/me');
    assert.equal(answer.status, 401);
  });

  await t.test('after signing out the browser keeps no key, and the server no session', async () => {
    await page.getByRole('button', { name: /your account/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('Password').first().waitFor();
    assert.equal(await kept(page), undefined);
    const { items } = await administrator('acme').ok(url, 'GET', '/20260101/sessions');
    assert.deepEqual(items.filter(({ id }) => id === session.id), []);
  });
});

test('a link works once', async (t) => {
  const browser = await openBrowser(t);
  const link = await linkFor();
  const first = await (await browser.newContext()).newPage();
  await first.goto(link);
  await navigation(first).waitFor({ state: 'attached' });
  const second = await (await browser.newContext()).newPage();
  const seen = watchFor(second);
  await second.goto(link);
  await second.getByRole('alert').waitFor();
  assert.equal(await navigation(second).count(), 0);
  assert.deepEqual(seen.cookies, []);
});

test('a session that somebody ends is over in its page', async (t) => {
  const browser = await openBrowser(t);
  const { page } = await signIn(await browser.newContext());
  const { id } = await kept(page);
  await administrator('acme').call(url, 'DELETE', `/20260101/sessions/${id}`);
  await page.goto(`${url}/console/nodes`);
  await page.getByText('Your session has ended').waitFor();
});

test('without rights there is nothing to see, and no page breaks', async (t) => {
  const admin = administrator('acme');
  const user = await makeUser(admin, unique('guest'));
  const browser = await openBrowser(t);
  const { page, seen } = await signIn(await browser.newContext(), { userId: user.userId });
  for (const place of ['/', '/certificates', '/authorities', '/load-balancers', '/nodes', '/access', '/audit']) {
    await page.goto(`${url}/console${place}`);
    await page.locator('main h1').first().waitFor();
    assert.equal(await page.getByText('This page could not be shown').count(), 0, place);
  }
  assert.deepEqual(seen.errors, []);
});

test('while the server is away the page says so, and comes back by itself', async (t) => {
  const browser = await openBrowser(t);
  const context = await browser.newContext();
  const { page } = await signIn(context);
  await page.goto(`${url}/console/nodes`);
  await page.getByText('edge-1').first().waitFor();
  await context.setOffline(true);
  await page.getByText('The server does not answer.').waitFor({ timeout: 30_000 });
  await page.getByText('edge-1').first().waitFor();
  await context.setOffline(false);
  await eventually('the page to notice', async () =>
    await page.getByText('The server does not answer.').count() === 0);
});
