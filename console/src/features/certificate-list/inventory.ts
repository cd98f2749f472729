// SPDX-License-Identifier: Apache-2.0
// The inventory as one long list: pages by cursor, read as the person scrolls.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';

import {
  type InventoryFilter,
  type InventoryItem,
  type InventorySort,
  listInventory,
} from '../../api/certificates';

export interface View {
  filter: InventoryFilter | undefined;
  search: string;
  sort: InventorySort;
}

const FILTERS: InventoryFilter[] = ['needsYou', 'expiring', 'unproved', 'unused'];
const SORTS: InventorySort[] = ['expiry', 'name', 'next', 'risk'];

// The view stands in the address, so that it can be linked to; what is not known there is ignored.
export function viewOf(parameters: URLSearchParams): View {
  return {
    filter: FILTERS.find((known) => known === parameters.get('filter')),
    search: parameters.get('search') ?? '',
    sort: SORTS.find((known) => known === parameters.get('sort')) ?? 'risk',
  };
}

export function parametersOf(view: View): Record<string, string> {
  return {
    ...(view.filter === undefined ? {} : { filter: view.filter }),
    ...(view.search === '' ? {} : { search: view.search }),
    ...(view.sort === 'risk' ? {} : { sort: view.sort }),
  };
}

// The first page is short, so that something is there at once; who scrolls gets long ones, since each costs the
// server a look at every certificate.
const FIRST = 100;
const FURTHER = 1000;

export function useInventory(view: View) {
  const query = useInfiniteQuery({
    queryKey: ['inventory', view],
    queryFn: ({ pageParam, signal }) =>
      listInventory(
        {
          filter: view.filter,
          search: view.search === '' ? undefined : view.search,
          sort: view.sort,
          limit: pageParam === undefined ? FIRST : FURTHER,
          page: pageParam,
        },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextPage ?? undefined,
    placeholderData: keepPreviousData,
    // Comparing ten thousand rows with themselves at each page is a stall that somebody feels.
    structuralSharing: false,
  });
  return query;
}

// everything reads the whole view, page after page, for an export.
export async function everything(
  view: View,
  progress: (count: number, total: number) => void,
): Promise<InventoryItem[]> {
  const found: InventoryItem[] = [];
  let page: string | undefined;
  do {
    const answer = await listInventory({
      filter: view.filter,
      search: view.search === '' ? undefined : view.search,
      sort: view.sort,
      limit: 1000,
      page,
    });
    found.push(...answer.body.items);
    progress(found.length, answer.body.total);
    page = answer.nextPage ?? undefined;
  } while (page !== undefined);
  return found;
}
