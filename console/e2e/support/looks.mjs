// SPDX-License-Identifier: Apache-2.0
// What each page is looked at with: both themes, on a phone and on a desk; nothing wider than the screen, nothing
// that axe calls serious. The pictures go to e2e/out, to be looked at.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { eventually } from '../../../test/support/stack.mjs';
import { outDirectory } from './browser.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const THEMES = ['light', 'dark'];
const WIDTHS = [390, 1440];
const HEIGHT = 900;
// A list of ten thousand rows is as tall as they are; its picture is what a window shows.
const TALLEST = 6000;

// What a page shows while it reads. A part that waits for somebody else (role=status) does so as long as it takes.
const BUSY = '.mantine-Skeleton-root, .mantine-Loader-root, [aria-busy="true"]';
const busyIn = (page) => page.evaluate((busy) => [...document.querySelectorAll(busy)]
  .filter((each) => each.closest('[role="status"]') === null && each.checkVisibility())
  .map((each) => each.outerHTML.slice(0, 200)), BUSY);

// settled waits until nothing is being read any more, and what was read has been painted.
export async function settled(page) {
  await page.locator('h1, h2, [role="dialog"]').first().waitFor();
  await eventually(`${page.url()} to have read everything`, async () => {
    const busy = await busyIn(page);
    if (busy.length > 0) throw new Error(busy.join('\n'));
    return true;
  });
  await page.evaluate(async () => {
    await document.fonts.ready;
    const frame = () => new Promise((done) => { requestAnimationFrame(done); });
    // Colours that are on their way from one theme to the other are neither.
    do await frame(); while (document.getAnimations().some((it) => it instanceof CSSTransition));
    await frame();
  });
}

async function serious(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'],
  }));
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

// What is shown is shown whole, as on a screen that is tall enough: the page, or the window over it.
async function heightFor(page) {
  const { window, whole } = await page.evaluate(() => ({
    window: document.querySelector('[role="dialog"]')?.scrollHeight, whole: document.documentElement.scrollHeight,
  }));
  const wanted = window === undefined ? whole : Math.ceil(window * 1.12) + 60;
  return wanted > TALLEST ? HEIGHT : Math.max(HEIGHT, wanted);
}

// look takes the four pictures of what `page` shows now, and puts what is wrong into `found`.
export async function look(page, name, found) {
  fs.mkdirSync(outDirectory, { recursive: true });
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    await settled(page);
    const height = await heightFor(page);
    if (height > HEIGHT) await page.setViewportSize({ width, height });
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme });
      await settled(page);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 0) found.push(`${name} at ${width}: ${over} px too wide`);
      await page.screenshot({ path: path.join(outDirectory, `${name}-${colorScheme}-${width}.png`) });
      if (width !== WIDTHS.at(-1)) continue;
      for (const what of await serious(page)) found.push(`${name}, ${colorScheme}: ${what}`);
    }
  }
}

// gallery looks at one place after the other. Each is {name: path below /console}.
export async function gallery(page, base, places, found, prefix = '') {
  for (const [name, place] of Object.entries(places)) {
    await page.goto(`${base}/console${place}`);
    await look(page, prefix + name, found);
  }
}
