// SPDX-License-Identifier: Apache-2.0
// Journeys 1 to 6 and 8 of a person with a browser, from an empty installation to what curl sees. One
// test, because each journey goes on where the last one ended.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { freePorts } from '../../test/support/ports.mjs';
import { administrator, eventually, perennial, stack } from '../../test/support/stack.mjs';
import { openBrowser, shot, signIn, url } from './support/browser.mjs';

// The backend answers from this process, so nothing here may block it.
const run = async (...words) => (await promisify(execFile)(...words)).stdout;
const NAME = 'shop.example.com';
const console_ = (place) => `${url}/console${place}`;

test('a person needs no command line', async (t) => {
  const backend = http.createServer((_, answer) => answer.end('hello from the shop\n'));
  await new Promise((resolve) => { backend.listen(0, '127.0.0.1', resolve); });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'journeys-'));
  t.after(() => { backend.close(); fs.rmSync(folder, { recursive: true }); });
  const [port] = await freePorts(1, stack.nodes.map(({ address }) => address));
  const rootFile = path.join(folder, 'root.pem');
  const curl = (address, ...more) => run('curl', ['--silent', '--show-error', '--max-time', '5',
    '--cacert', rootFile, '--resolve', `${NAME}:${port}:${address}`, ...more, `https://${NAME}:${port}/`]);

  const browser = await openBrowser(t);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const { page, seen } = await signIn(context);
  page.setDefaultTimeout(20_000);
  const button = (name) => page.getByRole('button', { name, exact: true });
  const window_ = () => page.getByRole('dialog');
  let certificatePage;
  // What follows a step that failed could only fail too.
  const step = async (what, act) => {
    try {
      await act();
    } catch (error) {
      await shot(page, 'failed').catch(() => undefined);
      throw new Error(`journey ${what}: ${error.message}`, { cause: error });
    }
  };

  await step('the secret of the link is gone from the address, and there is no cookie', async () => {
    assert.doesNotMatch(page.url(), /link=/);
    assert.deepEqual(await context.cookies(), []);
  });

  await step('2: a root and an issuing authority in one step', async () => {
    await page.goto(console_('/authorities?create=1'));
    await window_().getByLabel('Name of the root').fill('corp-root');
    await window_().getByLabel('Name of the issuing authority').fill('corp-issuing');
    await window_().getByRole('button', { name: 'Make both' }).click();
    await window_().waitFor({ state: 'detached' });
    await page.getByText('corp-issuing').first().waitFor();
    const { out, status, err } = await perennial(['ca', 'bundle', 'corp-root', '--out', rootFile]);
    assert.equal(status, 0, out + err);
  });

  await step('3: the first certificate; a rule that could let it expire is refused at the field', async () => {
    await page.goto(console_('/certificates/new'));
    await page.getByRole('combobox', { name: 'Names it is for' }).fill(NAME);
    await page.keyboard.press('Enter');
    await page.getByLabel('Name in Perennial').fill('shop');
    const issuer = page.getByRole('combobox', { name: 'Issued by' });
    await issuer.click();
    await page.getByRole('option', { name: 'corp-issuing' }).click();
    assert.equal(await issuer.inputValue(), 'corp-issuing');
    const every = page.getByRole('textbox', { name: 'Renew every' });
    const ahead = page.getByRole('textbox', { name: 'Begin this long before' });
    const usual = [await every.inputValue(), await ahead.inputValue()];
    await every.fill('90');
    await page.getByText(/It would expire before it is renewed/).first().waitFor();
    assert.ok(await button('Create certificate').isDisabled());
    // Where the operator lowered the shortest interval, as here, the server is stricter than the page knows.
    await every.fill('80');
    await ahead.fill('20');
    await button('Create certificate').click();
    await page.getByText(/must be at most P70D/).first().waitFor();
    assert.equal(await every.getAttribute('aria-invalid'), 'true');
    assert.match(page.url(), /certificates\/new/);
    await every.fill(usual[0]);
    await ahead.fill(usual[1]);
    await shot(page, 'create-certificate');
    await button('Create certificate').click();
    await page.waitForURL(/certificates\/ocid1\.certificate\./);
    certificatePage = page.url();
    await page.getByRole('heading', { name: 'shop' }).waitFor();
  });

  await step('4: create listener → HTTPS → managed certificate → compartment → pick → create', async () => {
    await page.goto(console_('/load-balancers'));
    await button('Create load balancer').first().click();
    await window_().getByLabel('Name').fill('front');
    await window_().getByRole('button', { name: 'Create', exact: true }).click();
    await window_().getByText('front is there').waitFor();
    await window_().getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: 'front' }).first().click();
    await page.getByRole('tab', { name: 'Backend sets' }).click();
    await button('Create backend set').first().click();
    await window_().getByLabel('Name').fill('web');
    await window_().getByLabel('Backends').fill(`127.0.0.1:${backend.address().port}`);
    await window_().getByRole('button', { name: 'Create', exact: true }).click();
    await window_().getByText('web is there').waitFor();
    await window_().getByRole('button', { name: 'Done' }).click();

    await page.getByRole('tab', { name: 'Listeners' }).click();
    await button('Create listener').first().click();
    await window_().getByText('HTTPS', { exact: true }).click();
    await window_().getByLabel('Port').fill(String(port));
    assert.equal(await window_().getByRole('combobox', { name: 'Certificate resource' }).inputValue(),
      'Certificate service managed certificate');
    await window_().getByRole('combobox', { name: 'Certificate', exact: true }).click();
    await page.getByRole('option', { name: /shop/ }).click();
    await shot(page, 'create-listener');
    await window_().getByRole('button', { name: 'Create', exact: true }).click();
    await window_().getByText('The listener is made').waitFor({ timeout: 60_000 });
    const count = stack.nodes.length;
    await window_().getByText(`Open on ${count} of ${count} nodes`).waitFor({ timeout: 60_000 });
    for (const { address } of stack.nodes) {
      await eventually(`${address} to serve`, async () => await curl(address) === 'hello from the shop\n');
    }
    await shot(page, 'listener-created');
    await window_().getByRole('button', { name: 'Done' }).click();
  });

  await step('4: the evidence is the browser\'s own request, and why shows it', async () => {
    const { out, err, status } = await perennial(['why', 'front', 'shop']);
    assert.equal(status, 0, out + err);
    assert.match(out, /post \/20170115\/loadBalancers\/[^ ]+\/listeners/);
    assert.match(out, /session/);
  });

  await step('1: the page Trust has the hash that init printed', async () => {
    await page.goto(console_('/trust'));
    const { out } = await perennial(['trust', 'show']);
    const [hash] = /sha256:[0-9a-f]{64}/.exec(out);
    await page.getByText(hash).first().waitFor();
  });

  await step('5: the associations say who', async () => {
    await page.goto(`${certificatePage}?tab=associations`);
    await page.getByText('Associated resource').waitFor();
    await page.getByRole('link', { name: 'front' }).waitFor();
    await shot(page, 'associations');
  });

  await step('6: deleting what is in use cannot proceed, and names its user', async () => {
    await page.goto(certificatePage);
    await button('More').click();
    await page.getByRole('menuitem', { name: /Delete/ }).click();
    await window_().getByText('front').first().waitFor();
    assert.equal(await window_().getByRole('button', { name: 'Schedule deletion' }).count(), 0);
    await shot(page, 'deletion-refused');
    await page.keyboard.press('Escape');
  });

  await step('8: a renewal, from issue to current, on every node', async () => {
    const served = (address) => run('sh', ['-c',
      `openssl s_client -connect ${address}:${port} -servername ${NAME} </dev/null 2>/dev/null | openssl x509 -noout -serial`]);
    const all = () => Promise.all(stack.nodes.map(({ address }) => served(address)));
    const before = await all();
    await page.goto(`${certificatePage}?tab=rollout`);
    await button('Renew now').click();
    await window_().getByRole('button', { name: 'Renew now' }).click();
    await window_().waitFor({ state: 'detached' });
    await eventually('version 2 to be current', async () => {
      const { out } = await perennial(['certificate', 'show', 'shop', '-o', 'json']);
      return JSON.parse(out).currentVersion?.versionNumber === 2;
    }, { timeoutMs: 60_000 });
    (await all()).forEach((serial, n) => assert.notEqual(serial, before[n]));
    for (const { address } of stack.nodes) {
      await page.getByText(new RegExp(`^${address}.*${NAME} · .* seen from the node`)).first().waitFor();
    }
    await page.getByText('Every live node has proved it.', { exact: true }).first().waitFor();
    await shot(page, 'rollout');
  });

  await step('6: after the listener went: a date, the typed name, cancel, and it is as before', async () => {
    await page.goto(console_('/load-balancers'));
    await page.getByRole('link', { name: 'front' }).first().click();
    await page.getByRole('button', { name: /^Delete listener/ }).click();
    await window_().getByRole('button', { name: /^Delete listener/ }).click();
    const admin = administrator('acme');
    const id = certificatePage.split('/').pop();
    await eventually('the association to go', async () => (await admin.ok(url, 'GET',
      `/20210224/associations?certificatesResourceId=${id}`)).items.length === 0);
    await page.goto(certificatePage);
    await button('More').click();
    await page.getByRole('menuitem', { name: /Delete/ }).click();
    const confirm = window_().getByRole('button', { name: 'Schedule deletion' });
    await confirm.waitFor();
    assert.ok(await confirm.isDisabled());
    await window_().getByLabel(/Type the name to confirm/).fill('shop');
    await shot(page, 'deletion');
    await confirm.click();
    await window_().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /Cancel (the )?deletion/ }).click();
    await eventually('it to be active again', async () => (await admin.ok(url, 'GET',
      `/20210224/certificates/${id}`)).lifecycleState === 'ACTIVE');
  });

  await step('no page made an error, set a cookie, asked elsewhere or broke its policy', () => {
    assert.deepEqual(seen, { errors: [], violations: [], cookies: [], elsewhere: [] });
  });
});
