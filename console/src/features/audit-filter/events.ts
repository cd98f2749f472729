// SPDX-License-Identifier: Apache-2.0
// The events of a window, the newest first, page after page.
import { useInfiniteQuery } from '@tanstack/react-query';

import { listEvents } from '../../api/audit';
import { type View, windowOf } from './filter';

const OUTCOMES = { '': undefined, done: 'ALLOWED', refused: 'REFUSED' } as const;

export function useEvents(compartmentId: string, view: View) {
  return useInfiniteQuery({
    queryKey: ['audit', compartmentId, view.hours, view.from, view.until, view.outcome],
    enabled: compartmentId !== '',
    retry: false,
    initialPageParam: undefined as { page: string; startTime: string; endTime: string } | undefined,
    queryFn: async ({ pageParam, signal }) => {
      // All pages are of the window that the first one was read in.
      const { page, ...window } = pageParam ?? { page: undefined, ...windowOf(view, new Date()) };
      // A refusal may be one among ten thousand events, so the server looks for it.
      const outcome = OUTCOMES[view.outcome];
      const answer = await listEvents(
        { compartmentId, ...window, page, outcome, sortOrder: 'DESC' },
        signal,
      );
      const next = answer.nextPage;
      return { events: answer.body, next: next === undefined ? undefined : { page: next, ...window } };
    },
    getNextPageParam: (last) => last.next,
  });
}
