// SPDX-License-Identifier: Apache-2.0
// Nothing that a person entered is lost, and nothing is done twice: an answer that does not come, a session that
// ends in the middle, a page that is loaded again.
import assert from 'node:assert/strict';
import test from 'node:test';
import { addListener, makeCertificate, makeLoadBalancer, makeRoot } from '../../test/adversary/world.mjs';
import { freePorts } from '../../test/support/ports.mjs';
import { administrator, endpoints, makeUser, stack, unique } from '../../test/support/stack.mjs';
import { openBrowser, shot, signIn, url } from './support/browser.mjs';
import { endSession, loseAnswers, PASSWORD, sessionOf, setPassword } from './support/trouble.mjs';

const admin = administrator('acme');
const window_ = (page, name) => page.getByRole('dialog', name === undefined ? undefined : { name });
const button = (where, name) => where.getByRole('button', { name, exact: true });
const KEPT = 'What you had entered is still here.';

const loadBalancersCalled = async (name) => (await admin.ok(endpoints['load-balancer'], 'GET',
  `/20170115/loadBalancers?compartmentId=${admin.tenancyId}`)).filter((one) => one.displayName === name);

async function openLoadBalancerForm(page) {
  await page.goto(`${url}/console/load-balancers`);
  await button(page, 'Create load balancer').first().click();
  return window_(page);
}

test('an answer that is lost', async (t) => {
  const browser = await openBrowser(t);
  const { page } = await signIn(await browser.newContext());
  page.setDefaultTimeout(20_000);
  await makeRoot(admin, 'kept-root');

  for (const [how, between] of [
    ['sent again', async () => window_(page)],
    ['sent again after the page was loaded again', async () => {
      await page.reload();
      const form = await openLoadBalancerForm(page);
      await form.getByText(KEPT).waitFor();
      return form;
    }],
  ]) {
    await t.test(`${how}, the load balancer is made once`, async () => {
      const name = unique('lost');
      let form = await openLoadBalancerForm(page);
      await form.getByLabel('Name').fill(name);
      const lost = await loseAnswers(page, 'POST', '/20170115/loadBalancers');
      await button(form, 'Create').click();
      await form.getByText(/It may have been done all the same.*done only once/).waitFor();
      await shot(page, 'answer-lost');
      assert.equal(await form.getByLabel('Name').inputValue(), name);
      assert.equal((await loadBalancersCalled(name)).length, 1, 'it was done, and only the answer was lost');
      await lost.noMore();
      form = await between();
      assert.equal(await form.getByLabel('Name').inputValue(), name);
      await button(form, 'Create').click();
      await form.getByText(`${name} is there`).waitFor();
      assert.equal((await loadBalancersCalled(name)).length, 1);
      assert.equal(lost.tokens.length, 1);
      await button(form, 'Done').click();
      // It was sent, so the next one begins empty.
      form = await openLoadBalancerForm(page);
      assert.equal(await form.getByLabel('Name').inputValue(), '');
      assert.equal(await form.getByText(KEPT).count(), 0);
    });
  }

  await t.test('sent again, the certificate that names its own time is made once', async () => {
    await page.goto(`${url}/console/certificates/new`);
    await page.getByRole('combobox', { name: 'Names it is for' }).fill('lost.example.com');
    await page.keyboard.press('Enter');
    const lost = await loseAnswers(page, 'POST', '/20210224/certificates');
    await button(page, 'Create certificate').click();
    await page.getByText(/done only once/).waitFor();
    await lost.noMore();
    await button(page, 'Create certificate').click();
    await page.waitForURL(/certificates\/ocid1\.certificate\./);
    await page.getByRole('heading', { name: 'lost.example.com' }).waitFor();
  });
});

