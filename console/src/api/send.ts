// SPDX-License-Identifier: Apache-2.0
// One call to the API: signed, with the body and what stands beside it.
import { reportReached, reportUnreached } from './reach';
import { currentCredential, sessionRefused } from './session';
import { learnClock, serverNow, signedHeaders } from './sign';

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: Record<string, string | number | boolean | null | undefined> | undefined;
  body?: unknown;
  ifMatch?: string | undefined;
  // The same token on a second try makes a POST safe to repeat.
  retryToken?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface Answer<T> {
  body: T;
  etag: string | undefined;
  requestId: string | undefined;
  nextPage: string | undefined;
  // Of what answers with work to come.
  workRequestId: string | undefined;
}

// What the API refused, or, with status 0, that it was not reached.
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  // JSON pointer of the field that the message is about.
  readonly pointer: string | undefined;
  readonly requestId: string | undefined;
  // The method and the path of the call that it answers.
  asked: string | undefined;

  constructor(status: number, code: string, message: string, requestId?: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.pointer = /^((?:\/[^\s/:]+)+): /.exec(message)?.[1];
  }
}

export function signHost(): string {
  return __SIGN_HOST__ === '' ? location.host : __SIGN_HOST__;
}

function urlOf(call: Call): URL {
  const url = new URL(call.path, location.origin);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined && value !== null && value !== '') {
      url.searchParams.set(name, String(value));
    }
  }
  return url;
}

function bodyOf(call: Call): Uint8Array<ArrayBuffer> | undefined {
  if (call.method === 'GET' || call.method === 'DELETE') return undefined;
  return new TextEncoder().encode(call.body === undefined ? '' : JSON.stringify(call.body));
}

// What a request that had no answer may have done: nothing, or something once however often it is
// repeated, or something.
function unansweredCode({ method, headers }: RequestInit): string {
  if (method === 'GET') return 'Unreachable';
  return headers !== undefined && 'opc-retry-token' in headers ? 'AnswerLostRepeat' : 'AnswerLost';
}

// reach is fetch that tells the rest of the page whether there is a server.
export async function reach(url: URL, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(url, {
      ...init,
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
    });
    reportReached();
    return response;
  } catch (thrown) {
    if (init.signal?.aborted) throw thrown;
    reportUnreached();
    throw new ApiError(0, unansweredCode(init), 'The server did not answer.');
  }
}

// withClock attempts; where the server finds the date wrong and tells us the right one, once more.
export async function withClock(attempt: () => Promise<Response>): Promise<Response> {
  const response = await attempt();
  const corrected = learnClock(response.headers.get('date'));
  return corrected && response.status === 401 ? attempt() : response;
}

export async function errorOf(response: Response): Promise<ApiError> {
  const requestId = response.headers.get('opc-request-id') ?? undefined;
  try {
    const { code, message } = (await response.json()) as { code: string; message: string };
    return new ApiError(response.status, code, message, requestId);
  } catch {
    const text = `The server answered with status ${response.status}.`;
    return new ApiError(response.status, 'Unreadable', text, requestId);
  }
}

// send makes the call with the session's key. It throws ApiError for what is refused and what is not
// reached; a request whose date the server finds wrong is made once more with the server's.
export async function send<T = void>(call: Call): Promise<Answer<T>> {
  const url = urlOf(call);
  const body = bodyOf(call);
  let token = '';
  const attempt = async (): Promise<Response> => {
    const credential = await currentCredential();
    if (credential === undefined) {
      throw new ApiError(401, 'NotAuthenticated', 'Nobody is signed in here.');
    }
    token = credential.token;
    const headers = await signedHeaders(credential, {
      method: call.method,
      url,
      host: signHost(),
      body,
      date: serverNow(),
    });
    headers['accept'] = 'application/json';
    if (call.ifMatch !== undefined) headers['if-match'] = call.ifMatch;
    if (call.retryToken !== undefined) headers['opc-retry-token'] = call.retryToken;
    return reach(url, {
      method: call.method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  };
  const response = await withClock(attempt);
  if (response.status === 401) sessionRefused(token);
  if (!response.ok) {
    const error = await errorOf(response);
    error.asked = `${call.method} ${url.pathname}`;
    throw error;
  }
  const text = await response.text();
  return {
    body: (text === '' ? undefined : JSON.parse(text)) as T,
    etag: response.headers.get('etag') ?? undefined,
    requestId: response.headers.get('opc-request-id') ?? undefined,
    nextPage: response.headers.get('opc-next-page') ?? undefined,
    workRequestId: response.headers.get('opc-work-request-id') ?? undefined,
  };
}
