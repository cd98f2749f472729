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

export function exactTime(moment: Date, zone: 'utc' | 'local'): string {
  return new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'long',
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  }).format(moment);
}

export function dayOf(moment: Date): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' }).format(moment);
}
