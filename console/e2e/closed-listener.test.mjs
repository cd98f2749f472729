// SPDX-License-Identifier: Apache-2.0
// A port that one of the nodes cannot open: whoever made the listener is told where they look, with the reason,
// and told again when it is well.
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { addListener } from '../../test/adversary/world.mjs';
import { freePorts } from '../../test/support/ports.mjs';
import { stack } from '../../test/support/stack.mjs';
import { openBrowser, shot, signIn, stepsOf, url } from './support/browser.mjs';
import { makeScene } from './support/scene.mjs';

// As another program on the node has it.
async function take(port, address) {
  const server = net.createServer();
  await new Promise((resolve, reject) => { server.once('error', reject).listen(port, address, resolve); });
  return server;
}

test('a listener that a node cannot open is told, and why, until it is open', async (t) => {
  const { admin, certificate, loadBalancerId } = await makeScene(t, 'closed');
  const [first] = stack.nodes;
  const [port] = await freePorts(1, stack.nodes.map(({ address }) => address));
  const other = await take(port, first.address);
  t.after(() => other.close());
  await addListener(admin, loadBalancerId, 'second', port, certificate.id);

  const browser = await openBrowser(t);
  const { page, seen } = await signIn(await browser.newContext());
  const step = stepsOf(page);
  const reason = new RegExp(`${first.name}: HAProxy cannot open port ${port} on ${first.address}: another program`);
  const patience = { timeout: 60_000 };

  await step('1: its load balancer says on how many nodes it is open, and why not on all', async () => {
    await page.goto(`${url}/console/load-balancers/${loadBalancerId}`);
    await page.getByText('Open on 1 of 2 nodes').waitFor(patience);
    await page.getByText(reason).waitFor();
    await page.getByText('Open on 2 of 2 nodes').waitFor();  // The first listener pays nothing.
    await shot(page, 'closed-listener');
  });
  await step('2: Nodes and Home say so too', async () => {
    await page.goto(`${url}/console/nodes`);
    await page.getByText('One listener is not served here.').waitFor(patience);
    await page.getByText(/second of front: HAProxy cannot open/).waitFor();
    await shot(page, 'closed-listener-nodes');
    await page.goto(`${url}/console/`);
    await page.getByText(new RegExp(`Listener second of front is not served by ${first.name}`)).waitFor(patience);
    assert.equal(await page.locator('[data-red]').count(), 1);
    assert.equal(await page.getByText('Nobody has to do anything.').count(), 0);
    await shot(page, 'closed-listener-home');
  });
  await step('3: once the port is free it is opened, without anybody', async () => {
    await new Promise((resolve) => { other.close(resolve); });
    await page.getByRole('link', { name: 'Look at it' }).click();
    await page.getByText('Open on 2 of 2 nodes').nth(1).waitFor(patience);
    assert.equal(await page.getByText(reason).count(), 0);
  });
  assert.deepEqual(seen, { errors: [], violations: [], cookies: [], elsewhere: [] });
});
