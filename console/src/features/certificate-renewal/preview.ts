// SPDX-License-Identifier: Apache-2.0
// What a renewal rule will do, told before anything is made. The server's renewal_schedule decides;
// this is the same arithmetic, for looking ahead:
//
//   A'  min(A, I ÷ 2)      renewal = notBefore + I − A' − J      J < min(L ÷ 10, (I − A') ÷ 4)
//
// J spreads certificates that were made at once; it is fixed when a version is issued, so ahead of
// that only its bounds are known, and each renewal is a window.

import { DAY, durationInWords } from './duration';

export interface RenewalRule {
  intervalSeconds: number;
  advanceSeconds: number;
}

export interface RenewalWindow {
  from: Date;
  to: Date;
}

export interface RenewalPreview {
  notBefore: Date;
  notAfter: Date;
  renewals: RenewalWindow[];
  // How long the old version is still valid when its renewal is due, at the least.
  marginSeconds: number;
}

export function effectiveAdvance(rule: RenewalRule): number {
  return Math.min(rule.advanceSeconds, Math.floor(rule.intervalSeconds / 2));
}

function jitterBound(rule: RenewalRule, lifetimeSeconds: number): number {
  const span = rule.intervalSeconds - effectiveAdvance(rule);
  return Math.max(0, Math.min(Math.floor(lifetimeSeconds / 10), Math.floor(span / 4)));
}

// suggestRule is a rule that leaves a ninth of the life as room, and tries a quarter of the interval
// before its end: 80 and 20 days for a life of 90. Lives of a day or two, which only an operator's
// lower limit allows to renew, leave a quarter.
export function suggestRule(lifetimeSeconds: number): RenewalRule {
  if (lifetimeSeconds < 2 * DAY) {
    const interval = Math.max(1, Math.min(Math.floor((lifetimeSeconds * 3) / 4), DAY - 1));
    return { intervalSeconds: interval, advanceSeconds: Math.floor(interval / 5) };
  }
  const days = Math.floor(lifetimeSeconds / DAY);
  const interval = Math.max(1, days - Math.max(1, Math.ceil(days / 9)));
  return { intervalSeconds: interval * DAY, advanceSeconds: Math.floor(interval / 4) * DAY };
}

// checkRule says in words why the server will refuse the rule, or null. The server may allow
// intervals shorter than a day; that bound is left to it.
export function checkRule(
  rule: RenewalRule,
  lifetimeSeconds: number,
): { field: 'renewalInterval' | 'advanceRenewalPeriod'; text: string } | null {
  if (rule.advanceSeconds < 0) {
    return { field: 'advanceRenewalPeriod', text: 'Must not be negative.' };
  }
  if (rule.intervalSeconds <= 0) {
    return { field: 'renewalInterval', text: 'Must be longer than nothing.' };
  }
  // With short lives (an operator's choice) the room is scaled, as the server does.
  const room =
    rule.intervalSeconds >= DAY
      ? DAY
      : Math.max(effectiveAdvance(rule), Math.floor(lifetimeSeconds / 10));
  if (rule.intervalSeconds > lifetimeSeconds - room) {
    const latest = lifetimeSeconds - room;
    return {
      field: 'renewalInterval',
      text:
        latest < DAY && rule.intervalSeconds >= DAY
          ? `A certificate that lives ${durationInWords(lifetimeSeconds)} is too short for this.`
          : `It would expire before it is renewed; at most ${durationInWords(latest)}.`,
    };
  }
  return null;
}

export function previewRenewals(
  start: Date,
  lifetimeSeconds: number,
  rule: RenewalRule | null,
  count = 3,
): RenewalPreview {
  const at = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);
  const preview: RenewalPreview = {
    notBefore: start,
    notAfter: at(lifetimeSeconds - 1),
    renewals: [],
    marginSeconds: 0,
  };
  if (rule === null) return preview;
  const latest = rule.intervalSeconds - effectiveAdvance(rule);
  const earliest = latest - jitterBound(rule, lifetimeSeconds);
  for (let n = 1; n <= count; ++n) {
    // Each version begins when the one before it was renewed, so the windows widen.
    preview.renewals.push({ from: at(n * earliest), to: at(n * latest) });
  }
  preview.marginSeconds = lifetimeSeconds - latest;
  return preview;
}
