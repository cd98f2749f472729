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

// scrollThrough goes from the top to the bottom at one and a half screens a frame. It returns how many frames there were
// and how long they took, and the longest task of the page's main thread: by the clock, and by the processor, which is
// what the page itself does whoever else is computing.
export async function scrollThrough(browser, page) {
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline'] });
  const frames = await page.evaluate(async () => {
    const taken = [];
    const frame = () => new Promise((done) => { requestAnimationFrame(done); });
    let last = await frame();
    for (;;) {
      const before = scrollY;
      scrollBy({ top: innerHeight * 1.5, behavior: 'instant' });
      const now = await frame();
      taken.push(now - last);
      last = now;
      if (scrollY === before) break;
    }
    return taken.sort((a, b) => a - b);
  });
  const { traceEvents } = JSON.parse(await browser.stopTracing());
  const mains = new Set(traceEvents
    .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
    .map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(({ name, ph, pid, tid, tdur }) =>
    ph === 'X' && name.endsWith('RunTask') && tdur !== undefined && mains.has(`${pid} ${tid}`));
  assert.ok(tasks.length > frames.length, 'the trace has the tasks of the page');
  const longest = (of) => Math.round(tasks.reduce((most, task) => Math.max(most, of(task)), 0) / 1000);
  return {
    frames: frames.length,
    medianFrameMs: Math.round(frames[frames.length >> 1]),
    longestFrameMs: Math.round(frames.at(-1)),
    longestTaskMs: longest(({ dur }) => dur),
    longestTaskCpuMs: longest(({ tdur }) => tdur),
  };
}

// changeMs clicks, and returns the milliseconds from when the page got the click until what was asked for stands in
// it: rows, or this in the line that says how many there are (null: no such line).
export async function changeMs(page, click, { status }) {
  await page.evaluate((wanted) => {
    const isShown = () => (wanted === undefined
      ? document.querySelectorAll('[role="table"] a').length > 0
      : (document.querySelector('main [role="status"]')?.textContent ?? null) === wanted);
    globalThis.changed = new Promise((done) => {
      addEventListener('click', () => {
        const begun = performance.now();
        const look = () => { if (isShown()) done(performance.now() - begun); else requestAnimationFrame(look); };
        requestAnimationFrame(look);
      }, { capture: true, once: true });
    });
  }, status);
  await click();
  return Math.round(await page.evaluate(() => globalThis.changed));
}
