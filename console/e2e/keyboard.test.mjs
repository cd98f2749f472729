// SPDX-License-Identifier: Apache-2.0
// Journey 4 with a keyboard alone: from the door to a listener that serves, by Tab, arrows, Enter, Space and
// Escape. The focus is seen at every stop, goes into each window and comes back, and is caught nowhere.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { freePorts } from '../../test/support/ports.mjs';
import { eventually, perennial, stack } from '../../test/support/stack.mjs';
import { linkFor, openBrowser, watchFor } from './support/browser.mjs';
import { Keyboard } from './support/keyboard.mjs';

const run = promisify(execFile);
const PASSWORD = 'a few words of my own';

async function furnish(folder) {
  const cli = async (...words) => {
    const { status, out, err } = await perennial(words);
    assert.equal(status, 0, `${words.join(' ')}: ${out}${err}`);
  };
  await cli('ca', 'create', 'root', '--name', 'root', '--common-name', 'Root', '--key', 'ecdsa');
  for (const name of ['mail', 'shop']) {
    await cli('certificate', 'create', '--name', name, '--dns', `${name}.example.com`, '--ca', 'root',
      '--renew-every', 'P60D', '--renew-before', 'P20D');
  }
  await cli('ca', 'bundle', 'root', '--out', path.join(folder, 'root.pem'));
}

