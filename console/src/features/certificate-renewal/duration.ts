// SPDX-License-Identifier: Apache-2.0
// ISO 8601 durations as the API writes them: whole weeks, days, hours, minutes and seconds. Years
// and months have no fixed length and are refused there too.

const UNITS = [
  { unit: 'days', word: 'day', seconds: 86_400 },
  { unit: 'hours', word: 'hour', seconds: 3_600 },
  { unit: 'minutes', word: 'minute', seconds: 60 },
  { unit: 'seconds', word: 'second', seconds: 1 },
] as const;

export type DurationUnit = (typeof UNITS)[number]['unit'];
export const durationUnits: DurationUnit[] = UNITS.map((entry) => entry.unit);

export const DAY = 86_400;

// parseDuration returns whole seconds, or null when the text is not such a duration.
export function parseDuration(text: string): number | null {
  const match =
    /^P(?=[\dT])(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/.exec(
      text.trim(),
    );
  if (match === null) return null;
  const part = (index: number): number => Number(match[index] ?? '0');
  return part(1) * 7 * DAY + part(2) * DAY + part(3) * 3_600 + part(4) * 60 + part(5);
}

// formatDuration writes seconds as the API expects them: P80D, PT110S, P1DT12H.
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const days = Math.floor(whole / DAY);
  const rest = whole % DAY;
  const clock: [number, string][] = [
    [Math.floor(rest / 3_600), 'H'],
    [Math.floor((rest % 3_600) / 60), 'M'],
    [rest % 60, 'S'],
  ];
  const time = clock.map(([value, letter]) => (value > 0 ? `${value}${letter}` : '')).join('');
  if (days === 0 && time === '') return 'PT0S';
  return `P${days > 0 ? `${days}D` : ''}${time === '' ? '' : `T${time}`}`;
}

// durationInWords: "80 days", "1 day 12 hours", "110 seconds". Short lives are told in seconds up to
// two minutes, as the rules of a demonstration are.
export function durationInWords(seconds: number): string {
  // A second's difference to "90 days" is noise, and so are hours beside a year.
  const grain = seconds > 180 * DAY ? DAY : seconds > 2 * DAY ? 3_600 : 1;
  let rest = Math.max(0, Math.round(seconds / grain) * grain);
  if (rest < 120) return counted(rest, 'second');
  const words: string[] = [];
  for (const { word, seconds: length } of UNITS) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) words.push(counted(count, word));
    if (words.length === 2) break;
  }
  return words.join(' ');
}

export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : plural}`;
}

// splitDuration finds the largest unit that holds the seconds exactly, for a number beside a unit.
export function splitDuration(seconds: number): { value: number; unit: DurationUnit } {
  for (const { unit, seconds: length } of UNITS) {
    if (seconds > 0 && seconds % length === 0) return { value: seconds / length, unit };
  }
  return { value: Math.max(0, seconds), unit: seconds === 0 ? 'days' : 'seconds' };
}

export function joinDuration(value: number, unit: DurationUnit): number {
  const found = UNITS.find((entry) => entry.unit === unit);
  return Math.round(value * (found?.seconds ?? 1));
}
