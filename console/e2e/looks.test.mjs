// SPDX-License-Identifier: Apache-2.0
// Each page in both themes, on a phone and on a desk: nothing wider than the screen, nothing that axe calls
// serious. The pictures go to e2e/out, to be looked at.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import test from 'node:test';
import { freePorts } from '../../test/support/ports.mjs';
import { administrator, eventually, perennial, stack } from '../../test/support/stack.mjs';
import { openBrowser, outDirectory, shot, signIn, url } from './support/browser.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PICTURES = ['home-light-1440.png', 'certificates-light-1440.png', 'certificate-create-light-1440.png',
  'certificate-associations-light-1440.png', 'nodes-dark-1440.png', 'certificates-light-390.png'];
const WIDTHS = [390, 1440];
// Text that wants to be more than text, and must stay what it is.
const HOSTILE = '<img src=x onerror=alert(1)>';

async function furnish() {
  const run = async (...words) => {
    const { status, out, err } = await perennial(words);
    assert.equal(status, 0, `${words.join(' ')}: ${out}${err}`);
    return out;
  };
  await run('ca', 'create', 'root', '--name', 'corp-root', '--common-name', 'Corp Root', '--key', 'ecdsa');
  await run('ca', 'create', 'subordinate', '--name', 'corp-issuing', '--common-name', 'Corp Issuing CA',
    '--issuer', 'corp-root', '--key', 'ecdsa');
  for (const name of ['shop', 'mail', 'intranet']) {
    await run('certificate', 'create', '--name', name, '--dns', `${name}.example.com`, '--ca', 'corp-issuing',
      '--renew-every', 'P60D', '--renew-before', 'P20D');
  }
  const [port] = await freePorts(1, stack.nodes.map(({ address }) => address));
  await run('lb', 'create', '--name', 'front', '--pool', 'edge');
  await run('backend-set', 'create', '--lb', 'front', '--name', 'web');
  await run('listener', 'create', '--lb', 'front', '--name', 'https', '--port', String(port),
    '--certificate', 'shop', '--backend-set', 'web');
  const admin = administrator('acme');
  await admin.ok(url, 'POST', '/20160918/groups',
    { compartmentId: admin.tenancyId, name: 'operators', description: HOSTILE });
  const [shop] = (await admin.ok(url, 'GET',
    `/20210224/certificates?compartmentId=${admin.tenancyId}&name=shop`)).items;
  const [front] = await admin.ok(url, 'GET', `/20170115/loadBalancers?compartmentId=${admin.tenancyId}`);
  await eventually('the shop to be served', async () => (await admin.ok(url, 'GET',
    '/20260101/inventory?search=shop')).items[0]?.nodesServing === 2);
  return { shop: shop.id, front: front.id };
}

async function serious(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document,
    { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

test('each page can be seen and used by everybody', async (t) => {
  const { shop, front } = await furnish();
  const places = {
    home: '/', certificates: '/certificates', 'certificate-create': '/certificates/new',
    certificate: `/certificates/${shop}`, 'certificate-versions': `/certificates/${shop}?tab=versions`,
    'certificate-associations': `/certificates/${shop}?tab=associations`,
    'certificate-rollout': `/certificates/${shop}?tab=rollout`,
    'certificate-readers': `/certificates/${shop}?tab=readers`,
    'certificate-activity': `/certificates/${shop}?tab=activity`,
    authorities: '/authorities', 'load-balancers': '/load-balancers',
    'load-balancer': `/load-balancers/${front}`, nodes: '/nodes', access: '/access',
    audit: '/audit', trust: '/trust',
  };
  const browser = await openBrowser(t);
  const found = [];
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ colorScheme, reducedMotion: 'reduce' });
    // axe is a script of ours, put in by the test and not by the page.
    const { page, seen } = await signIn(context);
    for (const [name, place] of Object.entries(places)) {
      await page.goto(`${url}/console${place}`);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        await page.locator('main h1').first().waitFor();
        await page.waitForLoadState('networkidle').catch(() => undefined);
        await shot(page, `${name}-${colorScheme}-${width}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) found.push(`${name} at ${width}: ${wide} px too wide`);
      }
      for (const what of await serious(page)) found.push(`${name}, ${colorScheme}: ${what}`);
    }
    await context.close();
    assert.deepEqual(seen, { errors: [], violations: [], cookies: [], elsewhere: [] });
  }
  assert.deepEqual(found, []);
  // The guide's pictures are these: PERENNIAL_PICTURES=docs/guides/pictures takes them anew.
  if (process.env.PERENNIAL_PICTURES !== undefined) {
    const folder = path.resolve(outDirectory, '../../..', process.env.PERENNIAL_PICTURES);
    fs.mkdirSync(folder, { recursive: true });
    for (const name of PICTURES) fs.copyFileSync(path.join(outDirectory, name), path.join(folder, name));
  }
});
