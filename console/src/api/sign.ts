// SPDX-License-Identifier: Apache-2.0
// Signs requests as every client of the API does (HTTP Signatures, draft-cavage-08, rsa-sha256). The
// key is the browser's own: a CryptoKey that nobody can read, here or elsewhere.

export interface Credential {
  token: string;
  key: CryptoKey;
}

export interface Signable {
  method: string;
  // Of the URL object that is given to fetch, so that what is signed is what is sent.
  url: URL;
  host: string;
  // Undefined for methods without a body; empty for one that is.
  body: Uint8Array<ArrayBuffer> | undefined;
  date: Date;
}

export function base64(bytes: ArrayBuffer | Uint8Array): string {
  let text = '';
  for (const byte of new Uint8Array(bytes as ArrayBuffer)) text += String.fromCharCode(byte);
  return btoa(text);
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return base64(await crypto.subtle.digest('SHA-256', bytes));
}

export async function signText(key: CryptoKey, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return base64(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, bytes));
}

// The signing string and the headers that go with it; apart from the signature for the tests.
export async function signingString(
  request: Signable,
): Promise<{ names: string[]; text: string; headers: Record<string, string> }> {
  const date = request.date.toUTCString();
  const target = `${request.method.toLowerCase()} ${request.url.pathname}${request.url.search}`;
  const names = ['x-date', '(request-target)', 'host'];
  const lines = [`x-date: ${date}`, `(request-target): ${target}`, `host: ${request.host}`];
  const headers: Record<string, string> = { 'x-date': date };
  if (request.body !== undefined) {
    const digest = await sha256(request.body);
    names.push('content-length', 'content-type', 'x-content-sha256');
    lines.push(
      `content-length: ${request.body.byteLength}`,
      'content-type: application/json',
      `x-content-sha256: ${digest}`,
    );
    headers['content-type'] = 'application/json';
    headers['x-content-sha256'] = digest;
  }
  return { names, text: lines.join('\n'), headers };
}

export async function signedHeaders(
  credential: Credential,
  request: Signable,
): Promise<Record<string, string>> {
  const { names, text, headers } = await signingString(request);
  const signature = await signText(credential.key, text);
  headers['authorization'] =
    `Signature version="1",keyId="ST$${credential.token}",algorithm="rsa-sha256",` +
    `headers="${names.join(' ')}",signature="${signature}"`;
  return headers;
}

// The server's clock as we know it: a browser whose own is wrong still signs dates that are accepted.
let offset = 0;

export function serverNow(): Date {
  return new Date(Date.now() + offset);
}

// learnClock takes the Date header of an answer (whole seconds) and says whether we were so wrong
// that trying again may help.
export function learnClock(header: string | null): boolean {
  const told = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(told)) return false;
  const difference = told - serverNow().getTime();
  if (Math.abs(difference) < 30_000) return false;
  offset += difference;
  return true;
}

export function forgetClock(): void {
  offset = 0;
}
