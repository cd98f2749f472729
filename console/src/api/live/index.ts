// SPDX-License-Identifier: Apache-2.0
// This tab's part in following what changes: bound to its session, and to whether it is in sight.
import { send } from '../send';
import { sessionState, subscribeSession } from '../session';
import { onWake } from '../wake';
import { Live, type News } from './live';

export type { News } from './live';

function makeLive(): Live {
  const live = new Live({
    tab: crypto.randomUUID(),
    locks: navigator.locks,
    openChannel: (name) => new BroadcastChannel(name),
    ask: async (path, park, signal) =>
      (await send<News>({ method: 'GET', path, query: { ...park }, signal })).body,
  });
  const bind = (): void => {
    const state = sessionState();
    live.bind(state.kind === 'live' ? state.person.sessionId : undefined);
  };
  const look = (): void => live.show(!document.hidden);
  const leave = (): void => live.show(false);
  subscribeSession(bind);
  document.addEventListener('visibilitychange', look);
  // A page that is frozen, or kept for going back, may not be told that it is hidden.
  document.addEventListener('freeze', leave);
  document.addEventListener('resume', look);
  addEventListener('pagehide', leave);
  addEventListener('pageshow', look);
  onWake(() => live.wake());
  look();
  bind();
  return live;
}

let made: Live | undefined;

// follow: see Live. Of use where what GET answers has a position and takes `after` and `waitSeconds`.
export function follow<T extends News>(
  path: string,
  position: () => number,
  hear: (body: T, at: number) => void,
): () => void {
  made ??= makeLive();
  return made.follow(path, position, (body, at) => hear(body as T, at));
}
