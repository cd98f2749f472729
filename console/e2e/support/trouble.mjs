// SPDX-License-Identifier: Apache-2.0
// What goes wrong on a bad day, done to a page.
import { administrator } from '../../../test/support/stack.mjs';
import { url } from './browser.mjs';

export const PASSWORD = 'a horse that nobody else rides';

/**
 * loseAnswers lets requests of this kind reach the server, and cuts the connection when it has answered. `tokens`
 * are the retry tokens of those whose answer was lost.
 */
export async function loseAnswers(page, method, path) {
  const cdp = await page.context().newCDPSession(page);
  const tokens = [];
  cdp.on('Fetch.requestPaused', ({ requestId, request }) => {
    const ours = request.method === method;
    if (ours) tokens.push(request.headers['opc-retry-token']);
    const answer = ours
      ? cdp.send('Fetch.failRequest', { requestId, errorReason: 'ConnectionReset' })
      : cdp.send('Fetch.continueResponse', { requestId });
    answer.catch(() => undefined);
  });
  await cdp.send('Fetch.enable', { patterns: [{ urlPattern: `${url}${path}`, requestStage: 'Response' }] });
  return { tokens, noMore: () => cdp.detach() };
}

// The id of the session that a page of the console has, from where it keeps it.
export const sessionOf = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const open = indexedDB.open('perennial-console');
  open.onerror = () => reject(open.error);
  open.onsuccess = () => {
    const read = open.result.transaction('session').objectStore('session').get('current');
    read.onerror = () => reject(read.error);
    read.onsuccess = () => { open.result.close(); resolve(read.result.id); };
  };
}));

// An administrator ends a session, and the pages that have it do not know of it yet.
export async function endSession(id) {
  await administrator('acme').ok(url, 'DELETE', `/20260101/sessions/${id}`);
}

// Somebody who came by a link sets the password to sign in with again.
export async function setPassword(page) {
  await page.goto(`${url}/console/access?tab=you`);
  const fields = page.locator('input[autocomplete="new-password"]');
  for (const n of [0, 1]) await fields.nth(n).fill(PASSWORD);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByText('It is changed').waitFor();
}
