// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { type List, readBackwards, type Slice } from './backwards';

const PAGE = 100;

// A server that has these moments on record, and counts how often it is asked.
function serverOf(moments: number[]) {
  const asked = { times: 0 };
  const list: List<number> = (startTime, endTime, page) => {
    asked.times += 1;
    const [from, until] = [Date.parse(startTime), Date.parse(endTime)];
    const all = moments.filter((at) => at >= from && at < until);
    const first = Number(page ?? 0);
    const rest = first + PAGE < all.length ? String(first + PAGE) : undefined;
    return Promise.resolve({ body: all.slice(first, first + PAGE), nextPage: rest });
  };
  return { list, asked };
}

async function allOf(list: List<number>, start: number, end: number): Promise<number[]> {
  const found: number[] = [];
  let before: number | undefined = end;
  while (before !== undefined) {
    const slice: Slice<number> = await readBackwards(list, { start, end: before });
    found.push(...slice.events);
    ({ before } = slice);
  }
  return found;
}

const DAY = 86_400_000;

it('tells all of a quiet day, newest first, in a few calls', async () => {
  const moments = [10, 5_000_000, DAY - 1];
  const { list, asked } = serverOf(moments);
  expect(await readBackwards(list, { start: 0, end: DAY })).toEqual({
    events: [DAY - 1, 5_000_000, 10],
    before: undefined,
  });
  expect(asked.times).toBeLessThan(5);
});

it('begins with the newest of ten thousand', async () => {
  const moments = Array.from({ length: 10_000 }, (_, n) => n * 1000);
  const { list, asked } = serverOf(moments);
  const { events, before } = await readBackwards(list, { start: 0, end: DAY });
  expect(events[0]).toBe(9_999_000);
  expect(before).toBeGreaterThan(0);
  expect(asked.times).toBeLessThan(25);
});

it('leaves none out, and tells none twice, also where many are of one moment', async () => {
  const moments = [...Array.from({ length: 250 }, () => 70_000), 70_001, 80_000, 500_000];
  const { list } = serverOf(moments);
  expect(await allOf(list, 0, DAY)).toEqual([...moments].reverse());
});
