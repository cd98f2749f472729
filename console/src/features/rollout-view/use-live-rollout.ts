// SPDX-License-Identifier: Apache-2.0
// One rollout, followed by a parked call while it is live and the tab is in sight.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { getRollout } from '../../api/certificates';
import { isLive } from './story';

const WAIT_SECONDS = 20;
const PAUSE_MS = 3_000;
// All tabs hold at most two parked calls, since a browser gives one origin six connections.
const PLACES = ['perennial-parked-1', 'perennial-parked-2'];

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

// withPlace runs `act` holding one of the places; without a free one it says so at once.
async function withPlace(act: () => Promise<void>): Promise<boolean> {
  for (const place of PLACES) {
    const ran = await navigator.locks.request(place, { ifAvailable: true }, async (lock) => {
      if (lock === null) return false;
      await act();
      return true;
    });
    if (ran) return true;
  }
  return false;
}

export function useLiveRollout(id: string | undefined) {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ['rollout', id],
    queryFn: ({ signal }) => getRollout(id ?? '', undefined, signal),
    enabled: id !== undefined,
  });
  const live = query.data !== undefined && isLive(query.data);
  const failing = query.isError;

  useEffect(() => {
    if (id === undefined || !live || failing) return;
    const stop = new AbortController();
    const { signal } = stop;
    const key = ['rollout', id];
    const follow = async (): Promise<void> => {
      while (!signal.aborted) {
        if (document.hidden) {
          await pause(PAUSE_MS, signal);
          continue;
        }
        try {
          const after = queries.getQueryData<{ position: number }>(key)?.position ?? 0;
          const parked = await withPlace(async () => {
            const hidden = new AbortController();
            const leave = (): void => hidden.abort();
            document.addEventListener('visibilitychange', leave, { once: true });
            try {
              const both = AbortSignal.any([signal, hidden.signal]);
              const next = await getRollout(id, { after, waitSeconds: WAIT_SECONDS }, both);
              queries.setQueryData(key, next);
              if (!isLive(next)) void queries.invalidateQueries({ queryKey: ['certificate'] });
            } finally {
              document.removeEventListener('visibilitychange', leave);
            }
          });
          // Two others are parked: a short question now and then is enough.
          if (!parked) {
            queries.setQueryData(key, await getRollout(id, undefined, signal));
            await pause(PAUSE_MS, signal);
          }
        } catch {
          await pause(PAUSE_MS, signal);
        }
      }
    };
    void follow();
    return () => stop.abort();
  }, [id, live, failing, queries]);
  return query;
}
