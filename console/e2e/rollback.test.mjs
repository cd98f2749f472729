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
import { openBrowser, shot, signIn, stepsOf, url } from './support/browser.mjs';
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

// Returns the file with certificate and key, and the beginning of its fingerprint as the page shows it.
function selfSigned(test, name) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rollback-'));
  test.after(() => fs.rmSync(folder, { recursive: true }));
  const [key, file] = [path.join(folder, 'key.pem'), path.join(folder, 'impostor.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-days', '2', '-subj', `/CN=${name}`, '-keyout', key, '-out', file], { stdio: 'ignore' });
  const print = execFileSync('openssl', ['x509', '-in', file, '-noout', '-fingerprint', '-sha256'], { encoding: 'utf8' });
  fs.appendFileSync(file, fs.readFileSync(key));
  const hex = print.split('=')[1].replaceAll(':', '').toLowerCase();
  return { file, fingerprint: hex.slice(0, 16).match(/.{4}/g).join(' ') };
}

test('a version that cannot be proved goes back', async (t) => {
  const scene = await makeScene(t, 'shop');
  const before = await scene.shownEverywhere();
  const browser = await openBrowser(t);
  const { page, seen } = await signIn(await browser.newContext({ viewport: { width: 1440, height: 900 } }));
  page.setDefaultTimeout(60_000);
  const step = stepsOf(page);
  const button = (name) => page.getByRole('button', { name, exact: true });
  const window_ = page.getByRole('dialog');
  const cell = (node) => page.getByRole('row', { name: new RegExp(`^${node}`) });
  const renew = async () => {
    await button('Renew now').click();
    await window_.getByRole('button', { name: 'Renew now' }).click();
    await window_.waitFor({ state: 'detached' });
  };
  const servedAgain = () => eventually('version 1 on every node again',
    async () => JSON.stringify(await scene.shownEverywhere()) === JSON.stringify(before), { timeoutMs: 60_000 });
  await page.goto(`${url}/console/certificates/${scene.certificate.id}?tab=rollout`);
  const stranger = selfSigned(t, scene.host);

  // Everything that a person has to know of it, while it happens, and afterwards.
  const story = async () => {
    await page.getByText('Version 2 was taken back; version 1 serves on', { exact: true }).waitFor();
    await page.getByText('Rolled back', { exact: true }).first().waitFor();
    const reason = 'It failed: edge-\\d: another certificate is shown; edge-\\d: another certificate is shown.';
    await page.getByText(new RegExp(reason)).waitFor();
    for (const [n, { address }] of stack.nodes.entries()) {
      await cell(`edge-${n + 1}`).getByText('Failed', { exact: true }).waitFor();
      const text = await cell(`edge-${n + 1}`).innerText();
      assert.match(text, /another certificate is shown/);
      assert.match(text, new RegExp(`${address}:${scene.port} ${scene.host} · `));
      assert.match(text, new RegExp(`${stranger.fingerprint} · seen from the node`));
    }
    assert.equal(await button('Roll back').count(), 0);
  };

  let left;
  await step('it fails on both nodes, and goes back, with the reason in words', async () => {
    const leave = await impostor(t, scene.port, stranger.file);
    await renew();
    await page.getByText('Failed', { exact: true }).first().waitFor();
    await story();
    await shot(page, 'rollback');
    await leave();
    left = Date.now();
  });

  await step('version 1 is current, and served; the story stays', async () => {
    await servedAgain();
    assert.equal((await scene.now()).currentVersion.versionNumber, 1);
    const { loadBalancerId: lb, certificate: { id } } = scene;
    // Each node has proved version 1 anew, at the very addresses that the story tells of.
    await eventually('both to prove version 1 anew', async () => {
      const why = await scene.admin.ok(url, 'GET', `/20260101/why?resourceId=${lb}&certificatesResourceId=${id}`);
      return why.lastProofs.length === 2 && why.lastProofs.every(({ observation }) =>
        observation.versionNumber === 1 && Date.parse(observation.timeObserved) > left);
    });
    await page.reload();
    await story();
  });

  await step('one that nobody can see is not taken for bad: it waits, and says why', async () => {
    const leave = await impostor(t, scene.port);
    await renew();
    await page.getByText('Inconclusive', { exact: true }).waitFor();
    await page.getByText('handshake failed').first().waitFor();
    await page.getByText('Waiting', { exact: true }).waitFor();
    await button('Poll now').click();
    await page.getByText('The nodes were told to look.').waitFor();
    await shot(page, 'rollback-waits');
    await button('Roll back').click();
    await window_.getByText(/Every node goes back to version 1/).waitFor();
    await window_.getByRole('button', { name: 'Roll back' }).click();
    await window_.waitFor({ state: 'detached' });
    await leave();
  });

  await step('a person took it back: by whom, and nothing is left to do', async () => {
    await page.getByText('Version 3 was taken back; version 1 serves on', { exact: true }).waitFor();
    await page.getByText(/^Rolled back by administrator\./).waitFor();
    await page.getByText('Not asked', { exact: true }).waitFor();
    assert.equal(await button('Roll back').count(), 0);
    await servedAgain();
    assert.equal((await scene.now()).currentVersion.versionNumber, 1);
  });

  await step('the older story is still told', async () => {
    await page.getByRole('combobox', { name: 'Rollout' }).click();
    await page.getByRole('option', { name: /v1 → v2/ }).click();
    await story();
  });
  assert.deepEqual(seen, { errors: [], violations: [], cookies: [], elsewhere: [] });
});
