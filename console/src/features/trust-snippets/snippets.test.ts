// SPDX-License-Identifier: Apache-2.0
import { webcrypto } from 'node:crypto';

import { expect, it, vi } from 'vitest';

import { caHashOf, clientSnippets, derOf } from './snippets';

it('hashes the DER of the first certificate, as --ca-hash takes it', async () => {
  vi.stubGlobal('crypto', webcrypto);
  const pem = '-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n';
  expect([...(derOf(pem) ?? [])]).toEqual([97, 98, 99]);
  expect(await caHashOf(pem)).toBe(
    'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  expect(await caHashOf('<!doctype html>')).toBeUndefined();
});

it('names this very server in each snippet', () => {
  for (const { text } of clientSnippets('https://pki.example:8643', 'acme')) {
    expect(text).toMatch(/pki\.example:8643/);
  }
});
