// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { relativeTime } from './time';

const now = new Date('2026-06-01T12:00:00Z');
const in_ = (seconds: number): string => relativeTime(new Date(now.getTime() + seconds * 1000), now);

it('counts the days of a certificate in days', () => {
  expect(in_(51 * 86_400)).toBe('in 51 days');
  expect(in_(400 * 86_400)).toBe('next year');
  expect(in_(120 * 86_400)).toBe('in 4 months');
});

it('tells a short time shortly', () => {
  expect(in_(1)).toBe('now');
  expect(in_(-30)).toBe('30 seconds ago');
  expect(in_(-7200)).toBe('2 hours ago');
});