test('a session that ends in the middle', async (t) => {
  const root = await makeRoot(admin, 'middle-root');
  const { id: certificateId } = await makeCertificate(admin, root, 'middle');
  const { items: [pool] } = await admin.ok(url, 'GET', '/20260101/nodePools');
  const front = await makeLoadBalancer(admin, pool.id, 'middle-front');
  const [port, other] = await freePorts(2, stack.nodes.map(({ address }) => address));
  await addListener(admin, front, 'first', port, certificateId);
  const user = await makeUser(admin, unique('ann'), [
    'Allow GROUP to manage load-balancers in tenancy', 'Allow GROUP to manage leaf-certificate-family in tenancy',
    'Allow GROUP to manage certificate-authority-family in tenancy', 'Allow GROUP to inspect compartments in tenancy',
    'Allow GROUP to read node-pools in tenancy']);
  const browser = await openBrowser(t);
  const context = await browser.newContext();
  const { page } = await signIn(context, { userId: user.userId });
  page.setDefaultTimeout(20_000);
  await setPassword(page);
  const signInAgain = async () => {
    const door = window_(page, 'Your session has ended');
    await door.getByText('what you entered is still there').waitFor();
    await shot(page, 'session-ended');
    await door.getByLabel('Password').first().fill(PASSWORD);
    await button(door, 'Sign in').click();
    await door.waitFor({ state: 'detached' });
  };

  await t.test('in a window: sign in over it, and send what was entered', async () => {
    await page.goto(`${url}/console/load-balancers/${front}`);
    await button(page, 'Create listener').first().click();
    const form = window_(page, 'Create listener');
    await form.getByLabel('Name').fill('second');
    await form.getByLabel('Port').fill(String(other));
    await form.getByRole('combobox', { name: 'Certificate', exact: true }).click();
    await page.getByRole('option', { name: /middle/ }).click();
    await endSession(await sessionOf(page));
    await button(form, 'Create').click();
    await signInAgain();
    assert.match(page.url(), new RegExp(`load-balancers/${front}`));
    assert.equal(await form.getByLabel('Name').inputValue(), 'second');
    assert.equal(await form.getByLabel('Port').inputValue(), String(other));
    await button(form, 'Create').click();
    await form.getByText('The listener is made').waitFor({ timeout: 60_000 });
    await button(form, 'Done').click();

    // Escape may be a slip; Cancel is meant.
    const again = async () => {
      await button(page, 'Create listener').first().click();
      await form.waitFor();
      return form.getByLabel('Name').inputValue();
    };
    await again();
    await form.getByLabel('Name').fill('third');
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'detached' });
    assert.equal(await again(), 'third');
    await button(form, 'Cancel').click();
    await form.waitFor({ state: 'detached' });
    assert.equal(await again(), 'https');
    await page.keyboard.press('Escape');
  });

  await t.test('on a page: the same place, also when it was loaded again before', async () => {
    const names = page.getByRole('combobox', { name: 'Names it is for' });
    await page.goto(`${url}/console/certificates/new?from=here`);
    await names.fill('kept.example.com');
    await page.keyboard.press('Enter');
    await page.getByLabel('Name in Perennial').fill('kept');
    await endSession(await sessionOf(page));
    await page.reload();
    await signInAgain();
    assert.match(page.url(), /certificates\/new\?from=here/);
    await page.getByText('kept.example.com', { exact: true }).first().waitFor();
    assert.equal(await page.getByLabel('Name in Perennial').inputValue(), 'kept');
    await page.getByText(KEPT).waitFor();
    await shot(page, 'form-kept');
    await button(page, 'Start again').click();
    assert.equal(await page.getByLabel('Name in Perennial').inputValue(), '');
  });

  await t.test('and somebody else signs in: nothing of the last person is there', async () => {
    await page.getByLabel('Name in Perennial').fill('hers');
    const stored = () => page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)));
    assert.match(await stored(), /hers/);
    assert.doesNotMatch(await stored(), new RegExp(PASSWORD));
    // Another tab of the same browser, where the last session is signed out.
    const second = await context.newPage();
    await second.goto(`${url}/console/`);
    await second.getByRole('button', { name: /your account/ }).click();
    await second.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    assert.equal(await stored(), '[]');
    assert.equal(await page.getByLabel('Name in Perennial').count(), 0);
  });
});
