// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import {
  DAY,
  durationInWords,
  formatDuration,
  joinDuration,
  parseDuration,
  splitDuration,
} from './duration';
import { checkRule, previewRenewals, suggestRule } from './preview';

const start = new Date('2026-01-01T00:00:00Z');
const dayOf = (date: Date): number => (date.getTime() - start.getTime()) / 1000 / DAY;

describe('durations', () => {
  it('reads what the API writes', () => {
    expect(parseDuration('P80D')).toBe(80 * DAY);
    expect(parseDuration('PT110S')).toBe(110);
    expect(parseDuration('P1DT12H30M')).toBe(DAY + 12.5 * 3600);
    expect(parseDuration('P2W')).toBe(14 * DAY);
  });

  it('refuses what has no fixed length or is not a duration', () => {
    for (const text of ['P1Y', 'P1M', 'P', 'PT', 'P1DT', '80', 'P-1D', 'p80d', 'P1.5D', '']) {
      expect(parseDuration(text), text).toBeNull();
    }
  });

  it('writes what it reads', () => {
    for (const text of ['P80D', 'PT1M50S', 'P1DT12H', 'PT20S']) {
      expect(formatDuration(parseDuration(text) ?? -1)).toBe(text);
    }
    expect(formatDuration(0)).toBe('PT0S');
  });

  it('speaks in words', () => {
    expect(durationInWords(80 * DAY)).toBe('80 days');
    expect(durationInWords(DAY)).toBe('1 day');
    expect(durationInWords(110)).toBe('110 seconds');
    expect(durationInWords(1.5 * DAY)).toBe('1 day 12 hours');
    expect(durationInWords(90 * DAY - 1)).toBe('90 days');
    expect(durationInWords(75.5 * DAY)).toBe('75 days 12 hours');
    expect(durationInWords(1734.9 * DAY)).toBe('1,735 days');
  });

  it('splits into the largest exact unit, and back', () => {
    expect(splitDuration(80 * DAY)).toEqual({ value: 80, unit: 'days' });
    expect(splitDuration(110)).toEqual({ value: 110, unit: 'seconds' });
    expect(splitDuration(7200)).toEqual({ value: 2, unit: 'hours' });
    expect(splitDuration(0)).toEqual({ value: 0, unit: 'days' });
    expect(joinDuration(80, 'days')).toBe(80 * DAY);
  });
});

describe('the preview of renewals', () => {
  it('agrees with the worked example: 90 days, P80D, P20D is day 51 to 60', () => {
    const rule = { intervalSeconds: 80 * DAY, advanceSeconds: 20 * DAY };
    const preview = previewRenewals(start, 90 * DAY, rule);
    expect(preview.renewals).toHaveLength(3);
    expect(dayOf(preview.renewals[0]!.from)).toBe(51);
    expect(dayOf(preview.renewals[0]!.to)).toBe(60);
    expect(dayOf(preview.renewals[2]!.to)).toBe(180);
    expect(preview.notAfter.toISOString()).toBe('2026-03-31T23:59:59.000Z');
    expect(preview.marginSeconds).toBe(30 * DAY);
  });

  it('agrees with the year: P335D, P30D is day 268.5 to 305', () => {
    const rule = { intervalSeconds: 335 * DAY, advanceSeconds: 30 * DAY };
    const preview = previewRenewals(start, 365 * DAY, rule);
    expect(dayOf(preview.renewals[0]!.from)).toBe(268.5);
    expect(dayOf(preview.renewals[0]!.to)).toBe(305);
  });

  it('agrees with the demonstration: 200 s, PT110S, PT20S is second 70 to 90', () => {
    const preview = previewRenewals(start, 200, { intervalSeconds: 110, advanceSeconds: 20 });
    expect(dayOf(preview.renewals[0]!.from) * DAY).toBeCloseTo(70, 3);
    expect(dayOf(preview.renewals[0]!.to) * DAY).toBeCloseTo(90, 3);
  });

  it('lowers an advance period that is longer than half the interval', () => {
    const rule = { intervalSeconds: 40 * DAY, advanceSeconds: 35 * DAY };
    expect(dayOf(previewRenewals(start, 90 * DAY, rule).renewals[0]!.to)).toBe(20);
  });

  it('has no renewals without a rule', () => {
    expect(previewRenewals(start, 90 * DAY, null).renewals).toEqual([]);
  });
});

describe('the check of a rule', () => {
  it('suggests rules that pass', () => {
    for (const life of [200, 3600, 2 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY, 3650 * DAY]) {
      expect(checkRule(suggestRule(life), life), String(life)).toBeNull();
    }
    expect(suggestRule(90 * DAY)).toEqual({ intervalSeconds: 75 * DAY, advanceSeconds: 15 * DAY });
  });

  it('stops a rule that would let the certificate expire, naming the bound', () => {
    const refused = checkRule({ intervalSeconds: 90 * DAY, advanceSeconds: 0 }, 90 * DAY);
    expect(refused?.field).toBe('renewalInterval');
    expect(refused?.text).toContain('at most 89 days');
    expect(checkRule({ intervalSeconds: 89 * DAY, advanceSeconds: 0 }, 90 * DAY)).toBeNull();
  });
});
