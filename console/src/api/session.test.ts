// SPDX-License-Identifier: Apache-2.0
import 'fake-indexeddb/auto';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { readSession } from './key_store';
import { proofText, restoreSession, sessionRefused, sessionState, signIn, takeLinkSecret } from './session';

interface Seen {
  url: string;
  init: RequestInit;
}
const seen: Seen[] = [];
let answers: Response[] = [];

function made(): Response {
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  return Response.json({
    id: 'ocid1.session.x',
    token: 'a.b.c',
    userId: 'ocid1.user.x',
    userName: 'ada',
    tenancyId: 'ocid1.tenancy.x',
    tenancyName: 'main',
    timeExpires: soon,
    timeEnds: soon,
  });
}

beforeEach(() => {
  seen.length = 0;
  vi.stubGlobal('__SIGN_HOST__', '');
  vi.stubGlobal('location', { origin: 'https://localhost:8643', host: 'localhost:8643', hash: '', pathname: '/console/', search: '' });
  vi.stubGlobal('history', { replaceState: vi.fn() });
  vi.stubGlobal('fetch', (url: URL, init: RequestInit) => {
    seen.push({ url: String(url), init });
    return Promise.resolve(answers.shift() ?? new Response(null, { status: 500 }));
  });
});
afterEach(() => vi.unstubAllGlobals());

describe('signing in', () => {
  it('takes the secret of the link and clears it from the address at once', () => {
    location.hash = '#link=pns_abcDEF-123_x';
    expect(takeLinkSecret()).toBe('pns_abcDEF-123_x');
    expect(history.replaceState).toHaveBeenCalledWith(null, '', '/console/');
    location.hash = '#link=<script>';
    expect(takeLinkSecret()).toBeUndefined();
  });

  it('proves the secret as the server expects it', async () => {
    const date = 'Tue, 24 Nov 2026 14:03:07 GMT';
    // base64(SHA-256("main\nada\npw"))
    const text = await proofText({ tenancy: 'main', user: 'ada', password: 'pw' }, date);
    expect(text).toMatch(/^perennial-session\nTue, 24 Nov 2026 14:03:07 GMT\n[A-Za-z0-9+/]{43}=$/);
    expect(await proofText({ link: '' }, date)).toContain(
      '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
    );
  });

  it('keeps a key that cannot be taken out, sends no cookie, and shows no password to the store', async () => {
    answers = [made()];
    await signIn({ tenancy: 'main', user: 'ada', password: 'correct horse' });
    expect(seen[0]?.init.credentials).toBe('omit');
    expect(sessionState()).toMatchObject({ kind: 'live', person: { userName: 'ada' } });
    const kept = await readSession();
    expect(kept?.key.extractable).toBe(false);
    expect(JSON.stringify(kept)).not.toContain('correct horse');
  });

  it('tries once more with the clock of the server', async () => {
    const date = new Date(Date.now() + 7_200_000).toUTCString();
    const refused = new Response('{"code":"NotAuthenticated","message":"date"}', {
      status: 401,
      headers: { date },
    });
    answers = [refused, made()];
    await signIn({ link: 'pns_12345678' });
    expect(seen).toHaveLength(2);
    const second = JSON.parse(String(seen[1]?.init.body)) as { date: string };
    expect(Math.abs(Date.parse(second.date) - Date.parse(date))).toBeLessThan(5_000);
  });

  it('says that it ended, and who was there, when the server refuses the session', async () => {
    answers = [made()];
    await signIn({ link: 'pns_12345678' });
    await restoreSession();
    sessionRefused();
    expect(sessionState()).toMatchObject({ kind: 'ended', person: { userName: 'ada' } });
  });
});
