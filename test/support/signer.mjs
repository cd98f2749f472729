// SPDX-License-Identifier: Apache-2.0
// A client of our own, so that a test can say exactly what goes over the wire: every header, which of them
// are signed, in which order, with which key. The OCI SDK signs only what is right.
import crypto from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';

const ca = fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS ?? '/dev/null');
const agent = new https.Agent({ keepAlive: true, ca, maxSockets: 4 });

export const sha256 = (data, encoding = 'base64') =>
  crypto.createHash('sha256').update(data).digest(encoding);

export const httpDate = (offsetSeconds = 0) => new Date(Date.now() + offsetSeconds * 1000).toUTCString();

// A key with the name under which a service knows it.
export class Credential {
  constructor(keyId, privateKey) {
    this.keyId = keyId;
    this.privateKey = typeof privateKey === 'string' || Buffer.isBuffer(privateKey)
      ? crypto.createPrivateKey(privateKey)
      : privateKey;
    this.algorithm = this.privateKey.asymmetricKeyType === 'rsa' ? 'rsa-sha256' : 'ecdsa-sha256';
  }
  sign(text) {
    return crypto.sign('sha256', Buffer.from(text), this.privateKey).toString('base64');
  }
}

export const newEcKey = () => crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const newRsaKey = () => crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
export const publicPem = (key) =>
  (key.type === 'private' ? crypto.createPublicKey(key) : key).export({ type: 'spki', format: 'pem' });

// The MD5 of the DER public key, as OCI names API keys.
export function fingerprintOf(key) {
  const der = (key.type === 'private' ? crypto.createPublicKey(key) : key).export({ type: 'spki', format: 'der' });
  return crypto.createHash('md5').update(der).digest('hex').match(/../g).join(':');
}

export const BODY_HEADERS = ['content-length', 'content-type', 'x-content-sha256'];

export function signingString(request, names) {
  const value = (name) => {
    if (name === '(request-target)') return `${request.method.toLowerCase()} ${request.target}`;
    return request.headers.find(([key]) => key.toLowerCase() === name)?.[1];
  };
  return names.map((name) => `${name}: ${value(name)}`).join('\n');
}

/**
 * Makes a signed request: {endpoint, method, target, headers: [[name, value]], body}. What is wrong with it is
 * up to the caller: `signed` replaces the list of signed headers, `extra` adds headers before signing,
 * `mangle` sees the parameters of the Authorization header and may change them.
 */
export function sign(credential, endpoint, method, target, body, options = {}) {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const date = options.date ?? httpDate();
  const dateName = options.dateName ?? 'date';
  const headers = [[dateName, date], ['host', options.host ?? new URL(endpoint).host]];
  const hasBody = method !== 'GET' && method !== 'DELETE';
  if (hasBody) {
    headers.push(['content-length', String(Buffer.byteLength(text))], ['content-type', 'application/json'],
      ['x-content-sha256', sha256(text)]);
  }
  // Dates have whole seconds: without it two equal requests of one second would be one request.
  headers.push(['opc-request-id', options.requestId ?? crypto.randomBytes(16).toString('hex')]);
  headers.push(...(options.extra ?? []));
  const request = { endpoint, method, target, headers, body: text };
  const names = options.signed
    ?? [dateName, '(request-target)', 'host', ...(hasBody ? BODY_HEADERS : []), 'opc-request-id',
      ...(options.alsoSigned ?? [])];
  const parameters = {
    version: '1',
    keyId: credential.keyId,
    algorithm: credential.algorithm,
    headers: names.join(' '),
    signature: credential.sign(signingString(request, names)),
  };
  options.mangle?.(parameters);
  const list = Object.entries(parameters).filter(([, value]) => value !== undefined);
  headers.push(['authorization', `Signature ${list.map(([name, value]) => `${name}="${value}"`).join(',')}`]);
  return request;
}

// The signed headers and Authorization of a request, as a service would present them.
export function evidenceOf(request) {
  return {
    method: request.method,
    target: request.target,
    headers: request.headers,
    body: Buffer.from(request.body).toString('base64'),
  };
}

// Sends a request as it is and returns {status, headers, text, json}.
export function send(request, { timeoutMs = 60_000 } = {}) {
  const url = new URL(request.endpoint);
  return new Promise((resolve, reject) => {
    const outgoing = https.request({
      host: url.hostname, port: url.port, method: request.method, path: request.target, agent,
      // A flat list keeps order and spelling, and lets a header be there twice.
      headers: request.headers.flat(), setHost: false, timeout: timeoutMs,
    }, (incoming) => {
      const parts = [];
      incoming.on('data', (part) => parts.push(part));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(parts).toString();
        let json;
        try { json = JSON.parse(text); } catch { json = undefined; }
        resolve({ status: incoming.statusCode, headers: incoming.headers, text, json });
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    outgoing.on('error', reject);
    outgoing.end(request.body || undefined);
  });
}

export const unsigned = (endpoint, method, target, body) => {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = [['host', new URL(endpoint).host], ['date', httpDate()]];
  if (method !== 'GET') {
    headers.push(['content-length', String(Buffer.byteLength(text))], ['content-type', 'application/json']);
  }
  return { endpoint, method, target, headers, body: text };
};

// Somebody who calls one service after the other.
export class Caller {
  constructor(credential) {
    this.credential = credential;
  }
  sign(endpoint, method, target, body, options) {
    return sign(this.credential, endpoint, method, target, body, options);
  }
  call(endpoint, method, target, body, options) {
    return send(this.sign(endpoint, method, target, body, options));
  }
  // Calls, and throws unless the answer is a success.
  async ok(endpoint, method, target, body, options) {
    const answer = await this.call(endpoint, method, target, body, options);
    if (answer.status < 200 || answer.status > 299) {
      throw new Error(`${method} ${target}: ${answer.status} ${answer.text}`);
    }
    return answer.json ?? answer;
  }
}
