// SPDX-License-Identifier: Apache-2.0
// Whose clock dates are told by: the reader's own, or UTC, which is the same for everybody. Kept in this
// browser, for all of its tabs.
import { useSyncExternalStore } from 'react';

export type Zone = 'local' | 'utc';

const KEPT = 'perennial.zone';
const listeners = new Set<() => void>();

function read(): Zone {
  try {
    return localStorage.getItem(KEPT) === 'utc' ? 'utc' : 'local';
  } catch {
    return 'local'; // Where nothing may be kept, and in tests without a browser.
  }
}

let chosen: Zone | undefined;

export function currentZone(): Zone {
  chosen ??= read();
  return chosen;
}

export function chooseZone(zone: Zone): void {
  chosen = zone;
  try {
    localStorage.setItem(KEPT, zone);
  } catch {
    // It holds for this tab then.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  const elsewhere = ({ key }: StorageEvent): void => {
    if (key !== KEPT) return;
    chosen = read();
    listener();
  };
  listeners.add(listener);
  window.addEventListener('storage', elsewhere);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', elsewhere);
  };
}

export function useZone(): Zone {
  return useSyncExternalStore(subscribe, currentZone);
}
