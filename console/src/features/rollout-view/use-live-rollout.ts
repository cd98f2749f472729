// SPDX-License-Identifier: Apache-2.0
// One rollout, followed while it is live and the tab is in sight.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { followRollout, getRollout, type Rollout } from '../../api/certificates';
import { isLive } from './story';

// Should nothing be heard for longer than a parked call lasts, the tab asks for itself.
const SILENCE_MS = 30_000;

export function useLiveRollout(id: string | undefined) {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ['rollout', id],
    queryFn: ({ signal }) => getRollout(id ?? '', signal),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => {
      if (state.data === undefined || !isLive(state.data)) return false;
      return Math.max(5_000, state.dataUpdatedAt + SILENCE_MS - Date.now());
    },
  });
  const live = query.data !== undefined && isLive(query.data);

  useEffect(() => {
    if (id === undefined || !live) return;
    const key = ['rollout', id];
    const known = (): Rollout | undefined => queries.getQueryData<Rollout>(key);
    return followRollout(
      id,
      () => known()?.position ?? 0,
      (next, updatedAt) => {
        if (next.position < (known()?.position ?? 0)) return;
        queries.setQueryData(key, next, { updatedAt });
        if (isLive(next)) return;
        // Out of sight it waits until somebody looks.
        const refetchType = document.hidden ? 'none' : 'active';
        void queries.invalidateQueries({ queryKey: ['certificate'], refetchType });
      },
    );
  }, [id, live, queries]);
  return query;
}
