// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query';

import { listAuthorities } from '../../api/certificates';

export function useAuthorities() {
  return useQuery({
    queryKey: ['authorities'],
    queryFn: ({ signal }) => listAuthorities(signal),
  });
}
