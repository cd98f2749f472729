// SPDX-License-Identifier: Apache-2.0
// Several tabs of one browser: what they have parked, and which of them is in sight.
import { endpoints } from '../../../test/support/stack.mjs';

// A call that was answered or given up is over for the page before its connection is for the browser.
const LETTING_GO_S = 0.1;

// The most of these spans of time that there are at once; one that has no end goes on.
function mostAtOnce(spans) {
  const turns = spans.map(({ from, to = Infinity }) => [from, to - LETTING_GO_S])
    .filter(([from, to]) => from < to)
    .flatMap(([from, to]) => [[from, 1], [to, -1]]);
  turns.sort(([at, by], [other, otherBy]) => at - other || by - otherBy);
  let [now, most] = [0, 0];
  for (const [, by] of turns) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

/**
 * watchParked tells the parked calls of all pages of a context, from when a browser sends one until it has the
 * answer or gives up: `now` in all, `of(page)` of one, and the `most` that there ever were at a time. By the
 * browser's own clock: events of several pages do not reach us in order.
 */
export function watchParked(context) {
  const calls = [];
  const open = (page) => calls.filter((call) => call.to === undefined && (page === undefined || call.page === page));
  context.on('page', async (page) => {
    page.on('close', () => { for (const call of open(page)) call.to = Date.now() / 1000 - call.offset; });
    const cdp = await context.newCDPSession(page);
    cdp.on('Network.requestWillBeSent', ({ requestId: id, request, timestamp: from, wallTime }) => {
      if (request.url.includes('waitSeconds=')) calls.push({ id, page, from, offset: wallTime - from });
    });
    const over = ({ requestId, timestamp }) => {
      const call = open(page).find(({ id }) => id === requestId);
      if (call !== undefined) call.to = timestamp;
    };
    cdp.on('Network.loadingFinished', over);
    cdp.on('Network.loadingFailed', over);
    await cdp.send('Network.enable');
  });
  return {
    get now() { return open().length; },
    of: (page) => open(page).length,
    get most() { return mostAtOnce(calls); },
  };
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
