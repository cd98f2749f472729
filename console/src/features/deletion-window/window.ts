// SPDX-License-Identifier: Apache-2.0
// When something may be deleted: a certificate 1 to 30 days from now, an authority 7 to 30. The
// server allows a minute at either end for a clock that differs.

export type Deletable = 'certificate' | 'authority';

const DAY_MS = 86_400_000;
const LEAST_DAYS: Record<Deletable, number> = { certificate: 1, authority: 7 };
export const MOST_DAYS = 30;

export interface AllowedWindow {
  earliest: Date;
  latest: Date;
  usual: Date;
}

export function allowedWindow(kind: Deletable, now: Date): AllowedWindow {
  const after = (days: number): Date => new Date(now.getTime() + days * DAY_MS);
  return { earliest: after(LEAST_DAYS[kind]), latest: after(MOST_DAYS), usual: after(MOST_DAYS) };
}

// momentOfDay brings a day that the person chose into the window: the days at its ends are allowed for a
// part only, and choosing them means as much of them as is allowed.
export function momentOfDay(kind: Deletable, day: Date, now: Date): Date | null {
  const { earliest, latest } = allowedWindow(kind, now);
  const dayStart = new Date(day.getFullYear(), day.getMonth(), day.getDate());
  const dayEnd = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1);
  if (dayEnd <= earliest || dayStart > latest) return null;
  // The time of day stays what it is now, moved inside.
  const wanted = new Date(dayStart);
  wanted.setHours(now.getHours(), now.getMinutes(), now.getSeconds(), 0);
  if (wanted < earliest) return earliest;
  if (wanted > latest) return latest;
  return wanted;
}

// sameName compares exactly: the point of typing it is to have read it.
export function sameName(typed: string, name: string): boolean {
  return typed.trim() === name && name !== '';
}
