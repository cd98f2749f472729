// SPDX-License-Identifier: Apache-2.0
// The geometry of the 90-day timeline; pure, so that a test can read it.
import type { OverviewDay } from '../../api/overview';

export interface Bar {
  day: OverviewDay;
  x: number;
  renewals: number;
  expiries: number;
}
export interface Plot {
  bars: Bar[];
  months: { x: number; text: string }[];
  most: number;
}

export const WIDTH = 900;
export const UP = 92;
export const DOWN = 56;
export const STEP = 10;
export const BAR = 7;

// Heights grow with the root: one renewal is still seen beside three hundred.
function heightOf(count: number, most: number, room: number): number {
  return count === 0 ? 0 : Math.max(4, Math.sqrt(count / most) * room);
}

const monthName = new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' });

export function plot(days: readonly OverviewDay[]): Plot {
  const shown = days.slice(0, WIDTH / STEP);
  // A lone renewal is no tower.
  const most = Math.max(4, ...shown.flatMap((day) => [day.renewals, day.expiries]));
  const months: Plot['months'] = [];
  const bars = shown.map((day, index) => {
    const x = index * STEP;
    if (index > 4 && day.date.endsWith('-01')) {
      months.push({ x, text: monthName.format(new Date(day.date)) });
    }
    return {
      day,
      x,
      renewals: heightOf(day.renewals, most, UP - 6),
      expiries: heightOf(day.expiries, most, DOWN - 6),
    };
  });
  return { bars, months, most };
}

const dayName = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});

export function wordsOf(day: OverviewDay): string {
  const count = (n: number, word: string, many: string): string => `${n.toLocaleString('en')} ${n === 1 ? word : many}`;
  const parts = [
    ...(day.renewals > 0 ? [count(day.renewals, 'renewal', 'renewals')] : []),
    ...(day.expiries > 0 ? [count(day.expiries, 'expiry', 'expiries')] : []),
  ];
  return `${dayName.format(new Date(day.date))}: ${parts.length === 0 ? 'nothing' : parts.join(', ')}`;
}
