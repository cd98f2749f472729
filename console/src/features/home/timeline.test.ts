// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { plot, WIDTH, wordsOf } from './timeline';

const day = (date: string, renewals: number, expiries: number) => ({ date, renewals, expiries });

describe('the timeline of 90 days', () => {
  it('shows one renewal beside three hundred', () => {
    const { bars } = plot([day('2026-11-24', 300, 0), day('2026-11-25', 1, 0)]);
    expect(bars[1]?.renewals).toBeGreaterThanOrEqual(4);
    expect(bars[0]?.renewals).toBeGreaterThan(bars[1]?.renewals ?? 0);
  });
  it('draws nothing where nothing happens', () => {
    expect(plot([day('2026-11-24', 0, 0)]).bars[0]).toMatchObject({ renewals: 0, expiries: 0 });
  });
  it('never draws beyond its width, whatever the server sends', () => {
    const days = Array.from({ length: 400 }, () => day('2026-11-24', 1, 1));
    expect(Math.max(...plot(days).bars.map((bar) => bar.x))).toBeLessThan(WIDTH);
  });
  it('says a day in words', () => {
    expect(wordsOf(day('2026-12-24', 2, 1))).toBe('Thu, Dec 24: 2 renewals, 1 expiry');
    expect(wordsOf(day('2026-12-25', 0, 0))).toBe('Fri, Dec 25: nothing');
  });
});
