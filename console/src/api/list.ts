// SPDX-License-Identifier: Apache-2.0
// Lists that come in pages, followed to their end. For lists that a person can read.
import { type Answer, type Call, send } from './send';

// readAll takes both shapes of the public API: a bare array, and items in an object.
export async function readAll<T>(
  path: string,
  query: Call['query'],
  signal?: AbortSignal,
): Promise<T[]> {
  const found: T[] = [];
  let page: string | undefined;
  do {
    const answer: Answer<T[] | { items: T[] }> = await send({
      method: 'GET',
      path,
      query: { ...query, page },
      signal,
    });
    found.push(...(Array.isArray(answer.body) ? answer.body : answer.body.items));
    page = answer.nextPage;
  } while (page !== undefined);
  return found;
}
