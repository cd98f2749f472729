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

// suggestRule is a rule that every operator's limits accept: the last sixth of the life is room, and as
// long again before that the work begins: 75 and 15 days for a life of 90, so that a third of it is left.
export function suggestRule(lifetimeSeconds: number): RenewalRule {
  const unit = lifetimeSeconds < 3 * DAY ? 1 : DAY;
  const advance = Math.max(1, Math.ceil(lifetimeSeconds / 6 / unit)) * unit;
  const longest = Math.floor(lifetimeSeconds / unit) * unit - advance;
  const interval = unit === DAY ? longest : Math.min(longest, DAY - 1);
  return { intervalSeconds: Math.max(1, interval), advanceSeconds: advance };
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
