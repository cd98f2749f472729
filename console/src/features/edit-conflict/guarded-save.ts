// SPDX-License-Identifier: Apache-2.0
// Saving what somebody else may have changed meanwhile: nothing of theirs is overwritten unless a person
// says so. Pure, but for the calls that it is given.
import { failureOf } from '../certificate-parts/failure';

// A value as it was at one etag. The etag may be of something larger, as a listener's is its load
// balancer's: then it moves although the value does not.
export interface Seen<T> {
  etag: string | undefined;
  value: T;
}

export interface Guard<T, R> {
  read: () => Promise<Seen<T>>;
  // `base` is what the person has seen: whatever the window does not show is to stay as it is there.
  write: (ifMatch: string | undefined, base: T) => Promise<R>;
  same: (now: T, then: T) => boolean;
  // Whether somebody else has already saved just what is to be saved.
  wanted: (now: T) => boolean;
}

export type Outcome<T, R> = { saved: true; result: R } | { saved: false; theirs: Seen<T> };

// An etag of something larger may move again while we look: its own work is being done.
const TRIES = 5;

// saveGuarded writes against what was seen. Where the server refuses that, it looks: if only something
// around the value has changed, it writes again; if the value has, it hands back theirs, and nothing is
// written. It throws what is refused for any other reason.
export async function saveGuarded<T, R>(seen: Seen<T>, guard: Guard<T, R>): Promise<Outcome<T, R>> {
  let { etag } = seen;
  for (let left = TRIES; ; --left) {
    try {
      return { saved: true, result: await guard.write(etag, seen.value) };
    } catch (error) {
      // Certificates answer 409 where load balancers answer 412.
      const { status } = failureOf(error);
      if ((status !== 412 && status !== 409) || left === 0) throw error;
      const now = await guard.read();
      if (now.etag === etag) throw error;
      if (!guard.same(now.value, seen.value) && !guard.wanted(now.value)) {
        return { saved: false, theirs: now };
      }
      ({ etag } = now);
    }
  }
}

// sameJson compares values of the wire, whatever the order of their members.
export function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]));
}

// What is edited is not there any more.
export class Gone extends Error {
  readonly status = 410;
  readonly code = 'Gone';
}
