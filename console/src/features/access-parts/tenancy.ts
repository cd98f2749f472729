// SPDX-License-Identifier: Apache-2.0
// Where the person is: the session, the tenancy, and the compartments that may be looked into.
import { useQuery } from '@tanstack/react-query';

import { getMySession, listCompartments, type Session } from '../../api/access';

export function useOwnSession() {
  return useQuery({
    queryKey: ['access', 'session'],
    queryFn: ({ signal }) => getMySession(signal),
    staleTime: 60_000,
  });
}

export interface Place {
  id: string;
  name: string;
}

// usePlaces: the tenancy first, then its compartments by name. Somebody who may not list them still
// has the tenancy to try.
export function usePlaces(): { session: Session | undefined; places: Place[]; error: unknown } {
  const session = useOwnSession();
  const tenancyId = session.data?.tenancyId;
  const compartments = useQuery({
    queryKey: ['access', 'compartments', tenancyId],
    queryFn: ({ signal }) => listCompartments(tenancyId ?? '', signal),
    enabled: tenancyId !== undefined,
    staleTime: 60_000,
    retry: false,
  });
  if (session.data === undefined) {
    return { session: undefined, places: [], error: session.error ?? undefined };
  }
  const rest = (compartments.data ?? [])
    .map(({ id, name }) => ({ id, name }))
    .sort((a, b) => a.name.localeCompare(b.name));
  const root = { id: session.data.tenancyId, name: `${session.data.tenancyName} (tenancy)` };
  return { session: session.data, places: [root, ...rest], error: undefined };
}
