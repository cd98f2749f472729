// SPDX-License-Identifier: Apache-2.0
// What the server refuses stands at the control that it is about, and the focus is there; what is about no
// control is said in the form, with the request's id. Each value is one that the page lets through.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import test from 'node:test';
import { freePorts } from '../../test/support/ports.mjs';
import { administrator, eventually, perennial, stack } from '../../test/support/stack.mjs';
import { openBrowser, partsOf, signIn, url } from './support/browser.mjs';

const admin = administrator('acme');
const [PORT] = (await freePorts(1, stack.nodes.map(({ address }) => address))).map(String);
const LONG = 'x'.repeat(65);
const CONTROL = 'a\u0001b';

async function cli(...words) {
  const { status, out, err } = await perennial(words);
  assert.equal(status, 0, `${words.join(' ')}: ${out}${err}`);
}

async function furnish() {
  await cli('ca', 'create', 'root', '--name', 'root', '--common-name', 'Root', '--key', 'ecdsa');
  await cli('ca', 'create', 'subordinate', '--name', 'issuing', '--common-name', 'Issuing', '--issuer', 'root',
    '--key', 'ecdsa', '--max-leaf-validity', 'P90D');
  for (const name of ['shop', 'going']) {
    await cli('certificate', 'create', '--name', name, '--dns', `${name}.example.com`, '--ca', 'issuing',
      '--renew-every', 'P60D', '--renew-before', 'P20D');
  }
  await cli('lb', 'create', '--name', 'front', '--pool', 'edge');
  for (const set of ['web', 'old']) await cli('backend-set', 'create', '--lb', 'front', '--name', set, '--backend', '127.0.0.1:9');
  await cli('listener', 'create', '--lb', 'front', '--name', 'https', '--port', PORT, '--certificate', 'shop', '--backend-set', 'web');
  const find = async (what, name) => (await admin.ok(url, 'GET', `${what}?compartmentId=${admin.tenancyId}&name=${name}`)).items[0].id;
  const [front] = await admin.ok(url, 'GET', `/20170115/loadBalancers?compartmentId=${admin.tenancyId}`);
  return { front: front.id, shop: await find('/20210224/certificates', 'shop'), going: await find('/20210224/certificates', 'going') };
}

