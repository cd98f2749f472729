// SPDX-License-Identifier: Apache-2.0
// Very many certificates, and what a browser has to say about showing them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stack } from '../../../test/support/stack.mjs';

const maker = fileURLToPath(new URL('../../../tools/testbed/many_certificates.py', import.meta.url));

// makeMany makes certificates through the API until there are `count`, and returns how many a second.
export async function makeMany(count) {
  const { stdout } = await promisify(execFile)('python3', [maker, '--context-directory', stack.configDirectory,
    '--context', 'acme', '--count', String(count), '--times', '0']);
  return JSON.parse(stdout).madePerSecond;
}

// What a tab holds: the JavaScript heap after a collection, and the memory of its process that it shares with
// nobody (RssAnon, which Chromium's own task manager shows).
export async function memoryOf(browser, page) {
  const tab = await page.context().newCDPSession(page);
  await tab.send('Performance.enable');
  await tab.send('HeapProfiler.collectGarbage');
  const { metrics } = await tab.send('Performance.getMetrics');
  const whole = await browser.newBrowserCDPSession();
  const { processInfo } = await whole.send('SystemInfo.getProcessInfo');
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => {
    const status = fs.readFileSync(`/proc/${id}/status`, 'utf8');
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)[1]) / 1024;
  });
  assert.ok(renderers.length > 0);
  return {
    heapMb: Math.round(metrics.find(({ name }) => name === 'JSHeapUsedSize').value / 2 ** 20),
    tabMb: Math.round(Math.max(...renderers)),
  };
}

// scrollThrough goes from the top to the bottom at one and a half screens a frame, and returns the longest frame,
// the longest task, and how many frames there were.
export function scrollThrough(page) {
  return page.evaluate(async () => {
    const tasks = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((it) => it.duration)));
    observer.observe({ type: 'longtask' });
    const frames = [];
    const frame = () => new Promise((done) => { requestAnimationFrame(done); });
    let last = await frame();
    for (;;) {
      const before = scrollY;
      scrollBy({ top: innerHeight * 1.5, behavior: 'instant' });
      const now = await frame();
      frames.push(now - last);
      last = now;
      if (scrollY === before) break;
    }
    await frame();
    tasks.push(...observer.takeRecords().map((it) => it.duration));
    observer.disconnect();
    frames.sort((a, b) => a - b);
    return {
      frames: frames.length,
      medianFrameMs: Math.round(frames[frames.length >> 1]),
      longestFrameMs: Math.round(frames.at(-1)),
      longestTaskMs: Math.round(Math.max(0, ...tasks)),
    };
  });
}

// changeMs clicks, and returns the milliseconds until the rows that were asked for stand in the page.
export async function changeMs(page, click, shown) {
  await page.evaluate(() => { performance.mark('asked'); });
  await click();
  await page.waitForFunction(shown);
  return page.evaluate(() => Math.round(performance.measure('change', 'asked').duration));
}
