// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it, vi } from 'vitest';

import { forgetClock, learnClock, serverNow, signedHeaders, signingString } from './sign';

const date = new Date('2026-11-24T14:03:07Z');
const make = (method: string, path: string, body?: string) => ({
  method,
  url: new URL(path, 'https://localhost:8643'),
  host: 'localhost:8643',
  body: body === undefined ? undefined : new TextEncoder().encode(body),
  date,
});

describe('signing', () => {
  afterEach(() => {
    forgetClock();
    vi.useRealTimers();
  });

  it('signs date, target and host of a read', async () => {
    const { text, headers } = await signingString(make('GET', '/20260101/overview?a=b%20c'));
    expect(text).toBe(
      'x-date: Tue, 24 Nov 2026 14:03:07 GMT\n' +
        '(request-target): get /20260101/overview?a=b%20c\n' +
        'host: localhost:8643',
    );
    expect(headers).toEqual({ 'x-date': 'Tue, 24 Nov 2026 14:03:07 GMT' });
  });
  it('signs length, type and digest of an empty body, too', async () => {
    const { text } = await signingString(make('POST', '/20260101/x', ''));
    expect(text).toContain('content-length: 0\ncontent-type: application/json\n');
    expect(text).toContain('x-content-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
  });
  it('makes a signature that the public key verifies, with a key that nobody can take out', async () => {
    const pair = await crypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: 'SHA-256',
      },
      false,
      ['sign', 'verify'],
    );
    const request = make('PUT', '/20210224/certificates/x', '{"é":"日"}');
    const headers = await signedHeaders({ token: 'a.b.c', key: pair.privateKey }, request);
    const signature = /signature="([^"]+)"/.exec(headers['authorization'] ?? '')?.[1] ?? '';
    const bytes = Uint8Array.from(atob(signature), (letter) => letter.charCodeAt(0));
    const { text } = await signingString(request);
    const holds = await crypto.subtle.verify(
      'RSASSA-PKCS1-v1_5',
      pair.publicKey,
      bytes,
      new TextEncoder().encode(text),
    );
    expect(holds).toBe(true);
    expect(headers['authorization']).toContain('keyId="ST$a.b.c"');
    await expect(crypto.subtle.exportKey('pkcs8', pair.privateKey)).rejects.toThrow();
  });
  it('follows the clock of the server, and does not chase a second', () => {
    vi.useFakeTimers({ now: date });
    expect(learnClock('Tue, 24 Nov 2026 14:03:09 GMT')).toBe(false);
    expect(learnClock('Tue, 24 Nov 2026 15:03:07 GMT')).toBe(true);
    expect(serverNow().toISOString()).toBe('2026-11-24T15:03:07.000Z');
    expect(learnClock(null)).toBe(false);
  });
});
