// SPDX-License-Identifier: Apache-2.0
// The events of a window, the newest first.
import { useInfiniteQuery } from '@tanstack/react-query';

import { listEvents } from '../../api/audit';
import { readBackwards } from './backwards';
import { type View, windowOf } from './filter';

export function useEvents(compartmentId: string, view: View) {
  return useInfiniteQuery({
    queryKey: ['audit', compartmentId, view.hours, view.from, view.until],
    enabled: compartmentId !== '',
    retry: false,
    initialPageParam: undefined as { start: number; end: number } | undefined,
    queryFn: async ({ pageParam, signal }) => {
      // All slices are of the window that the first one was read in.
      const { startTime, endTime } = windowOf(view, new Date());
      const window = pageParam ?? { start: Date.parse(startTime), end: Date.parse(endTime) };
      const { events, before } = await readBackwards(
        (from, until, page) =>
          listEvents({ compartmentId, startTime: from, endTime: until, page }, signal),
        window,
      );
      return { events, next: before === undefined ? undefined : { ...window, end: before } };
    },
    getNextPageParam: (last) => last.next,
  });
}
