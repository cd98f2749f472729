// SPDX-License-Identifier: Apache-2.0

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

// relativeTime: "in 23 days", "2 hours ago"; months only from 90 days on, since a certificate's days
// are counted.
export function relativeTime(moment: Date, now: Date): string {
  const seconds = (moment.getTime() - now.getTime()) / 1000;
  const size = Math.abs(seconds);
  for (const [unit, length] of STEPS) {
    const least = unit === 'month' ? 90 * 86_400 : length;
    if (size >= least) return relative.format(Math.trunc(seconds / length), unit);
  }
  return size < 5 ? 'now' : relative.format(Math.trunc(seconds), 'second');
}

// Formats are made once: making one costs more than using it a thousand times.
const exact = { dateStyle: 'medium', timeStyle: 'long' } as const;
const exactly = {
  local: new Intl.DateTimeFormat('en-GB', exact),
  utc: new Intl.DateTimeFormat('en-GB', { ...exact, timeZone: 'UTC' }),
};
const daily = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

export function exactTime(moment: Date, zone: 'utc' | 'local'): string {
  return exactly[zone].format(moment);
}

export function dayOf(moment: Date): string {
  return daily.format(moment);
}
