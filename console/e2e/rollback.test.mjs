// SPDX-License-Identifier: Apache-2.0
// A version that cannot be proved goes back, and a person who watches sees why, then and afterwards.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually, stack } from '../../test/support/stack.mjs';
import { openBrowser, shot, signIn, url } from './support/browser.mjs';
import { makeScene } from './support/scene.mjs';

const IMPOSTOR = fileURLToPath(new URL('support/impostor.py', import.meta.url));

// Somebody else on the listener's port, on every node: with a certificate of his own, or with nothing to say.
async function impostor(test, port, certificate) {
  const places = stack.nodes.map(({ address }) => `${address}:${port}`);
  const child = spawn('python3', [IMPOSTOR, ...(certificate ? ['--certificate', certificate] : []), ...places],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  test.after(() => child.kill());
  await once(child.stdout, 'data');
  return async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
}

function selfSigned(test, name) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rollback-'));
  test.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'impostor.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-days', '2', '-subj', `/CN=${name}`, '-keyout', file, '-out', `${file}.crt`], { stdio: 'ignore' });
  fs.appendFileSync(file, fs.readFileSync(`${file}.crt`));
  return file;
}

test('a version that cannot be proved goes back', async (t) => {
  const scene = await makeScene(t, 'shop');
  const before = await scene.shownEverywhere();
  const { page, seen } = await signIn(await (await openBrowser(t)).newContext({ viewport: { width: 1440, height: 900 } }));
  page.setDefaultTimeout(30_000);
  await page.goto(`${url}/console/certificates/${scene.certificate.id}?tab=rollout`);
  const leave = await impostor(t, scene.port, selfSigned(t, scene.host));
  await page.getByRole('button', { name: 'Renew now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Renew now' }).click();
  await page.getByText('Rolled back', { exact: true }).first().waitFor().catch(async (e) => { await shot(page, 'failed'); throw e; });
  await shot(page, 'rollback-1');
  console.log(await page.locator('main').innerText());
  await leave();
  await eventually('old again', async () => JSON.stringify(await scene.shownEverywhere()) === JSON.stringify(before));
  await new Promise((r) => setTimeout(r, 8000));
  await page.reload();
  await page.getByText('Rolled back', { exact: true }).first().waitFor().catch(async (e) => { await shot(page, 'failed'); throw e; });
  await shot(page, 'rollback-2');
  console.log(await page.locator('main').innerText());
  const c = await scene.now();
  console.log(c.currentVersion.versionNumber, c.certificateRevocationListDetails);
  const leave2 = await impostor(t, scene.port);
  await page.getByRole('button', { name: 'Renew now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Renew now' }).click();
  await page.getByText('Inconclusive', { exact: true }).first().waitFor();
  await shot(page, 'rollback-3');
  console.log(await page.locator('main').innerText());
  await leave2();
});
