// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { inWords, jsonText, revealed, sdkCall, shellLine } from './words';

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

it('writes out what would turn its neighbours round, and leaves scripts alone', () => {
  expect(revealed('in\u2069\u2067\u2029\u202egnp')).toBe(String.raw`in\u2069\u2067\u2029\u202egnp`);
  expect(revealed('שלום \u200f می\u200cخواهم')).toBe('שלום \u200f می\u200cخواهم');
});

it('shows in code what would not be seen', () => {
  expect(shellLine('show', `it's\u202egnp`)).toBe(String.raw`show $'it\'s\u202egnp'`);
  expect(jsonText({ a: 'x\u202e\u200b' })).toContain(String.raw`"x\u202e\u200b"`);
  expect(JSON.parse(jsonText({ a: 'x\u202e' }))).toEqual({ a: 'x\u202e' });
});
