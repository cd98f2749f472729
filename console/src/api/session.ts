// SPDX-License-Identifier: Apache-2.0
// Who is signed in here. The browser makes a key that cannot be taken out of it, the server ties a
// session to it, and every request is signed with it: there is no cookie and no password kept.
import { deleteSession, type KeptSession, readSession, writeSession } from './key_store';
import { errorOf, reach, send, signHost, withClock } from './send';
import {
  type Credential,
  learnClock,
  serverNow,
  sha256,
  signedHeaders,
  signText,
} from './sign';

const SESSIONS = '/20260101/sessions';
// A token is renewed this long before it ends; tokens live for an hour.
const REFRESH_BEFORE_MS = 15 * 60_000;

export interface Person {
  sessionId: string;
  userId: string;
  userName: string;
  tenancyId: string;
  tenancyName: string;
}
export type SessionState =
  | { kind: 'unknown' }
  | { kind: 'none' }
  | { kind: 'live'; person: Person }
  // It was live in this tab, and is over: the page stays, and asks who is there.
  | { kind: 'ended'; person: Person };

let state: SessionState = { kind: 'unknown' };
let kept: KeptSession | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();
const channel =
  typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('perennial-session');

export function sessionState(): SessionState {
  return state;
}
export function subscribeSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function show(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

function personOf(session: KeptSession): Person {
  const { id, userId, userName, tenancyId, tenancyName } = session;
  return { sessionId: id, userId, userName, tenancyId, tenancyName };
}

function leftOf(session: KeptSession): number {
  return Date.parse(session.timeExpires) - serverNow().getTime();
}

let asking: Promise<void> | undefined;
function askClock(): Promise<void> {
  // Unsigned, so it costs the server next to nothing; its Date is all that we want.
  const url = new URL(`${SESSIONS}/me`, location.origin);
  asking ??= reach(url, { method: 'GET' })
    .then(({ headers }) => void learnClock(headers.get('date')))
    .finally(() => {
      asking = undefined;
    });
  return asking;
}

// isLive: only the server's clock can say that a token is over, ours may be wrong by hours. It throws
// ApiError when that is to be asked and there is no answer.
async function isLive(session: KeptSession): Promise<boolean> {
  if (leftOf(session) <= 0) await askClock();
  return leftOf(session) > 0;
}

// adopt takes what is stored for the truth about this tab.
async function adopt(): Promise<void> {
  const stored = await readSession();
  try {
    take(stored !== undefined && (await isLive(stored)) ? stored : undefined);
  } catch {
    // Nobody can say: it stays until somebody does.
    if (kept === undefined) take(stored);
  }
}

function take(session: KeptSession | undefined): void {
  const before = state.kind === 'live' || state.kind === 'ended' ? state.person : undefined;
  kept = session;
  if (kept === undefined) {
    show(before === undefined ? { kind: 'none' } : { kind: 'ended', person: before });
    return;
  }
  // Another person's page is shown nothing that the last one had read or entered.
  if (before !== undefined && before.userId !== kept.userId) {
    sessionStorage.clear();
    location.assign('/console/');
    return;
  }
  plan(kept);
  show({ kind: 'live', person: personOf(kept) });
}

function plan(session: KeptSession): void {
  clearTimeout(timer);
  const due = Date.parse(session.timeExpires) - serverNow().getTime() - REFRESH_BEFORE_MS;
  timer = setTimeout(() => void refresh().catch(() => undefined), Math.max(due, 30_000));
}

// restoreSession reads what an earlier page left. Called once, before anything is shown.
export async function restoreSession(): Promise<void> {
  channel?.addEventListener('message', ({ data }: MessageEvent<{ over?: string }>) => {
    if (data.over === undefined) void adopt();
    // Where nothing can be stored each tab has a session of its own.
    else if ('person' in state && state.person.sessionId === data.over) forget();
  });
  await adopt();
}

// The key and token to sign with, fresh: a laptop that slept refreshes before it asks.
export async function currentCredential(): Promise<Credential | undefined> {
  if (kept === undefined) return undefined;
  // Another tab may have refreshed it meanwhile.
  if (leftOf(kept) <= 0) await adopt();
  if (kept !== undefined && leftOf(kept) < REFRESH_BEFORE_MS / 3) {
    await refresh().catch(() => undefined);
  }
  return kept === undefined ? undefined : { token: kept.token, key: kept.key };
}

async function oneTabAtATime<T>(act: () => Promise<T>): Promise<T> {
  if (navigator.locks === undefined) return act();
  return navigator.locks.request('perennial-refresh', act) as Promise<T>;
}

interface MadeSession {
  id: string;
  token: string;
  userId: string;
  userName: string;
  tenancyId: string;
  tenancyName: string;
  timeExpires: string;
  timeEnds: string;
}

let refreshing: Promise<void> | undefined;
function refresh(): Promise<void> {
  refreshing ??= oneTabAtATime(async () => {
    const stored = await readSession();
    if (stored === undefined || kept === undefined || leftOf(stored) > REFRESH_BEFORE_MS) {
      return adopt();
    }
    // Not by send(): that asks for a fresh token itself.
    const url = new URL(`${SESSIONS}/me/actions/refresh`, location.origin);
    const body = new Uint8Array();
    const response = await withClock(async () => {
      const request = { method: 'POST', url, host: signHost(), body, date: serverNow() };
      return reach(url, { method: 'POST', headers: await signedHeaders(stored, request), body });
    });
    if (!response.ok) throw await errorOf(response);
    await keep((await response.json()) as MadeSession, stored.key);
  }).finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

async function keep(made: MadeSession, key: CryptoKey): Promise<void> {
  const { id, token, userId, userName, tenancyId, tenancyName, timeExpires } = made;
  const timeEnds = made.timeEnds ?? timeExpires;
  const session = { id, token, userId, userName, tenancyId, tenancyName, timeExpires, timeEnds, key };
  await writeSession(session);
  channel?.postMessage({});
  take(session);
}

// sessionRefused is told of a 401 to a request with this token: the session was ended elsewhere. One
// that comes after a new sign-in says nothing about the new session.
export function sessionRefused(token: string): void {
  if (state.kind !== 'live' || kept?.token !== token) return;
  kept = undefined;
  clearTimeout(timer);
  show({ kind: 'ended', person: state.person });
}

export type Secret =
  | { link: string }
  | { tenancy: string; user: string; password: string };

function makeKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(
    {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: 'SHA-256',
    },
    false,
    ['sign', 'verify'],
  );
}

// proofText is what the new key signs, so that an overheard secret opens nothing for another key.
export async function proofText(secret: Secret, date: string): Promise<string> {
  const rest =
    'link' in secret ? secret.link : `${secret.tenancy}\n${secret.user}\n${secret.password}`;
  return `perennial-session\n${date}\n${await sha256(new TextEncoder().encode(rest))}`;
}

// signIn opens a session with a new key. It throws ApiError.
export async function signIn(secret: Secret): Promise<void> {
  const pair = await makeKey();
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const attempt = async (): Promise<Response> => {
    const date = serverNow().toUTCString();
    const proof = await signText(pair.privateKey, await proofText(secret, date));
    const publicKey = { kty: 'RSA', n: jwk.n, e: jwk.e };
    return reach(new URL(SESSIONS, location.origin), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ publicKey, ...secret, date, proof }),
    });
  };
  const response = await withClock(attempt);
  if (!response.ok) throw await errorOf(response);
  await keep((await response.json()) as MadeSession, pair.privateKey);
}

// signOut ends the session on the server and deletes its key. Where the server cannot be reached the
// key is deleted all the same: nothing can sign for the session any more.
export async function signOut(): Promise<void> {
  const id = kept?.id;
  const ended =
    id === undefined
      ? undefined
      : send({ method: 'DELETE', path: `${SESSIONS}/${encodeURIComponent(id)}` }).catch(
          () => undefined,
        );
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 3000))]);
  await deleteSession();
  forget();
  channel?.postMessage({ over: id });
}

// forget: who signs out leaves nothing in any tab, neither what was read nor what was entered.
function forget(): void {
  clearTimeout(timer);
  kept = undefined;
  sessionStorage.clear();
  show({ kind: 'none' });
}

// takeLinkSecret returns the secret of a one-time link, and removes it from the address at once.
export function takeLinkSecret(): string | undefined {
  const secret = /^#link=([A-Za-z0-9_-]{8,256})$/.exec(location.hash)?.[1];
  if (secret !== undefined) history.replaceState(null, '', location.pathname + location.search);
  return secret;
}

