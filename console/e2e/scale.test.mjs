// SPDX-License-Identifier: Apache-2.0
// Very many certificates in the browser: how soon they are there, how they scroll, what the tab holds; and how it
// looks. Ten thousand with the binaries of a release: `./dev console scale`. In `./dev test`, where the sanitizers
// make everything a few times slower, there are fewer, and the same limits hold.
import assert from 'node:assert/strict';
import test from 'node:test';
import { administrator } from '../../test/support/stack.mjs';
import { openBrowser, signIn, url } from './support/browser.mjs';
import { look } from './support/looks.mjs';
import { changeMs, makeMany, memoryOf, scrollThrough } from './support/scale.mjs';

const COUNT = Number(process.env.PERENNIAL_SCALE ?? 1000);
const LIST_MS = 2000;
const FILTER_MS = 300;
// A task longer than this is felt as a stall: the page answers nothing meanwhile (RAIL).
const TASK_MS = 100;
const TAB_MB = 200;

test(`${COUNT} certificates in the browser`, async (t) => {
  const figures = { count: COUNT, madePerSecond: await makeMany(COUNT) };
  const browser = await openBrowser(t);
  const { page, seen } = await signIn(
    await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' }));
  const rows = page.getByRole('table', { name: 'Certificates' }).getByRole('link');

  await t.test('the list is usable soon after sign-in', async () => {
    await page.getByRole('heading', { level: 1 }).waitFor();
    figures.listMs = await changeMs(page,
      () => page.getByRole('navigation').getByRole('link', { name: 'Certificates' }).click(),
      () => document.querySelectorAll('[role="table"] a').length > 0);
    await rows.first().click({ trial: true });
    await page.getByText(`${COUNT.toLocaleString('en')} certificates`, { exact: true }).waitFor();
    assert.ok(figures.listMs <= LIST_MS, `${figures.listMs} ms`);
  });

  await t.test('filters and the search answer at once', async () => {
    const { items: [one], total } = await administrator('acme').ok(url, 'GET', '/20260101/inventory?filter=expiring&limit=1');
    assert.ok(one !== undefined && total < COUNT);
    figures.filterMs = {};
    for (const [name, expected] of [['Expiring', total], ['All', COUNT], ['Unused', COUNT], ['Needs you', undefined],
      ['Unproved', undefined], ['All', COUNT]]) {
      await page.evaluate((wanted) => { globalThis.wanted = wanted; },
        expected === undefined ? undefined : `${expected.toLocaleString('en')} certificates`);
      figures.filterMs[name] = await changeMs(page,
        () => page.getByRole('group', { name: 'Saved filters' }).getByRole('button', { name, exact: true }).click(),
        () => {
          const status = document.querySelector('main [role="status"]')?.textContent;
          return globalThis.wanted === undefined ? !/looking/.test(status ?? '') : status === globalThis.wanted;
        });
    }
    for (const [name, ms] of Object.entries(figures.filterMs)) assert.ok(ms <= FILTER_MS, `${name}: ${ms} ms`);
  });

  await t.test('from the first to the last without a stall', async () => {
    await page.getByRole('combobox', { name: 'Sort by' }).click();
    await page.getByRole('option', { name: 'Name', exact: true }).click();
    await page.getByRole('link', { name: 'many-00000', exact: true }).waitFor();
    figures.scroll = await scrollThrough(page);
    // All of it was read on the way, and the last one is the last one.
    await page.getByRole('link', { name: `many-${String(COUNT - 1).padStart(5, '0')}`, exact: true }).waitFor();
    assert.ok(figures.scroll.longestTaskMs <= TASK_MS, `${figures.scroll.longestTaskMs} ms`);
  });

  await t.test('the tab stays small', async () => {
    figures.memory = await memoryOf(browser, page);
    assert.ok(figures.memory.tabMb <= TAB_MB, `${figures.memory.tabMb} MB`);
  });
  console.log(`# ${JSON.stringify(figures)}`);

  await t.test('how it looks', async () => {
    const found = [];
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
    await look(page, 'many-certificates-middle', found);
    const issuer = (await administrator('acme').ok(url, 'GET', `/20210224/certificateAuthorities?compartmentId=${
      administrator('acme').tenancyId}&name=many-issuing`)).items[0].id;
    for (const [name, place] of Object.entries({
      home: '/', certificates: '/certificates', 'certificates-needs-you': '/certificates?filter=needsYou',
      authorities: '/authorities', authority: `/authorities/${issuer}`, audit: '/audit',
    })) {
      await page.goto(`${url}/console${place}`);
      await look(page, `many-${name}`, found);
    }
    assert.deepEqual(found, []);
  });
  assert.deepEqual(seen, { errors: [], violations: [], cookies: [], elsewhere: [] });
});
