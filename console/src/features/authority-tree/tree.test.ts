// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import type { Authority } from '../../api/certificates';
import { room, rulesInWords, treeOf } from './tree';

function authority(id: string, issuer?: string): Authority {
  return {
    id,
    name: id,
    timeCreated: '2026-01-01T00:00:00.000Z',
    lifecycleState: 'ACTIVE',
    compartmentId: 'c',
    configType: 'ROOT_CA_GENERATED_INTERNALLY',
    certificateAuthorityRules: [],
    freeformTags: {},
    definedTags: {},
    ...(issuer === undefined ? {} : { issuerCertificateAuthorityId: issuer }),
  };
}
const shape = (list: Authority[]): [string, number][] =>
  treeOf(list).map((branch) => [branch.authority.id, branch.depth]);

it('puts each below its issuer; a root is its own', () => {
  expect(
    shape([authority('b', 'root'), authority('a', 'root'), authority('root', 'root')]),
  ).toEqual([
    ['root', 0],
    ['a', 1],
    ['b', 1],
  ]);
});

it('loses none whose issuer is not visible, nor any of a circle', () => {
  expect(shape([authority('x', 'hidden')])).toEqual([['x', 0]]);
  expect(shape([authority('p', 'q'), authority('q', 'p')])).toHaveLength(2);
});

it('says rules as sentences', () => {
  expect(
    rulesInWords([
      {
        ruleType: 'CERTIFICATE_AUTHORITY_ISSUANCE_RULE',
        pathLengthConstraint: 0,
        nameConstraint: { permittedSubtree: [{ type: 'DNS', value: 'example.com' }] },
      },
      {
        ruleType: 'CERTIFICATE_AUTHORITY_ISSUANCE_EXPIRY_RULE',
        leafCertificateMaxValidityDuration: 'P90D',
      },
    ]),
  ).toEqual([
    'No authorities below it.',
    'Only names within: example.com.',
    'Certificates live 90 days at most.',
  ]);
});

it('warns before new certificates are cut short', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const end = '2027-01-01T00:00:00Z';
  expect(room(end, '2026-03-01T00:00:00Z', now).color).toBe('teal');
  expect(room(end, '2026-12-01T00:00:00Z', now).color).toBe('yellow');
  expect(room(end, end, now).color).toBe('red');
  expect(room('2025-01-01T00:00:00Z', undefined, now).color).toBe('red');
});
