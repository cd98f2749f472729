// SPDX-License-Identifier: Apache-2.0
// What the audit role found when it read every chain again, as one sentence.
import type { AuditVerification, BrokenRecord, ChainVerification } from '../../api/audit';
import { SERVICES } from '../audit-filter/filter';
import { relativeTime } from '../certificate-parts/time';
import { counted } from '../certificate-renewal/duration';

// A whole reading older than this says little about now.
const LATE_MS = 3_600_000;

export interface Verdict {
  // Amber: it was fine when it was last looked at, which is long ago.
  color: 'teal' | 'red' | 'blue' | 'yellow';
  title: string;
  text: string;
}

export function serviceName(service: string): string {
  return SERVICES.find(({ value }) => value === service)?.label ?? service;
}

function isBroken(chain: ChainVerification): chain is ChainVerification & { brokenRecord: BrokenRecord } {
  return chain.brokenRecord !== undefined;
}

export function verdictOf({ items }: AuditVerification, now: Date): Verdict {
  const broken = items.filter(isBroken);
  const [first] = broken;
  if (first !== undefined) {
    const { position, reason, timeFound } = first.brokenRecord;
    const more = broken.length > 1 ? ` ${counted(broken.length, 'chain')} do not fit; this is the first.` : '';
    return {
      color: 'red',
      title: `Record ${position.toLocaleString('en')} of ${serviceName(first.service)} does not fit`,
      text: `${inSentence(reason)}, found ${ago(timeFound, now)}.${more} Somebody changed what was written, or a database was restored: look at the host before you believe what is listed here.`,
    };
  }
  const times = items.flatMap(({ timeChecked }) => (timeChecked === undefined ? [] : [Date.parse(timeChecked)]));
  const reading = items.length - times.length;
  if (reading > 0 || items.length === 0) {
    return {
      color: 'blue',
      title: 'The records are being read',
      text: `${times.length} of ${counted(items.length, 'service')} read to the end so far. This page follows by itself.`,
    };
  }
  const records = items.reduce((sum, chain) => sum + chain.records, 0);
  const oldest = Math.min(...times);
  const late = now.getTime() - oldest > LATE_MS;
  const all = `All ${counted(records, 'record')} of ${counted(items.length, 'service')}`;
  const checked = ago(oldest, now);
  return {
    color: late ? 'yellow' : 'teal',
    title: `${all} ${late ? 'were' : 'are'} intact, checked ${checked}`,
    text: late
      ? 'A service has not been read since; perhaps it is away. Newer records are checked as they come.'
      : 'Each record is chained to the one before by its hash. Every chain is read again all the time, and compared with the copy that is listed here.',
  };
}

function ago(time: string | number, now: Date): string {
  const words = relativeTime(new Date(time), now);
  return words === 'now' ? 'just now' : words;
}

function inSentence(reason: string): string {
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}
