// SPDX-License-Identifier: Apache-2.0
// Whether the machine slept: nothing says so, but the clock has gone on and the page has not.

const TICK_MS = 2_000;
// A busy machine, or a page out of sight, is late by less.
const SLEPT_MS = 15_000;

const listeners = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

function watch(): void {
  let last = Date.now();
  ticking = setInterval(() => {
    const now = Date.now();
    const slept = now - last > TICK_MS + SLEPT_MS;
    last = now;
    if (slept && !document.hidden) for (const listener of listeners) listener();
  }, TICK_MS);
}

// onWake calls the listener soon after this page runs again. A page that is not in sight has no need
// to: when it is looked at again, it asks anew anyway.
export function onWake(listener: () => void): () => void {
  listeners.add(listener);
  if (ticking === undefined) watch();
  return () => listeners.delete(listener);
}
