// SPDX-License-Identifier: Apache-2.0
// Moments in words. Everything here is pure; which zone was chosen is zone.ts's to know.
import type { Zone } from './zone';

const DAY = 86_400;
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * DAY],
  ['month', 30 * DAY],
  ['day', DAY],
  ['hour', 3_600],
  ['minute', 60],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

// relativeTime: "in 23 days", "2 hours ago"; months only from 90 days on, since a certificate's days
// are counted. Months and years are the nearest, what is counted is what has passed or remains in full.
export function relativeTime(moment: Date, now: Date): string {
  const seconds = (moment.getTime() - now.getTime()) / 1000;
  const size = Math.abs(seconds);
  for (const [unit, length] of STEPS) {
    const least = unit === 'month' ? 90 * DAY : length;
    if (size < least) continue;
    const near = unit === 'year' || unit === 'month';
    return relative.format((near ? Math.round : Math.trunc)(seconds / length), unit);
  }
  return size < 5 ? 'now' : relative.format(Math.trunc(seconds), 'second');
}

// Formats are made once: making one costs more than using it a thousand times.
function both(options: Intl.DateTimeFormatOptions): Record<Zone, Intl.DateTimeFormat> {
  return {
    local: new Intl.DateTimeFormat('en-GB', options),
    utc: new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }),
  };
}
const exactly = both({ dateStyle: 'medium', timeStyle: 'long' });
const daily = both({ dateStyle: 'medium' });
const byMinute = both({
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
});

// exactTime: "12 Jul 2026, 10:00:00 UTC".
export function exactTime(moment: Date, zone: Zone): string {
  return exactly[zone].format(moment);
}

// hintOf is what a date says when it is pointed at: the chosen zone first, the other below it.
export function hintOf(moment: Date, zone: Zone): string {
  const lines = [exactTime(moment, zone), exactTime(moment, zone === 'utc' ? 'local' : 'utc')];
  return [...new Set(lines)].join('\n');
}

// dayOf: "12 Jul 2026".
export function dayOf(moment: Date, zone: Zone): string {
  return daily[zone].format(moment);
}

// datesInWords tells the times that stand in a sentence of the server's, which speaks UTC, by the
// chosen clock: "2026-12-28 10:39 UTC" is "28 Dec 2026, 11:39 CET".
export function datesInWords(text: string, zone: Zone): string {
  return text.replaceAll(
    /(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?(?:\.\d+)?(?: UTC|Z)/g,
    (all, day: string, minute: string, second: string | undefined) => {
      const moment = new Date(`${day}T${minute}${second ?? ':00'}Z`);
      return Number.isNaN(moment.getTime()) ? all : byMinute[zone].format(moment);
    },
  );
}
