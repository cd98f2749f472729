// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { cliOf, detailsOf, emptyDraft, splitNames, suggestName } from './draft';

const now = new Date('2026-01-01T00:00:00.400Z');
const draft = {
  ...emptyDraft('ocid1.tenancy.x'),
  names: ['shop.example.com', '10.0.0.5', '::1'],
  issuerId: 'ocid1.certificateauthority.x',
};

describe('a new certificate', () => {
  it('asks for ECDSA P-256, 90 days to the second, and a renewal, unless told otherwise', () => {
    const details = detailsOf(draft, now);
    expect(details.name).toBe('shop.example.com');
    expect(details.certificateConfig.keyAlgorithm).toBe('ECDSA_P256');
    expect(details.certificateConfig.subject?.commonName).toBe('shop.example.com');
    expect(details.certificateConfig.validity).toEqual({
      timeOfValidityNotBefore: '2026-01-01T00:00:00.000Z',
      timeOfValidityNotAfter: '2026-03-31T23:59:59.000Z',
    });
    expect(details.certificateRules).toEqual([
      {
        ruleType: 'CERTIFICATE_RENEWAL_RULE',
        renewalInterval: 'P75D',
        advanceRenewalPeriod: 'P15D',
      },
    ]);
  });

  it('tells names from addresses', () => {
    expect(detailsOf(draft, now).certificateConfig.subjectAlternativeNames).toEqual([
      { type: 'DNS', value: 'shop.example.com' },
      { type: 'IP', value: '10.0.0.5' },
      { type: 'IP', value: '::1' },
    ]);
  });

  it('sends no rule when it shall not renew', () => {
    expect(detailsOf({ ...draft, renews: false }, now).certificateRules).toBeUndefined();
  });

  it('takes pasted names apart', () => {
    expect(splitNames('a.test, b.test\nhttps://c.test/path  ')).toEqual([
      'a.test',
      'b.test',
      'c.test',
    ]);
  });

  it('makes a name that the server takes', () => {
    expect(suggestName(['*.shop.example.com'])).toBe('shop.example.com');
    expect(suggestName(['<script>'])).toBe('-script-');
    expect(suggestName([])).toBe('');
  });

  it('says the same in a terminal', () => {
    expect(cliOf({ ...draft, names: ['a.test'] })).toBe(
      'perennial certificate create --name a.test --dns a.test ' +
        '--ca ocid1.certificateauthority.x --validity P90D --renew-every P75D --renew-before P15D',
    );
  });
});
