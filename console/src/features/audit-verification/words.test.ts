// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import type { ChainVerification } from '../../api/audit';
import { verdictOf } from './words';

const now = new Date('2026-05-01T12:00:00Z');
const chain = (service: string, more: Partial<ChainVerification> = {}): ChainVerification => ({
  service,
  state: 'INTACT',
  records: 6000,
  headHash: 'ab',
  timeChecked: '2026-05-01T11:59:40Z',
  ...more,
});
const brokenRecord = { position: 1234, reason: 'the record is missing', timeFound: '2026-05-01T11:58:00Z' };

describe('the verification of the audit', () => {
  it('counts what is intact, as of the chain that was checked longest ago', () => {
    const verdict = verdictOf({ items: [chain('identity'), chain('audit', { records: 6345, timeChecked: '2026-05-01T11:59:55Z' })] }, now);
    expect(verdict.title).toBe('All 12,345 records of 2 services are intact, checked 20 seconds ago');
    expect(verdict.color).toBe('teal');
  });

  it('names service and record of what is broken', () => {
    const verdict = verdictOf({ items: [chain('identity'), chain('load-balancer', { state: 'BROKEN', brokenRecord })] }, now);
    expect(verdict.title).toBe('Record 1,234 of Load balancer does not fit');
    expect(verdict.text).toContain('The record is missing, found 2 minutes ago.');
    expect(verdict.color).toBe('red');
  });

  it('says when there is more than one', () => {
    const items = [chain('audit', { brokenRecord }), chain('identity', { brokenRecord })];
    expect(verdictOf({ items }, now).text).toContain('2 chains do not fit');
  });

  it('claims nothing before every chain was read to its end', () => {
    const { timeChecked: _, ...unread } = chain('audit', { state: 'CHECKING', records: 0 });
    const verdict = verdictOf({ items: [chain('identity'), unread] }, now);
    expect(verdict.title).toBe('The records are being read');
    expect(verdict.text).toContain('1 of 2 services');
    expect(verdictOf({ items: [] }, now).color).toBe('blue');
  });

  it('is amber when the last look is long ago', () => {
    const verdict = verdictOf({ items: [chain('identity', { timeChecked: '2026-05-01T09:00:00Z' })] }, now);
    expect(verdict.color).toBe('yellow');
    expect(verdict.title).toContain('were intact, checked 3 hours ago');
  });
});
