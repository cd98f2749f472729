// SPDX-License-Identifier: Apache-2.0
// What a listener could serve. The server searches: there may be ten thousand.
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { getCertificate, listInventory } from '../../api/certificates';
import { serverNamesOf } from './draft';

export interface Servable {
  id: string;
  name: string;
  names: string[];
  until: string | undefined;
}

// More than this is not shown at once; who looks for one types a part of its name.
export const SHOWN = 50;
// The root of the tenancy is searched together with its compartments, and what is theirs is left out.
const READ = 200;

export function useServable(compartmentId: string, search: string) {
  return useQuery({
    queryKey: ['inventory', 'servable', compartmentId, search],
    queryFn: async ({ signal }): Promise<Servable[]> => {
      const { body } = await listInventory(
        { compartmentId, search, sort: 'name', limit: READ },
        signal,
      );
      return body.items
        .filter((it) => it.compartmentId === compartmentId && it.lifecycleState === 'ACTIVE')
        .slice(0, SHOWN)
        .map(({ id, name, subjectAlternativeNames: names, timeOfExpiry: until }) => ({
          ...{ id, name, names, until },
        }));
    },
    enabled: compartmentId !== '',
    placeholderData: keepPreviousData,
  });
}

// useChosen: the one that was picked, wherever it is and whatever is searched for now.
export function useChosen(id: string) {
  return useQuery({
    queryKey: ['certificate', id, 'servable'],
    queryFn: async ({ signal }): Promise<Servable> => {
      const { body } = await getCertificate(id, signal);
      const { currentVersion, subject, name } = body;
      const names = serverNamesOf({
        ...(subject === undefined ? {} : { subject }),
        ...(currentVersion === undefined ? {} : { currentVersionSummary: currentVersion }),
      });
      return { id, name, names, until: currentVersion?.validity?.timeOfValidityNotAfter };
    },
    enabled: id !== '',
    retry: false,
    staleTime: 60_000,
  });
}
