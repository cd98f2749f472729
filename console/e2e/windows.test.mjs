// SPDX-License-Identifier: Apache-2.0
// The windows over the pages, the door, and what a page says when something is not there, refused or over: looked
// at like the pages in looks.test.mjs.
import assert from 'node:assert/strict';
import test from 'node:test';
import { administrator, makeUser, unique } from '../../test/support/stack.mjs';
import { openBrowser, partsOf, signIn, url } from './support/browser.mjs';
import { furnish } from './support/furnish.mjs';
import { look } from './support/looks.mjs';

const CLEAN = { errors: [], violations: [], cookies: [], elsewhere: [] };

test('each window can be seen and used by everybody', async (t) => {
  const found = [];
  const made = await furnish();
  const browser = await openBrowser(t);
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const { page, seen } = await signIn(context);
  const part = partsOf(t, page);
  const dialog = () => page.getByRole('dialog').last();
  const click = (name) => page.getByRole('button', { name, exact: typeof name === 'string' }).first().click();
  const shop = `/certificates/${made.shop}`;
  const front = `/load-balancers/${made.front}`;

  // {name: [place, what opens it]}
  const WINDOWS = {
    'create-authorities': ['/authorities?create=1', () => undefined],
    'create-load-balancer': ['/load-balancers', () => click('Create load balancer')],
    'delete-load-balancer': [front, () => click('Delete …')],
    'create-listener': [front, async () => {
      await click('Create listener');
      await dialog().getByRole('combobox', { name: 'Certificate', exact: true }).click();
      await page.getByRole('option', { name: /intranet/ }).click();
      await dialog().getByText('It speaks for').waitFor();
    }],
    'create-listener-copy': [front, async () => {
      await click('Create listener');
      await dialog().getByRole('button', { name: 'Copy as CLI / SDK' }).click();
      await page.getByRole('tab', { name: 'CLI' }).waitFor();
    }],
    'delete-listener': [front, () => click(/^Delete listener/)],
    'create-backend-set': [`${front}?tab=backend-sets`, () => click('Create backend set')],
    'add-backend': [`${front}?tab=backend-sets`, () => click(/^Add backend/)],
    'deletion-refused': [shop, async () => {
      await click('More');
      await page.getByRole('menuitem', { name: /Delete/ }).click();
      await dialog().getByText('It cannot be deleted now').waitFor();
    }],
    'deletion-allowed': [`/certificates/${made.intranet}`, async () => {
      await click('More');
      await page.getByRole('menuitem', { name: /Delete/ }).click();
      await dialog().getByLabel(/Type the name/).fill('intranet');
    }],
    'renew-now': [shop, () => click('Renew now')],
    'edit-rule': [shop, () => click('Edit the rule')],
    'create-pool': ['/nodes', () => click('Create node pool')],
    'join-node': ['/nodes', () => click('Add a node')],
    'join-node-command': ['/nodes', async () => {
      await click('Add a node');
      await dialog().getByRole('button', { name: 'Make a join token' }).click();
      await dialog().getByText('On the new node').waitFor();
    }],
    'remove-node': ['/nodes', async () => {
      await click('Actions of edge-1');
      await page.getByRole('menuitem', { name: /Remove/ }).click();
    }],
    'create-user': ['/access', () => click('Create user')],
    'user-opened': ['/access', () => click(/administrator/)],
    'create-policy': ['/access?tab=policies', () => click('Create policy')],
    'event-opened': ['/audit', () => click(/^Create listener/)],
    'account-menu': ['/', () => click(/your account/)],
  };
  for (const [name, [place, open]] of Object.entries(WINDOWS)) {
    await part(name, async () => {
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto(`${url}/console${place}`);
      await open();
      await look(page, `window-${name}`, found);
    });
  }

  await part('dates are told by UTC where that was chosen, in every tab and after coming back', async () => {
    const other = await context.newPage();
    await other.goto(`${url}/console${shop}`);
    await page.goto(`${url}/console/`);
    await click(/your account/);
    await page.getByRole('menuitemradio', { name: /^UTC/ }).click();
    for (const tab of [other, page]) {
      if (tab === page) await page.goto(`${url}/console${shop}`);
      const time = tab.locator('main time').first();
      await time.hover();
      await tab.getByRole('tooltip').filter({ hasText: /^\d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC/ }).waitFor();
    }
    await other.close();
  });

  await part('what is not there, and what is refused', async () => {
    for (const [name, place] of Object.entries({
      'no-page': '/nowhere', 'no-certificate': '/certificates/ocid1.certificate.perennial.home-1.nowhere',
      'no-load-balancer': '/load-balancers/ocid1.loadbalancer.perennial.home-1.nowhere',
      'nothing-found': '/certificates?search=nowhere.invalid',
    })) {
      await page.goto(`${url}/console${place}`);
      await look(page, `state-${name}`, found);
    }
    await page.goto(`${url}/console/certificates/ocid1.certificate.perennial.home-1.nowhere`);
    assert.match(await page.getByRole('alert').innerText(), /request [0-9a-f/]{16,}/);
  });

  await part('somebody without rights', async () => {
    const guest = await makeUser(administrator('acme'), unique('guest'));
    const theirs = await signIn(await browser.newContext({ reducedMotion: 'reduce' }), { userId: guest.userId });
    for (const [name, place] of Object.entries({ home: '/', nodes: '/nodes', access: '/access', audit: '/audit' })) {
      await theirs.page.goto(`${url}/console${place}`);
      await look(theirs.page, `guest-${name}`, found);
    }
    assert.deepEqual(theirs.seen, CLEAN);
  });

  await part('a session that is over, the door, and a link that was used', async () => {
    const admin = administrator('acme');
    const { items } = await admin.ok(url, 'GET', '/20260101/sessions');
    for (const { id } of items) await admin.call(url, 'DELETE', `/20260101/sessions/${id}`);
    await page.goto(`${url}/console/nodes`);
    await page.getByText('Your session has ended').waitFor();
    await look(page, 'window-session-ended', found);
    const stranger = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
    await stranger.goto(`${url}/console/`);
    await look(stranger, 'sign-in', found);
    await stranger.goto(`${url}/console/#link=used-before`);
    await stranger.reload();
    await stranger.getByRole('alert').waitFor();
    await look(stranger, 'sign-in-refused', found);
  });
  assert.deepEqual(seen, CLEAN);
  assert.deepEqual(found, []);
});