test('from the door to a served listener without a mouse', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'console-keyboard-'));
  const backend = http.createServer((request, response) => response.end('hello by keyboard\n'));
  await new Promise((resolve) => { backend.listen(0, '127.0.0.1', resolve); });
  const [port] = await freePorts(1, stack.nodes.map(({ address }) => address));
  t.after(() => {
    backend.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  await furnish(folder);
  const browser = await openBrowser(t);
  // Without motion, so that what is looked at is as it stays.
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const seen = watchFor(page);
  const keys = new Keyboard(page);
  const step = (name, act) => t.test(name, async () => {
    await act();
    assert.deepEqual(keys.takeUnseen(), [], 'the focus was not to be seen');
  });
  const text = (what) => page.getByText(what).first().waitFor({ timeout: 60_000 });
  // Opens a window by Enter on what has the focus; the focus is in it then.
  const open = async () => {
    await keys.press('Enter');
    await page.getByRole('dialog').waitFor();
    await eventually('the focus to be in the window', async () => (await keys.who()).inWindow);
  };
  const gone = () => page.getByRole('dialog').waitFor({ state: 'detached' });

  await step('a password of one\'s own', async () => {
    await page.goto(await linkFor());
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await keys.to('link', 'Access');
    await keys.press('Enter');
    await keys.to('tab', 'Users');
    await keys.to('tab', 'You', { key: 'ArrowRight' });
    await keys.press('Enter');
    await text('New password again');
    await keys.to('textbox', 'New password');
    await keys.type(PASSWORD);
    await keys.to('textbox', 'New password again');
    await keys.type(PASSWORD);
    await keys.press('Enter');
    await text('It is changed');
  });

  await step('out by the menu of the account, and in by name and password', async () => {
    await keys.to('button', /your account$/, { key: 'Shift+Tab' });
    await keys.press('Enter');
    await keys.to('menuitem', 'Sign out', { key: 'ArrowDown' });
    await keys.press('Enter');
    await page.getByLabel('Password').first().waitFor();
    await keys.to('textbox', 'Tenancy');
    await keys.type('acme');
    await keys.press('Tab');
    await keys.type('administrator');
    await keys.to('textbox', 'Password');
    await keys.type(PASSWORD);
    await keys.press('Enter');
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  });

  await step('the first stop leads past the frame', async () => {
    await page.reload();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await keys.press('Tab');
    const skip = await keys.who();
    assert.equal(skip.name, 'Skip to the page');
    await page.waitForFunction(() => document.activeElement.getBoundingClientRect().top >= 0);
    await keys.press('Enter');
    assert.equal((await keys.who()).role, 'main');
    await keys.press('Tab');
    const inMain = await page.evaluate(() => document.querySelector('main').contains(document.activeElement));
    assert.ok(inMain, 'the next stop is in the page');
  });

  await step('a load balancer: a window that is left by Escape gives the focus back', async () => {
    await keys.to('link', 'Load balancers', { key: 'Shift+Tab' });
    await keys.press('Enter');
    await page.getByRole('heading', { name: 'Load balancers' }).waitFor();
    assert.equal((await keys.who()).role, 'main', 'a new page is read from its start');
    await text('No load balancer yet');
    await keys.to('button', 'Create load balancer');
    await open();
    await keys.press('Escape');
    await gone();
    assert.equal((await keys.who()).name, 'Create load balancer');
    await open();
    assert.equal((await keys.who()).name, 'Name');
    // Round and round: the focus stays in the window.
    for (let n = 0; n < 12; ++n) {
      await keys.press(n < 6 ? 'Tab' : 'Shift+Tab');
      assert.ok((await keys.who()).inWindow);
    }
    await keys.to('textbox', 'Name');
    await keys.type('front');
    await keys.to('button', 'Copy as CLI / SDK');
    await keys.press('Enter');
    await text('perennial load-balancer create');
    await keys.press('Escape');
    await text('Node pool');
    await eventually('the focus to be back', async () => (await keys.who()).name === 'Copy as CLI / SDK');
    await keys.to('textbox', 'Name', { key: 'Shift+Tab' });
    await keys.press('Enter');
    await text('front is there');
    await keys.to('button', 'Done');
    await keys.press('Enter');
    await gone();
  });

  await step('its page, and where requests go', async () => {
    assert.notEqual((await keys.who()).role, 'body', 'the focus is somewhere');
    await keys.to('link', 'front');
    await keys.press('Enter');
    await page.getByRole('heading', { name: 'front' }).waitFor();
    await keys.to('tab', 'Listeners');
    await keys.to('tab', 'Backend sets', { key: 'ArrowRight' });
    await keys.to('button', 'Create backend set');
    await open();
    await keys.type('web');
    await keys.to('textbox', 'Backends');
    await keys.type(`127.0.0.1:${backend.address().port}`);
    const health = await keys.to('combobox', 'Health check').catch(() => keys.to('textbox', 'Health check'));
    await keys.press('ArrowDown');
    await keys.press('ArrowDown');
    await keys.press('Enter');
    await page.waitForFunction(() => document.activeElement.value === 'TCP');
    assert.match(health.name, /Health check/);
    await keys.to('button', 'Create');
    await keys.press('Space');
    await text('web is there');
    await keys.to('button', 'Done');
    await keys.press('Space');
    await gone();
    assert.notEqual((await keys.who()).role, 'body');
  });

  await step('the listener: HTTPS, the managed certificate, picked by typing', async () => {
    await keys.to('tab', 'Backend sets', { key: 'Shift+Tab' });
    await keys.to('tab', 'Listeners', { key: 'ArrowLeft' });
    await keys.to('button', 'Create listener');
    await open();
    await keys.to('radio', 'HTTPS', { key: 'Shift+Tab' });
    await keys.to('radio', 'HTTP', { key: 'ArrowRight' });
    await keys.to('radio', 'HTTPS', { key: 'ArrowLeft' });
    await keys.to('textbox', 'Port');
    await keys.type(String(port));
    await keys.to('combobox', 'Certificate').catch(() => keys.to('textbox', 'Certificate'));
    await keys.type('sho');
    // At once, before the server has answered: what does not fit is not there to be picked.
    await keys.press('ArrowDown');
    await keys.press('Enter');
    await page.waitForFunction(() => document.activeElement.value === 'shop');
    await page.getByRole('dialog').getByText(/^shop\.example\.com · until/).waitFor();
    await keys.to('checkbox', 'TLS 1.2');
    await keys.press('Space');
    await keys.press('Space');
    await keys.to('button', 'Create');
    await keys.press('Enter');
    await text('The listener is made');
    await keys.to('button', 'Done');
    await keys.press('Enter');
    await gone();
    await page.getByText(`HTTPS on port ${port}`).waitFor();
    assert.notEqual((await keys.who()).role, 'body');
  });

  await step('it serves, on every node', async () => {
    for (const { address } of stack.nodes) {
      await eventually(`${address} to serve`, async () => (await run('curl', ['-sS', '--max-time', '10', '--noproxy', '*', '--cacert',
        path.join(folder, 'root.pem'), '--connect-to', `shop.example.com:${port}:${address}:${port}`,
        `https://shop.example.com:${port}/`])).stdout === 'hello by keyboard\n', { timeoutMs: 60_000 });
    }
  });

  await step('nothing was clicked, and no page made an error', async () => {
    assert.ok(keys.steps > 100, `${keys.steps} keys`);
    assert.deepEqual(seen, { errors: [], violations: [], cookies: [], elsewhere: [] });
  });
});
