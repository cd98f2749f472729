// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { passwordProblem, pemProblem } from './pem';

it('stops a private key before it leaves the browser', () => {
  for (const kind of ['', 'RSA ', 'EC ', 'ENCRYPTED ']) {
    const pem = `-----BEGIN ${kind}PRIVATE KEY-----\nAA\n-----END ${kind}PRIVATE KEY-----`;
    expect(pemProblem(pem)).toContain('private key');
  }
});

it('takes a public key and nothing else', () => {
  expect(pemProblem('-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----\n')).toBeUndefined();
  expect(pemProblem('ssh-rsa AAAA')).toContain('BEGIN PUBLIC KEY');
  expect(pemProblem('-----BEGIN CERTIFICATE-----\nAA')).toContain('certificate');
});

it('asks for a password that is long and typed twice', () => {
  expect(passwordProblem('short', 'short')).toContain('12');
  expect(passwordProblem('four good words here', 'four good words her')).toContain('same');
  expect(passwordProblem('four good words here', 'four good words here')).toBeUndefined();
});
