// SPDX-License-Identifier: Apache-2.0
// Journey 7: Evil Tony holds the credentials of the load balancer service. Whatever he tries is refused, and
// the owner of what he reached for finds each try in the browser: who, what, why, and the request id.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { ATTACH, attach, bundleTarget, click, DETACH, makeCertificate, pair } from '../../test/adversary/world.mjs';
import { administrator, endpoints, eventually, makeUser, serviceCaller } from '../../test/support/stack.mjs';
import { openBrowser, shot, signIn, stepsOf, url } from './support/browser.mjs';
import { makeScene } from './support/scene.mjs';

const { certificates: CERTIFICATES, identity: IDENTITY } = endpoints;
const NO_NODE = 'ocid1.node.perennial.home-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaa';

// What Tony tries: what the page calls it, why it is refused, and the call.
function triesOf(scene, other, tony) {
  const { admin, certificate: { id }, loadBalancerId: lb } = scene;
  const call = (...words) => () => tony.call(...words);
  const noRight = /may not call the operation/;
  return [
    ['Read certificate bundle', noRight, call(CERTIFICATES, 'GET', bundleTarget(id))],
    ['Attach certificate', /\/evidence/, call(CERTIFICATES, 'POST', ATTACH, { pairs: [pair(other.id, lb)] })],
    ['Attach certificate', /does not name/, () => attach(tony, click(admin, lb, id), [pair(other.id, lb)])],
    ['Detach certificate', /another kind/, call(CERTIFICATES, 'POST', DETACH,
      { pairs: [pair(id, 'ocid1.apigateway.perennial.home-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaa')] })],
    ['Schedule certificate deletion', noRight,
      call(CERTIFICATES, 'POST', `/20210224/certificates/${id}/actions/scheduleDeletion`, {})],
    ['Place on nodes', /is not a node/,
      call(IDENTITY, 'PUT', `/20260101/resources/${lb}/placements`, { version: 1000, nodeIds: [NO_NODE] })],
  ];
}

// What was refused in the compartment of the scene, as somebody else or its owner is told.
async function events(caller, compartmentId) {
  const window_ = { startTime: new Date(Date.now() - 3_600_000), endTime: new Date(Date.now() + 60_000) };
  const times = Object.entries(window_).map(([name, time]) => `&${name}=${time.toISOString()}`).join('');
  return caller.call(endpoints.audit, 'GET',
    `/20190901/auditEvents?compartmentId=${compartmentId}${times}&outcome=REFUSED&sortOrder=DESC`);
}

test('Evil Tony gets nothing, and everybody sees that he tried', async (t) => {
  const scene = await makeScene(t, 'shop');
  const other = await makeCertificate(scene.admin, scene.root, 'other');
  const browser = await openBrowser(t);
  const { page, seen } = await signIn(await browser.newContext({ viewport: { width: 1440, height: 900 } }));
  page.setDefaultTimeout(30_000);
  const step = stepsOf(page);
  const certificatePage = (tab) => `${url}/console/certificates/${scene.certificate.id}?tab=${tab}`;
  const row = (words) => page.getByRole('button', { name: words });
  const ids = [];
  const owner = scene.admin.tenancyId;

  // The table without its ages, which move by themselves.
  const readers = async () => {
    await page.goto(certificatePage('readers'));
    await page.getByText('Last read the key').waitFor();
    const rows = await page.getByRole('row').allInnerTexts();
    return rows.map((text) => text.replace(/\d+ (second|minute)s? ago|now/g, '').replace(/\s+/g, ' ')).sort();
  };
  let before;
  await step('before: the two nodes have read the key, once', async () => {
    before = await readers();
    assert.equal(before.length, 3);
    assert.match(before.join('\n'), /edge-1 v1[^]*edge-2 v1/);
  });

  const tries = triesOf(scene, other, await serviceCaller('load-balancer'));
  for (const [what, , attempt] of tries) {
    const answer = await attempt();
    assert.ok(answer.status === 404 || answer.status === 409, `${what}: ${answer.status} ${answer.text}`);
    assert.ok(!answer.text.includes('PRIVATE KEY'));
    ids.push(answer.headers['opc-request-id']);
  }
  // A name that a spreadsheet would take for a formula, of somebody who tried something too.
  const formula = await makeUser(scene.admin, '@SUM');
  const refused = await formula.call(CERTIFICATES, 'GET', bundleTarget(scene.certificate.id));
  assert.equal(refused.status, 404);
  await eventually('the audit to have them all', async () => {
    const { json } = await events(scene.admin, owner);
    const known = new Set(json.map(({ data }) => data.request.id));
    return [...ids, refused.headers['opc-request-id']].every((id) => known.has(id));
  });

  await step('a link to what was refused shows every try: who, what and why, the newest first', async () => {
    await page.goto(`${url}/console/audit?outcome=refused&principal=loadbalancer`);
    await page.getByText(`${tries.length} refused · 0 done, the newest first`).waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Who' }).inputValue(), 'loadbalancer');
    const shown = await page.locator('main').getByRole('button', { name: /Refused/ }).allInnerTexts();
    assert.equal(shown.length, tries.length);
    [...tries].reverse().forEach(([what, why], n) => {
      assert.match(shown[n], new RegExp(`${what}[^]*Refused 4\\d\\d[^]*service loadbalancer`));
      assert.match(shown[n], why);
    });
    await shot(page, 'tony-audit');
  });

  await step('a request id finds its event; the event has an address, which opens it again', async () => {
    await page.goto(`${url}/console/audit`);
    await page.getByRole('textbox', { name: 'Request id' }).fill(ids[0]);
    await page.getByText(/^1 of \d+ events: 1 refused/).waitFor();
    await row(/Read certificate bundle/).click();
    await page.waitForURL(/event=certificates%2F\d+/);
    await page.reload();
    await page.getByText(ids[0], { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Copy the request id' }).waitFor();
    await page.getByText(scene.certificate.id).first().waitFor();
    await shot(page, 'tony-event');
  });

  await step('the export has each try on a line, and no cell is a formula', async () => {
    await page.goto(`${url}/console/audit?outcome=refused`);
    await row(/@SUM/).first().waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()]);
    const lines = fs.readFileSync(await download.path(), 'utf8').trimEnd().split('\r\n');
    // Each try once; the user with the formula is refused wherever the page looks on its behalf.
    assert.equal(lines.filter((line) => !line.includes('@SUM')).length, 1 + tries.length);
    for (const id of ids) assert.ok(lines.some((line) => line.includes(id)), id);
    assert.ok(lines.some((line) => line.includes(",'@SUM,")));
    for (const line of lines) assert.doesNotMatch(line, /(^|,)"?[=+\-@\t]/);
  });

  await step('who read the key, and who uses it, is as before', async () => {
    assert.deepEqual(await readers(), before);
    await page.goto(certificatePage('associations'));
    await page.getByRole('link', { name: 'front' }).waitFor();
    assert.equal(await page.getByRole('row').count(), 2);
    await page.goto(`${url}/console/certificates/${other.id}?tab=associations`);
    await page.getByText('Used nowhere').waitFor();
    assert.match((await scene.now()).lifecycleState, /^ACTIVE$/);
  });

  await step('the certificate tells of it in its activity too', async () => {
    await page.goto(certificatePage('activity'));
    await page.getByText(/^service loadbalancer/).first().waitFor();
    await page.getByText(ids[0]).waitFor();
  });

  await step('another tenancy sees nothing of it', async () => {
    assert.equal((await events(administrator('globex'), owner)).status, 404);
  });
  assert.deepEqual(seen, { errors: [], violations: [], cookies: [], elsewhere: [] });
});
