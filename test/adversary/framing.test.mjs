// SPDX-License-Identifier: Apache-2.0
// Requests that two readers would read differently (F01 to F06 of security.md), as bytes over TLS: each is
// answered with 400 and a closed connection, and the request that was smuggled behind it never runs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import tls from 'node:tls';
import { before, describe, test } from 'node:test';
import { administrator, changes, dump, endpoints, refusals, unique } from '../support/stack.mjs';
import { sign } from '../support/signer.mjs';

const ca = fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS);
const acme = administrator('acme');
const identity = new URL(endpoints.identity);

// Writes the bytes and returns all that comes back until the server closes: {answers: [status], closed, text}.
function exchange(bytes, { endpoint = identity, waitMs = 5000 } = {}) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: endpoint.hostname, port: endpoint.port, ca, servername: endpoint.hostname });
    let text = '';
    const finish = (closed) => {
      clearTimeout(timer);
      socket.destroy();
      const answers = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
      resolve({ answers, closed, text });
    };
    const timer = setTimeout(() => finish(false), waitMs);
    socket.on('secureConnect', () => socket.write(bytes));
    socket.on('data', (part) => { text += part.toString('latin1'); });
    socket.on('end', () => finish(true));
    socket.on('close', () => finish(true));
    socket.on('error', (error) => (text ? finish(true) : reject(error)));
  });
}

const head = (lines) => `${lines.join('\r\n')}\r\n\r\n`;
const HOST = `Host: ${identity.host}`;

// A whole, rightly signed request that makes a compartment: what a smuggler wants to have run.
function smuggled(name) {
  const request = sign(acme.credential, endpoints.identity, 'POST', '/20160918/compartments',
    { compartmentId: acme.tenancyId, name, description: 'smuggled' });
  return head([`POST ${request.target} HTTP/1.1`, ...request.headers.map(([key, value]) => `${key}: ${value}`)])
    + request.body;
}

// A rightly signed request with other headers for its framing.
function outer(framing, body, { drop = ['content-length'], line } = {}) {
  const request = sign(acme.credential, endpoints.identity, 'POST', '/20160918/users',
    { compartmentId: acme.tenancyId, name: unique('outer'), description: 'outer' });
  const kept = request.headers.filter(([key]) => !drop.includes(key.toLowerCase()));
  return head([line ?? `POST ${request.target} HTTP/1.1`, ...kept.map(([key, value]) => `${key}: ${value}`), ...framing])
    + (body ?? request.body);
}

let start;
before(() => { start = { state: dump(), refusals: refusals() }; });

async function refusedAndClosed(makeBytes, statuses = [400]) {
  const name = unique('smuggled');
  const { answers, closed, text } = await exchange(makeBytes(smuggled(name)));
  assert.equal(answers.length, 1, `one answer, not ${answers.length}: ${text}`);
  assert.ok(statuses.includes(answers[0]), text);
  assert.ok(closed, 'the connection was left open');
  const { code, message } = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
  assert.ok(code && message);
  const found = await acme.ok(endpoints.identity, 'GET',
    `/20160918/compartments?compartmentId=${acme.tenancyId}&name=${name}`);
  assert.deepEqual(found, [], 'the smuggled request ran');
  assert.equal(changes(start.state, dump()), '');
  assert.deepEqual(refusals(), start.refusals);
}

const length = (inner) => `Content-Length: ${Buffer.byteLength(inner)}`;
const chunked = (inner) => `${Buffer.byteLength(inner).toString(16)}\r\n${inner}\r\n0\r\n\r\n`;