test('what is refused stands where it belongs', async (t) => {
  const { front, shop, going } = await furnish();
  const browser = await openBrowser(t);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const { page, seen } = await signIn(context);
  const part = partsOf(t, page);
  page.setDefaultTimeout(15_000);
  const form = () => page.locator('form').last();
  // A required one has a star behind its label.
  const field = (label) => form().getByLabel(new RegExp(`^${label}( \\*)?$`)).and(page.locator('input, textarea'));
  const goto = (path) => page.goto(`${url}/console${path}`);
  const press = (name, within = page) => within.getByRole('button', { name, exact: typeof name === 'string' }).first().click();
  const leave = async () => {
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };

  // Fills, sends, and finds the rule at the control `label`: marked, described by it, and with the focus.
  async function refused(label, rule, fill, submit) {
    for (const [name, value] of Object.entries(fill)) await field(name).fill(value);
    await press(submit, form());
    const control = field(label);
    await eventually(`${rule} at ${label}`, async () => {
      const ids = (await control.getAttribute('aria-describedby'))?.split(' ').filter(Boolean) ?? [];
      const texts = await Promise.all(ids.map((id) => page.locator(`[id="${id}"]`).textContent({ timeout: 1000 })));
      return rule.test(texts.join(' ')) && await control.getAttribute('aria-invalid') === 'true';
    }, { timeoutMs: 15_000 });
    await eventually(`the focus to be at ${label}`, () => control.evaluate((it) => it === document.activeElement), { timeoutMs: 5_000 });
    assert.equal(await form().getByRole('alert').filter({ hasText: rule }).count(), 0, 'it is said once');
    await form().getByText(/Request [0-9a-f]/).waitFor();
  }
  // Sends, and finds the rule in the form, with the request's id.
  async function refusedInForm(rule, fill, submit) {
    for (const [name, value] of Object.entries(fill)) await field(name).fill(value);
    await press(submit, form());
    const alert = form().getByRole('alert').filter({ hasText: rule });
    await alert.waitFor();
    assert.match(await alert.textContent(), /request [0-9a-f]{16}/);
  }

  await part('a user, a group', async () => {
    await goto('/access?tab=users');
    await press('Create user');
    await refused('Name', /may hold letters/i, { Name: 'a/b' }, 'Create');
    await refused('Description', /control character/i, { Name: 'dana', Description: CONTROL }, 'Create');
    await refused('Mail address', /1 to 255/i, { Description: '', 'Mail address': `${'a.'.repeat(130)}a@example.com` }, 'Create');
    await refused('Name', /./, { Name: 'administrator', 'Mail address': '' }, 'Create');
    await leave();
    await goto('/access?tab=groups');
    await press('Create group');
    await refused('Name', /may hold letters/i, { Name: 'a/b' }, 'Create');
    await leave();
  });

  await part('a policy: the statement is named by its number', async () => {
    await goto('/access?tab=policies');
    await press('Create policy');
    const statements = { 'Statements, one a line': 'Allow group administrators to read load-balancers in tenancy\nAllow group administrators to fry fish in tenancy' };
    await refused('Statements, one a line', /Statement 2: .*fry/, { Name: 'p', ...statements }, 'Create');
    await refused('Name', /may hold letters/i, { Name: 'a/b', 'Statements, one a line': 'Allow group administrators to read load-balancers in tenancy' }, 'Create');
    await leave();
  });

  await part('an API key, a password', async () => {
    await goto('/access?tab=you');
    await press('Add a key');
    const key = page.getByLabel('Public key, PEM');
    await key.waitFor();
    const { publicKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 1024 });
    const inForm = page.locator('form').filter({ has: key });
    await key.fill(publicKey.export({ type: 'spki', format: 'pem' }));
    await press('Add', inForm);
    await eventually('the rule at the key', async () => await key.getAttribute('aria-invalid') === 'true');
    assert.match(await inForm.textContent(), /2048/);
    // The focus comes with the next frame, and scrolls: a click before it may miss its button.
    await eventually('the focus to be at the key', () => key.evaluate((it) => it === document.activeElement), { timeoutMs: 15_000 });
    const password = page.getByLabel(/^New password( \*)?$/).and(page.locator('input'));
    await password.fill('aaaaaaaaaaaaaaaa');
    await page.getByLabel(/^New password again/).and(page.locator('input')).fill('aaaaaaaaaaaaaaaa');
    await press(/^(Set|Change) password/);
    await page.getByText(/five different characters/).waitFor();
    assert.equal(await password.getAttribute('aria-invalid'), 'true');
  });

  await part('authorities', async () => {
    await goto('/authorities?create=1');
    await refused('Organization', /at most 64/i, { Organization: LONG }, 'Make both');
    await refused('Name of the root', /letters, digits/i, { Organization: '', 'Name of the root': 'a b' }, 'Make both');
    await refused('Name of the root', /one of this name/i, { 'Name of the root': 'root' }, 'Make both');
    await field('Name of the root').fill('second');
    await field('Only for these domains').fill('under_score.example');
    await page.keyboard.press('Enter');
    await refused('Only for these domains', /DNS name/i, {}, 'Make both');
    await form().getByText(/The root “second” was made/).waitFor();
    await refused('Name of the issuing authority', /letters, digits/i, { 'Name of the issuing authority': 'a b' }, 'Make the issuing authority');
    await leave();
  });

  await part('a certificate: also in what is folded', async () => {
    await goto('/certificates/new');
    await field('Names it is for').fill('under_score.example');
    await page.keyboard.press('Enter');
    await refused('Names it is for', /DNS name/i, {}, 'Create certificate');
    await page.keyboard.press('Backspace');
    await field('Names it is for').fill('new.example.com');
    await page.keyboard.press('Enter');
    await refused('Name in Perennial', /letters, digits/i, { 'Name in Perennial': 'a b' }, 'Create certificate');
    await refused('Name in Perennial', /one of this name/i, { 'Name in Perennial': 'shop' }, 'Create certificate');
    await field('Name in Perennial').fill('new');
    await press('Key, subject and description');
    await field('Organization').fill(LONG);
    await press('Key, subject and description');
    await field('Organization').waitFor({ state: 'hidden' });
    await refused('Organization', /at most 64/i, {}, 'Create certificate');
    await refused('Common name', /at most 64/i, { Organization: '', 'Common name': LONG }, 'Create certificate');
    await refused('Description', /at most 400 bytes/i, { 'Common name': '', Description: 'x'.repeat(401) }, 'Create certificate');
    await refusedInForm(/does not exist, or you are not allowed/, { Description: '', Compartment: 'nowhere' }, 'Create certificate');
  });

  await part('the renewal rule', async () => {
    await goto(`/certificates/${shop}`);
    await press('Edit the rule');
    await page.getByRole('dialog').waitFor();
    await refused('Renew every', /at most P/i, { 'Renew every': '80', 'Begin this long before': '20' }, 'Save the rule');
    await leave();
  });

  await part('a load balancer, its backend sets and backends', async () => {
    await goto('/load-balancers');
    await press('Create load balancer');
    await refused('Name', /control characters/, { Name: CONTROL }, 'Create');
    await leave();
    await goto(`/load-balancers/${front}?tab=backend-sets`);
    await press('Create backend set');
    await refused('Name', /letters, digits/i, { Name: 'a b' }, 'Create');
    await refused('Name', /already exists/i, { Name: 'web' }, 'Create');
    await refused('Backends', /one host/i, { Name: 'new', Backends: '0.0.0.0:80' }, 'Create');
    await refused('Path that is asked', /begin with \//i, { Backends: '127.0.0.1:9', 'Path that is asked': 'x y' }, 'Create');
    await leave();
    await press('Edit backend set web');
    await refused('Backends', /one host/i, { Backends: '0.0.0.0:80' }, 'Save');
    await leave();
    await press('Add backend to web');
    await refused('Backend', /one host/i, { Backend: '0.0.0.0:80' }, 'Add');
    await refused('Backend', /already exists/i, { Backend: '127.0.0.1:9' }, 'Add');
    await leave();
  });

  await part('a listener: taken, and what went away while the window was open', async () => {
    await goto(`/load-balancers/${front}`);
    await press('Create listener');
    await form().getByRole('combobox', { name: 'Certificate', exact: true }).click();
    await page.getByRole('option', { name: /^going/ }).click();
    await refused('Name', /already exists/i, { Name: 'https', Port: '29444' }, 'Create');
    await refused('Port', /taken/i, { Name: 'more', Port: PORT }, 'Create');
    await admin.ok(url, 'POST', `/20210224/certificates/${going}/actions/scheduleDeletion`, {});
    await refused('Certificate', /PENDING_DELETION/, { Port: '29444' }, 'Create');
    await form().getByRole('combobox', { name: 'Certificate', exact: true }).click();
    await page.getByRole('option', { name: /^shop/ }).click();
    await form().getByRole('combobox', { name: 'Backend set' }).click();
    await page.getByRole('option', { name: 'old' }).click();
    await cli('backend-set', 'delete', 'old', '--lb', 'front', '--yes');
    await refused('Backend set', /no backend set 'old'/, {}, 'Create');
    await leave();
  });

  await part('a node pool', async () => {
    await goto('/nodes');
    await press('Create node pool');
    await field('Addresses').fill('0.0.0.0');
    await page.keyboard.press('Enter');
    await refused('Name', /may hold letters/i, { Name: 'a/b' }, 'Create');
    await refused('Addresses', /one host/i, { Name: 'more' }, 'Create');
    await leave();
  });

  await part('no page made an error', () => {
    assert.deepEqual(seen, { errors: [], violations: [], cookies: [], elsewhere: [] });
  });
});
