// SPDX-License-Identifier: Apache-2.0
// The newest events first, out of a list that the server tells oldest first: the window is read in slices
// from its end, each short enough to be one page where that can be.

export interface Slice<T> {
  events: T[];
  // Where the next slice ends; undefined when the whole window was read.
  before: number | undefined;
}
export type List<T> = (
  startTime: string,
  endTime: string,
  page: string | undefined,
) => Promise<{ body: T[]; nextPage: string | undefined }>;

const ENOUGH = 50;
// A slice this short is read whole, however many events it holds.
const SHORTEST_MS = 4_000;

// readBackwards returns the newest events of [start, end), at least fifty where there are so many.
export async function readBackwards<T>(
  list: List<T>,
  { start, end }: { start: number; end: number },
): Promise<Slice<T>> {
  const iso = (at: number): string => new Date(at).toISOString();
  const found: T[] = [];
  let until = end;
  let length = Math.max(SHORTEST_MS, (end - start) / 8);
  while (until > start && found.length < ENOUGH) {
    const from = Math.max(start, until - length);
    let { body, nextPage } = await list(iso(from), iso(until), undefined);
    if (nextPage !== undefined && until - from > SHORTEST_MS) {
      length = Math.max(SHORTEST_MS, (until - from) / 4);
      continue;
    }
    const slice = body;
    while (nextPage !== undefined) {
      ({ body, nextPage } = await list(iso(from), iso(until), nextPage));
      slice.push(...body);
    }
    found.push(...slice.reverse());
    until = from;
    length *= 4;
  }
  return { events: found, before: until > start ? until : undefined };
}
