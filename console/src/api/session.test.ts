// SPDX-License-Identifier: Apache-2.0
import 'fake-indexeddb/auto';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { readSession } from './key_store';
import {
  currentCredential,
  proofText,
  restoreSession,
  sessionRefused,
  sessionState,
  signIn,
  signOut,
  takeLinkSecret,
} from './session';
import { forgetClock } from './sign';

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
  forgetClock();
  vi.stubGlobal('__SIGN_HOST__', '');
  vi.stubGlobal('location', { origin: 'https://localhost:8643', host: 'localhost:8643', hash: '', pathname: '/console/', search: '' });
  vi.stubGlobal('history', { replaceState: vi.fn() });
  vi.stubGlobal('fetch', (url: URL, init: RequestInit) => {
    seen.push({ url: String(url), init });
    return Promise.resolve(answers.shift() ?? new Response(null, { status: 500 }));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

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

  it('does not take a wrong clock of its own for the end of the session', async () => {
    answers = [made()];
    await signIn({ link: 'pns_12345678' });
    const truth = new Date().toUTCString();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 * 3_600_000 });
    answers = [new Response(null, { status: 401, headers: { date: truth } })];
    expect(await currentCredential()).toMatchObject({ token: 'a.b.c' });
    expect(seen).toHaveLength(2);
    expect(seen[1]?.init.headers).toBeUndefined();
  });

  it('after a long sleep it is over, once the server says how late it is', async () => {
    answers = [made()];
    await signIn({ link: 'pns_12345678' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 13 * 3_600_000 });
    answers = [];
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network yet')));
    expect(await currentCredential()).toMatchObject({ token: 'a.b.c' });
    expect(sessionState().kind).toBe('live');
    vi.stubGlobal('fetch', () =>
      Promise.resolve(
        new Response(null, { status: 401, headers: { date: new Date().toUTCString() } }),
      ),
    );
    expect(await currentCredential()).toBeUndefined();
    expect(sessionState()).toMatchObject({ kind: 'ended', person: { userName: 'ada' } });
  });

  it('is over in the other tabs when one signs out, and nothing that was entered stays', async () => {
    const clear = vi.fn();
    vi.stubGlobal('sessionStorage', { clear });
    answers = [made(), new Response(null, { status: 204 })];
    await signIn({ link: 'pns_12345678' });
    await signOut();
    expect(sessionState()).toEqual({ kind: 'none' });
    expect(clear).toHaveBeenCalledTimes(1);
    answers = [made()];
    await signIn({ link: 'pns_12345678' });
    await restoreSession();
    const other = new BroadcastChannel('perennial-session');
    const witness = new BroadcastChannel('perennial-session');
    const witnessed = new Promise((resolve) => (witness.onmessage = resolve));
    other.postMessage({ over: 'ocid1.session.other' });
    await witnessed;
    expect(sessionState().kind).toBe('live');
    other.postMessage({ over: 'ocid1.session.x' });
    await vi.waitFor(() => expect(sessionState()).toEqual({ kind: 'none' }));
    expect(clear).toHaveBeenCalledTimes(2);
    other.close();
    witness.close();
  });

  it('says that it ended, and who was there, when the server refuses the session', async () => {
    answers = [made()];
    await signIn({ link: 'pns_12345678' });
    await restoreSession();
    sessionRefused('of.an.older');
    expect(sessionState().kind).toBe('live');
    sessionRefused('a.b.c');
    expect(sessionState()).toMatchObject({ kind: 'ended', person: { userName: 'ada' } });
  });
});
