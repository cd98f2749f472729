// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium, as somebody has it who followed docs/guides/console.md: the platform CA is trusted by
// its line, `perennial trust install`, and no certificate error is ever passed over.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { administrator, endpoints, stack } from '../../../test/support/stack.mjs';

export const url = endpoints.identity;
export const outDirectory = fileURLToPath(new URL('../out', import.meta.url));

function trustPlatformCa(home) {
  execFileSync(stack.programs.perennial,
    ['--config-directory', stack.configDirectory, 'trust', 'install'], { env: { ...process.env, HOME: home } });
}

// whatStands says what a page shows, where its focus is and how full its fields are: of a failure elsewhere,
// only the output is left.
async function whatStands(page) {
  const state = await page.evaluate(() => ({
    shown: document.body.innerText.replace(/\s+/g, ' ').slice(0, 3000),
    focus: document.activeElement === document.body ? 'nowhere' : document.activeElement?.outerHTML.slice(0, 200),
    fields: [...document.querySelectorAll('input, textarea')].map((it) => `${it.labels?.[0]?.textContent ?? it.name}: ${it.value.length}`),
  })).catch((error) => ({ shown: String(error) }));
  return `${page.url()} shows: ${state.shown}\nfocus: ${state.focus}\ncharacters in fields: ${state.fields?.join(' | ')}`;
}

// openBrowser starts a browser of its own for `test`, and closes it after; what its pages show then is
// printed, for if the test failed.
export async function openBrowser(test) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'console-e2e-'));
  trustPlatformCa(home);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    env: { ...process.env, HOME: home },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  test.after(async () => {
    const pages = browser.contexts().flatMap((context) => context.pages());
    for (const shown of await Promise.all(pages.map(whatStands))) console.log(`at the end, ${shown}`);
    await browser.close();
    fs.rmSync(home, { recursive: true, force: true });
  });
  return browser;
}

// watchFor collects what no page of ours may ever do.
export function watchFor(page) {
  const seen = { errors: [], violations: [], cookies: [], elsewhere: [] };
  page.on('pageerror', (error) => seen.errors.push(String(error)));
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) seen.violations.push(message.text());
  });
  page.on('response', (response) => {
    const headers = response.headers();
    if (headers['set-cookie'] !== undefined) seen.cookies.push(response.url());
    if (!response.url().startsWith(`${url}/`) && !response.url().startsWith('data:')) {
      seen.elsewhere.push(response.url());
    }
  });
  return seen;
}

// linkFor makes a one-time link for a user; without one, for the administrator of the tenancy.
export async function linkFor(userId, tenancy = 'acme') {
  const admin = administrator(tenancy);
  const made = await admin.ok(url, 'POST',
    `/20260101/users/${userId ?? admin.userId}/actions/createLink`, {});
  return url + made.link;
}

// signIn opens a page of somebody who used the link just now.
export async function signIn(context, { userId, tenancy } = {}) {
  const page = await context.newPage();
  const seen = watchFor(page);
  await page.goto(await linkFor(userId, tenancy));
  await page.getByRole('navigation', { name: 'Pages' }).waitFor({ state: 'attached', timeout: 60_000 });
  return { page, seen };
}

export async function shot(page, name) {
  fs.mkdirSync(outDirectory, { recursive: true });
  await page.screenshot({ path: path.join(outDirectory, `${name}.png`), fullPage: true });
}

// Steps of one story: what follows a step that failed could only fail too. Its pages are kept as failed.png,
// failed-1.png and so on.
export const stepsOf = (...pages) => async (what, act) => {
  try {
    await act();
  } catch (error) {
    await Promise.all(pages.map((page, n) => shot(page, n === 0 ? 'failed' : `failed-${n}`).catch(() => undefined)));
    throw new Error(`${what}: ${error.message}`, { cause: error });
  }
};

// Parts of a test that stand for themselves: the next one is tried whatever becomes of this one.
export const partsOf = (test, page) => (what, act) => test.test(what, async (part) => {
  try {
    await act(part);
  } catch (error) {
    console.log(`when "${what}" failed, ${await whatStands(page)}`);
    throw error;
  }
});
