// SPDX-License-Identifier: Apache-2.0
// Several tabs of one browser: what they have parked, and which of them is in sight.
import { endpoints } from '../../../test/support/stack.mjs';

/**
 * watchParked counts the parked calls of all pages of a context, from when a browser sends one until it has the
 * answer or gives up: `now` in all, `of(page)` of one, and the `most` that there ever were at a time.
 */
export function watchParked(context) {
  const parked = new Map();
  const watched = {
    most: 0,
    get now() { return parked.size; },
    of: (page) => [...parked.values()].filter((owner) => owner === page).length,
  };
  const over = (request) => parked.delete(request);
  context.on('request', (request) => {
    if (!request.url().includes('waitSeconds=')) return;
    parked.set(request, request.frame().page());
    watched.most = Math.max(watched.most, parked.size);
  });
  context.on('requestfinished', over);
  context.on('requestfailed', over);
  context.on('page', (page) => page.on('close', () => {
    for (const [request, owner] of parked) if (owner === page) parked.delete(request);
  }));
  return watched;
}

// watchCalls lists what a page asks of the API from now on.
export function watchCalls(page) {
  const calls = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (/^\/20\d{6}\//.test(pathname)) calls.push(pathname);
  });
  return calls;
}

// Playwright tells each page that it is in sight, whatever is in front of it. After this the page knows the
// truth: the tabs of a context share a window, and `bringToFront` hides the one before. There is no public
// call for it; playwright-core is pinned, and a test that hides nothing fails.
export async function tellTruth(page) {
  const { delegate } = page._connection.toImpl(page);
  await delegate._mainFrameSession._client.send('Emulation.setFocusEmulationEnabled', { enabled: false });
}

export const isHidden = (page) => page.evaluate(() => document.visibilityState === 'hidden');

// Freezes a page as a browser does that saves power, or thaws it.
export async function freeze(page, state = 'frozen') {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Page.setWebLifecycleState', { state });
  await cdp.detach();
}

export const rolloutPage = (certificateId) =>
  `${endpoints.identity}/console/certificates/${certificateId}?tab=rollout`;
