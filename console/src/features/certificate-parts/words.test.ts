// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { inWords, sdkCall, shellLine } from './words';

it('quotes names so that pasting them runs nothing else', () => {
  expect(shellLine('perennial', 'certificate', 'show', 'shop')).toBe('perennial certificate show shop');
  expect(shellLine('show', `a'; rm -rf ~ #`)).toBe(`show 'a'\\''; rm -rf ~ #'`);
  expect(shellLine('show', '$(id)')).toBe(`show '$(id)'`);
  expect(shellLine('show', '')).toBe(`show ''`);
});

it('makes literals of what the SDK is given', () => {
  expect(sdkCall('client', 'get', { name: `a"b` })).toContain(`"a\\"b"`);
});

it('has words for what is written in capitals', () => {
  expect(inWords('PENDING_DELETION')).toBe('Pending deletion');
  expect(inWords('ECDSA_P256')).toBe('ECDSA P-256');
  expect(inWords(undefined)).toBe('—');
});
