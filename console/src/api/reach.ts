// SPDX-License-Identifier: Apache-2.0
// Whether the server was there the last time anything asked.

export interface Reach {
  reachable: boolean;
  // When it last answered; of this page's life.
  lastAnswer: Date | undefined;
}

let state: Reach = { reachable: true, lastAnswer: undefined };
const listeners = new Set<() => void>();

function set(next: Reach): void {
  const told = next.reachable !== state.reachable;
  state = next;
  if (told) for (const listener of listeners) listener();
}

export function reportReached(): void {
  set({ reachable: true, lastAnswer: new Date() });
}
export function reportUnreached(): void {
  set({ reachable: false, lastAnswer: state.lastAnswer });
}
export function currentReach(): Reach {
  return state;
}
export function subscribeReach(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