describe('transfer codings', () => {
  for (const coding of ['gzip', 'xchunked', 'identity', 'chunked', 'deflate', 'CHUNKED', '']) {
    test(`Transfer-Encoding: ${coding} together with Content-Length`, () =>
      refusedAndClosed((inner) => outer([`Transfer-Encoding: ${coding}`, length(inner)], inner)));
    test(`Content-Length together with Transfer-Encoding: ${coding}`, () =>
      refusedAndClosed((inner) => outer([length(inner), `Transfer-Encoding: ${coding}`], inner)));
  }
  for (const coding of ['gzip', 'chunked, identity', 'identity, chunked', 'gzip, chunked', 'chunked, chunked', 'identity',
    'xchunked', 'chunked;q=1', '"chunked"', 'chunked x', ',chunked', 'chunked,', '\x0bchunked']) {
    test(`Transfer-Encoding: ${JSON.stringify(coding)} alone`, () =>
      refusedAndClosed((inner) => outer([`Transfer-Encoding: ${coding}`], inner)));
  }
  test('two Transfer-Encoding headers', () => refusedAndClosed((inner) =>
    outer(['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], chunked(inner))));
  test('Transfer-Encoding with white space before the colon', () => refusedAndClosed((inner) =>
    outer(['Transfer-Encoding : chunked'], chunked(inner))));
  test('Transfer-Encoding on a folded line', () => refusedAndClosed((inner) =>
    outer(['Transfer-Encoding:', ' chunked'], chunked(inner))));
});

describe('lengths', () => {
  test('two different lengths', () => refusedAndClosed((inner) =>
    outer(['Content-Length: 0', length(inner)], inner)));
  test('the same length twice', () => refusedAndClosed((inner) => outer([length(inner), length(inner)], inner)));
  for (const value of ['+1', '-1', '0x10', '1,1', '1 1', '', ' ', '1e2', '00', '007', '18446744073709551617', '1.0', '٣']) {
    test(`Content-Length: ${JSON.stringify(value)}`, () =>
      refusedAndClosed((inner) => outer([`Content-Length: ${value}`], inner)));
  }
});

describe('hosts', () => {
  const get = (lines, inner) => head(['GET /healthz HTTP/1.1', ...lines]) + inner;
  test('none', () => refusedAndClosed((inner) => get(['Accept: */*'], inner)));
  test('two', () => refusedAndClosed((inner) => get([HOST, 'Host: evil.example'], inner)));
  test('the same twice', () => refusedAndClosed((inner) => get([HOST, HOST], inner)));
  for (const host of ['a@b', 'user@localhost', 'a b', 'a/b', 'a,b', '', 'localhost:port', 'localhost:', 'localhost:123456', '[::1',
    'localhost#', 'localhost?x']) {
    test(`Host: ${JSON.stringify(host)}`, () => refusedAndClosed((inner) => get([`Host: ${host}`], inner)));
  }
  test('an absolute URI that names another', () => refusedAndClosed((inner) =>
    head(['GET http://evil.example/healthz HTTP/1.1', HOST]) + inner));
  test('an absolute URI that names the same', () => refusedAndClosed((inner) =>
    head([`GET https://${identity.host}/healthz HTTP/1.1`, HOST]) + inner));
});

describe('lines', () => {
  const signed = (lines, inner) => outer(lines, inner, { drop: [] });
  test('two Authorization headers', () => refusedAndClosed((inner) => {
    const request = sign(acme.credential, endpoints.identity, 'GET', `/20160918/users?compartmentId=${acme.tenancyId}`);
    const authorization = request.headers.at(-1)[1];
    return head([`GET ${request.target} HTTP/1.1`, ...request.headers.map(([key, value]) => `${key}: ${value}`),
      `Authorization: ${authorization}`]) + inner;
  }));
  for (const name of ['date', 'x-date', 'x-content-sha256', 'content-type', 'opc-retry-token']) {
    test(`two headers ${name}`, () => refusedAndClosed((inner) =>
      outer([`${name}: a`, `${name}: b`, length(inner)], inner, { drop: [name, 'content-length'] })));
  }
  test('a folded header', () => refusedAndClosed((inner) => signed(['X-Long: a', ' b'], inner)));
  test('a folded header with a tab', () => refusedAndClosed((inner) => signed(['X-Long: a', '\tb'], inner)));
  test('a header without a colon', () => refusedAndClosed((inner) => signed(['Nonsense'], inner)));
  test('a header without a name', () => refusedAndClosed((inner) => signed([': x'], inner)));
  test('a NUL in a header', () => refusedAndClosed((inner) => signed(['X-Nul: a\0b'], inner)));
  test('a lone carriage return in a header', () => refusedAndClosed((inner) => signed(['X-Cr: a\rb'], inner)));
  test('line feeds alone', () => refusedAndClosed((inner) =>
    `GET /healthz HTTP/1.1\n${HOST}\n\n${inner}`));
  test('one line feed alone', () => refusedAndClosed((inner) =>
    `GET /healthz HTTP/1.1\r\nX-A: b\n${HOST}\r\n\r\n${inner}`));
  for (const line of ['GET  /healthz HTTP/1.1', 'GET /healthz  HTTP/1.1', ' GET /healthz HTTP/1.1', 'GET /healthz', 'GET',
    'GET /health z HTTP/1.1', 'GET /healthz http/1.1', 'GET /healthz HTTP/1.1 ', 'GET /healthz#x HTTP/1.1',
    'GET /h\u00e9 HTTP/1.1', 'G\0ET /healthz HTTP/1.1', 'GET healthz HTTP/1.1', 'GET * HTTP/1.1']) {
    test(`the request line ${JSON.stringify(line)}`, () =>
      refusedAndClosed((inner) => head([line, HOST]) + inner));
  }
  test('an empty line before the request', () => refusedAndClosed((inner) =>
    `\r\n${head(['GET /healthz HTTP/1.1', HOST])}${inner}`));
  for (const [version, status] of [['HTTP/1.0', 505], ['HTTP/0.9', 505], ['HTTP/2.0', 505]]) {
    test(`${version} is not spoken`, () => refusedAndClosed((inner) => head([`GET /healthz ${version}`, HOST]) + inner, [status]));
  }
  for (const method of ['CONNECT', 'TRACE', 'OPTIONS', 'PRI']) {
    test(`${method} is no operation's`, () =>
      refusedAndClosed((inner) => head([`${method} /healthz HTTP/1.1`, HOST]) + inner, [400, 405, 501]));
  }
});

describe('chunks', () => {
  const body = JSON.stringify({ compartmentId: acme.tenancyId, name: 'chunky', description: 'chunky' });
  const size = body.length.toString(16);
  for (const [what, text] of [
    ['an extension', `${size};a=b\r\n${body}\r\n0\r\n\r\n`],
    ['an extension that ends in a line feed', `${size};a\n${body}\r\n0\r\n\r\n`],
    ['a line feed alone after the size', `${size}\n${body}\r\n0\r\n\r\n`],
    ['a line feed alone after the data', `${size}\r\n${body}\n0\r\n\r\n`],
    ['a trailer', `${size}\r\n${body}\r\n0\r\nX-Trailer: a\r\n\r\n`],
    ['white space before the size', ` ${size}\r\n${body}\r\n0\r\n\r\n`],
    ['white space after the size', `${size} \r\n${body}\r\n0\r\n\r\n`],
    ['a sign', `+${size}\r\n${body}\r\n0\r\n\r\n`],
    ['a prefix', `0x${size}\r\n${body}\r\n0\r\n\r\n`],
    ['no size', `\r\n${body}\r\n0\r\n\r\n`],
    ['a size that overflows', `10000000000000000${size}\r\n${body}\r\n0\r\n\r\n`],
    ['more data than its size', `1\r\n${body}\r\n0\r\n\r\n`]]) {
    test(`with ${what}`, () => refusedAndClosed((inner) => outer(['Transfer-Encoding: chunked'], text + inner)));
  }
});

describe('sizes', () => {
  for (const [what, makeBytes, status] of [
    ['a header of 1 MB', () => head(['GET /healthz HTTP/1.1', HOST, `X-Big: ${'a'.repeat(1 << 20)}`]), 431],
    ['10000 headers', () => head(['GET /healthz HTTP/1.1', HOST, ...Array.from({ length: 10000 }, (u, n) => `X-${n}: a`)]), 431],
    ['a target of 64 kB', () => head([`GET /${'a'.repeat(65536)} HTTP/1.1`, HOST]), 414],
    ['a body that says 1 GB', () => outer([`Content-Length: ${2 ** 30}`], 'x'), 413]]) {
    test(`${what}: ${status} and closed`, async () => {
      const { answers, closed, text } = await exchange(makeBytes()).catch((error) => ({ answers: [], closed: true, text: String(error) }));
      assert.ok(closed, text);
      // The answer may be lost when the peer is still writing as the connection is closed.
      if (answers.length > 0) assert.deepEqual(answers, [status], text);
    });
  }
});

describe('what is right goes on working', () => {
  test('two requests behind each other on one connection both run, in order', async () => {
    const one = head(['GET /healthz HTTP/1.1', HOST]);
    const { answers, closed } = await exchange(one + head(['GET /nothing HTTP/1.1', HOST, 'Connection: close']));
    assert.deepEqual(answers, [200, 404]);
    assert.ok(closed);
  });
  test('an answer to HEAD has no body that the next answer could be taken for', async () => {
    const { answers, text } = await exchange(head(['HEAD /healthz HTTP/1.1', HOST]) + head(['GET /healthz HTTP/1.1', HOST, 'Connection: close']));
    assert.equal(answers.length, 2, text);
    const first = text.slice(0, text.lastIndexOf('HTTP/1.1 '));
    assert.equal(first.indexOf('\r\n\r\n'), first.length - 4, 'the first answer has a body');
  });
  test('every other role has the same filter', async () => {
    for (const role of ['certificates', 'load-balancer', 'audit', 'replica']) {
      const endpoint = new URL(endpoints[role]);
      const bytes = head(['POST /x HTTP/1.1', `Host: ${endpoint.host}`, 'Transfer-Encoding: gzip'])
        + head(['GET /healthz HTTP/1.1', `Host: ${endpoint.host}`]);
      const { answers, closed } = await exchange(bytes, { endpoint });
      assert.deepEqual(answers, [400], role);
      assert.ok(closed, role);
    }
  });
  test('TLS below 1.3 is not spoken', async () => {
    await assert.rejects(new Promise((resolve, reject) => {
      const socket = tls.connect({ host: identity.hostname, port: identity.port, ca, maxVersion: 'TLSv1.2', servername: identity.hostname });
      socket.on('secureConnect', () => { socket.destroy(); resolve(); });
      socket.on('error', reject);
    }));
  });
});
