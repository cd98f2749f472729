// SPDX-License-Identifier: Apache-2.0
// Each page, empty and as it usually is. With very many rows: scale.test.mjs; the windows: windows.test.mjs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { openBrowser, outDirectory, signIn, url } from './support/browser.mjs';
import { furnish } from './support/furnish.mjs';
import { gallery } from './support/looks.mjs';

const PICTURES = ['home-light-1440.png', 'certificates-light-1440.png', 'certificate-create-light-1440.png',
  'certificate-associations-light-1440.png', 'nodes-dark-1440.png', 'certificates-light-390.png'];
const CLEAN = { errors: [], violations: [], cookies: [], elsewhere: [] };

const PAGES = {
  home: '/', certificates: '/certificates', 'certificate-create': '/certificates/new', authorities: '/authorities',
  'load-balancers': '/load-balancers', nodes: '/nodes', access: '/access', 'access-groups': '/access?tab=groups',
  'access-policies': '/access?tab=policies', 'access-you': '/access?tab=you', audit: '/audit', trust: '/trust',
};

test('each page can be seen and used by everybody', async (t) => {
  const browser = await openBrowser(t);
  const found = [];
  const open = async (tenancy) => signIn(await browser.newContext({ reducedMotion: 'reduce' }), { tenancy });

  await t.test('where there is nothing yet', async () => {
    const { page, seen } = await open('globex');
    await gallery(page, url, PAGES, found, 'empty-');
    await page.context().close();
    assert.deepEqual(seen, CLEAN);
  });

  await t.test('as it usually is', async () => {
    const made = await furnish();
    const { page, seen } = await open('acme');
    await gallery(page, url, PAGES, found);
    const tabs = ['versions', 'associations', 'rollout', 'readers', 'activity'];
    await gallery(page, url, {
      certificate: `/certificates/${made.shop}`,
      ...Object.fromEntries(tabs.map((tab) => [`certificate-${tab}`, `/certificates/${made.shop}?tab=${tab}`])),
      'certificate-unused': `/certificates/${made.intranet}?tab=associations`,
      authority: `/authorities/${made['corp-issuing']}`,
      'load-balancer': `/load-balancers/${made.front}`,
      'load-balancer-backend-sets': `/load-balancers/${made.front}?tab=backend-sets`,
      'load-balancer-work': `/load-balancers/${made.front}?tab=work`,
    }, found);
    assert.deepEqual(seen, CLEAN);
  });

  assert.deepEqual(found, []);
  // The guide's pictures are these: PERENNIAL_PICTURES=docs/guides/pictures takes them anew.
  if (process.env.PERENNIAL_PICTURES !== undefined) {
    const folder = path.resolve(outDirectory, '../../..', process.env.PERENNIAL_PICTURES);
    fs.mkdirSync(folder, { recursive: true });
    for (const name of PICTURES) fs.copyFileSync(path.join(outDirectory, name), path.join(folder, name));
  }
});
