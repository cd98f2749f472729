// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { allowedWindow, momentOfDay, sameName } from './window';

const now = new Date(2026, 4, 10, 15, 30, 0);
const day = (n: number): Date => new Date(2026, 4, 10 + n);

describe('the window of a deletion', () => {
  it('is 1 to 30 days for a certificate, 7 to 30 for an authority', () => {
    expect(allowedWindow('certificate', now).earliest).toEqual(new Date(2026, 4, 11, 15, 30));
    expect(allowedWindow('authority', now).earliest).toEqual(new Date(2026, 4, 17, 15, 30));
    expect(allowedWindow('authority', now).latest).toEqual(new Date(2026, 5, 9, 15, 30));
  });

  it('takes each day inside, and only those', () => {
    expect(momentOfDay('certificate', day(0), now)).toBeNull();
    expect(momentOfDay('certificate', day(1), now)).toEqual(new Date(2026, 4, 11, 15, 30));
    expect(momentOfDay('certificate', day(30), now)).toEqual(new Date(2026, 5, 9, 15, 30));
    expect(momentOfDay('certificate', day(31), now)).toBeNull();
    expect(momentOfDay('authority', day(6), now)).toBeNull();
  });

  it('never leaves the window', () => {
    for (let n = -2; n < 40; ++n) {
      const moment = momentOfDay('authority', day(n), now);
      if (moment === null) continue;
      const { earliest, latest } = allowedWindow('authority', now);
      expect(moment >= earliest && moment <= latest).toBe(true);
    }
  });

  it('asks for the very name', () => {
    expect(sameName('shop', 'shop')).toBe(true);
    expect(sameName(' shop ', 'shop')).toBe(true);
    expect(sameName('Shop', 'shop')).toBe(false);
    expect(sameName('', '')).toBe(false);
  });
});
