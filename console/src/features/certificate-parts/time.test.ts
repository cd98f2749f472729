// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { datesInWords, dayOf, exactTime, hintOf, relativeTime } from './time';

const now = new Date('2026-06-01T12:00:00Z');
const in_ = (seconds: number): string => relativeTime(new Date(now.getTime() + seconds * 1000), now);

it('counts the days of a certificate in days', () => {
  expect(in_(51 * 86_400)).toBe('in 51 days');
  expect(in_(89.9 * 86_400)).toBe('in 89 days');
  expect(in_(400 * 86_400)).toBe('next year');
  expect(in_(120 * 86_400)).toBe('in 4 months');
});

it('tells the nearest year, not the last one that is full', () => {
  expect(in_((10 * 365 - 3) * 86_400)).toBe('in 10 years');
});

it('tells a short time shortly', () => {
  expect(in_(1)).toBe('now');
  expect(in_(-30)).toBe('30 seconds ago');
  expect(in_(-7200)).toBe('2 hours ago');
});

// The tests run in the zone of scripts/test_setup.ts, nine hours before UTC.
const evening = new Date('2026-06-01T20:30:00Z');

it('tells a day by the chosen clock', () => {
  expect(dayOf(evening, 'utc')).toBe('1 Jun 2026');
  expect(dayOf(evening, 'local')).toBe('2 Jun 2026');
  expect(exactTime(evening, 'utc')).toBe('1 Jun 2026, 20:30:00 UTC');
  expect(exactTime(evening, 'local')).toBe('2 Jun 2026, 05:30:00 GMT+9');
});

it('hints at both clocks, the chosen one first', () => {
  expect(hintOf(evening, 'utc').split('\n')).toEqual([
    '1 Jun 2026, 20:30:00 UTC',
    '2 Jun 2026, 05:30:00 GMT+9',
  ]);
  expect(hintOf(evening, 'local').split('\n')[0]).toBe('2 Jun 2026, 05:30:00 GMT+9');
});

it('tells the times in a sentence by the chosen clock', () => {
  const said = 'The next renewal is shop, 2026-06-01 20:30 UTC.';
  expect(datesInWords(said, 'utc')).toBe('The next renewal is shop, 1 Jun 2026, 20:30 UTC.');
  expect(datesInWords(said, 'local')).toBe('The next renewal is shop, 2 Jun 2026, 05:30 GMT+9.');
  expect(datesInWords('since 2026-06-01T20:30:00.123Z', 'utc')).toBe('since 1 Jun 2026, 20:30 UTC');
  expect(datesInWords('version 2026-06-01 of it, 2026-99-99 10:00 UTC', 'utc')).toBe(
    'version 2026-06-01 of it, 2026-99-99 10:00 UTC',
  );
});
