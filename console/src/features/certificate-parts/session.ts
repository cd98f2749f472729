// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query';

import { listAuthorities, ownSession } from '../../api/certificates';

// Who is signed in, and the tenancy that new things go to.
export function useOwnSession() {
  return useQuery({
    queryKey: ['sessions', 'me'],
    queryFn: ({ signal }) => ownSession(signal),
    staleTime: 60_000,
  });
}

export function useAuthorities() {
  return useQuery({
    queryKey: ['authorities'],
    queryFn: ({ signal }) => listAuthorities(signal),
  });
}
