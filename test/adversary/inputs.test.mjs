// SPDX-License-Identifier: Apache-2.0
// Class F of security.md: text that wants to be more than text, and more of it than anybody needs.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { administrator, changes, dump, endpoints, makeUser, unique } from '../support/stack.mjs';
import { send } from '../support/signer.mjs';
import { CERTIFICATES, IDENTITY, LOAD_BALANCERS, makeCertificate, makeRoot } from './world.mjs';

const acme = administrator('acme');
const globex = administrator('globex');
const compartmentId = acme.tenancyId;
const COMPARTMENTS = '/20160918/compartments';
let root;
let certificate;
let reader;

before(async () => {
  root = await makeRoot(acme, 'inputs');
  certificate = await makeCertificate(acme, root, 'inputs');
  reader = await makeUser(acme, 'inputs', ['Allow GROUP to inspect leaf-certificates in tenancy']);
});

const NASTY = ["'; DROP TABLE guarded; --", "' OR '1'='1", '" UNION SELECT * FROM api_key --', '%', '_', '\\', '$1', '{}', '{0}', '%s%n',
  '../../etc/passwd', '<script>alert(1)</script>', '=cmd|x', '$(id)', '{{7*7}}', 'a\u202eb', '\u{1F512}', '-- x'];

async function unchanged(attempt) {
  const state = dump();
  const answer = await attempt();
  assert.equal(changes(state, dump()), '');
  return answer;
}

describe('text', () => {
  test('F10 what looks like SQL is stored and found as it is', async () => {
    for (const text of NASTY) {
      const made = await acme.ok(IDENTITY, 'POST', COMPARTMENTS,
        { compartmentId, name: unique('text'), description: text, freeformTags: { note: text } });
      const read = await acme.ok(IDENTITY, 'GET', `${COMPARTMENTS}/${made.id}`);
      assert.equal(read.description, text);
      assert.deepEqual(read.freeformTags, { note: text });
    }
  });

  test('F10 in filters and page tokens it finds nothing, or is refused', async () => {
    for (const text of NASTY) {
      const value = encodeURIComponent(text);
      for (const target of [`/20210224/certificates?compartmentId=${compartmentId}&name=${value}`,
        `/20210224/certificates?compartmentId=${compartmentId}&certificateId=${value}`,
        `/20210224/certificates?compartmentId=${compartmentId}&page=${value}`,
        `/20210224/certificates?compartmentId=${compartmentId}&sortBy=${value}`,
        `/20210224/certificates?compartmentId=${value}`, `/20210224/certificates/${value}`]) {
        const answer = await acme.call(CERTIFICATES, 'GET', target);
        assert.ok([200, 400, 404].includes(answer.status), `${target}: ${answer.status} ${answer.text}`);
        if (answer.status === 200) assert.deepEqual(answer.json.items, [], target);
        assert.ok(!/sqlite|syntax|near "/i.test(answer.text), answer.text);
      }
    }
  });

  test('F10 a name that would end a line of a configuration is no name', async () => {
    for (const name of ['x\n  server evil 1.2.3.4', '"; ssl_engine /tmp/x;', '$(id)', '#\nfrontend x', 'a b', 'é', '..', '', 'x'.repeat(65), 'a\0']) {
      const answer = await acme.call(LOAD_BALANCERS, 'POST', '/20170115/loadBalancers', {
        compartmentId, displayName: 'x', shapeName: '100Mbps', subnetIds: ['ocid1.subnet.perennial.home-1.a'],
        backendSets: { [name]: { policy: 'ROUND_ROBIN', healthChecker: { protocol: 'TCP' } } },
      });
      assert.equal(answer.status, 400, `${JSON.stringify(name)}: ${answer.status} ${answer.text}`);
    }
  });

  test('D14 control characters, lone surrogates and broken UTF-8 are refused', async () => {
    for (const body of [
      JSON.stringify({ compartmentId, name: unique('nul'), description: 'a\0b' }),
      JSON.stringify({ compartmentId, name: unique('esc'), description: 'a\x1bb' }),
      `{"compartmentId":"${compartmentId}","name":"${unique('lone')}","description":"\\ud800"}`,
      JSON.stringify({ compartmentId, name: 'a\0b', description: 'x' })]) {
      const answer = await unchanged(() => acme.call(IDENTITY, 'POST', COMPARTMENTS, body));
      assert.equal(answer.status, 400, `${body}: ${answer.status} ${answer.text}`);
    }
  });

  test('D14 tags have their bounds', async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (unused, n) => [`k${n}`, 'v']));
    for (const freeformTags of [many, { k: 'x'.repeat(10_000) }, { ['k'.repeat(500)]: 'v' }, { k: 'a\0b' }, { '': 'v' }]) {
      const answer = await unchanged(() => acme.call(IDENTITY, 'POST', COMPARTMENTS,
        { compartmentId, name: unique('tags'), description: 'x', freeformTags }));
      assert.equal(answer.status, 400, `${answer.status} ${answer.text.slice(0, 200)}`);
      assert.match(answer.json.message, /^\/freeformTags/);
    }
  });
});

describe('sizes and shapes of bodies', () => {
  const post = (body) => acme.call(IDENTITY, 'POST', COMPARTMENTS, body);
  test('a deep body is refused at once', async () => {
    for (const body of ['['.repeat(50_000), `${'['.repeat(50_000)}${']'.repeat(50_000)}`, '{"a":'.repeat(20_000),
      `{"compartmentId":${'['.repeat(1000)}${']'.repeat(1000)}}`]) {
      const started = Date.now();
      const answer = await unchanged(() => post(body));
      assert.equal(answer.status, 400, `${answer.status} ${answer.text}`);
      assert.ok(Date.now() - started < 3000);
    }
  });
  test('a body above its limit is a 413', async () => {
    const answer = await post(JSON.stringify({ compartmentId, name: 'big', description: 'x'.repeat(2 << 20) }))
      .catch((error) => ({ status: 413, error }));  // The connection is closed while we still write.
    assert.equal(answer.status, 413);
  });
  test('numbers that are none of ours are refused', async () => {
    for (const number of ['1e400', '-1', '1.5', '9223372036854775808', '"1"', 'true', 'NaN', '0x1', '01', '1e2']) {
      const answer = await acme.call(CERTIFICATES, 'PUT', `/20210224/certificates/${certificate.id}`, `{"currentVersionNumber":${number}}`);
      assert.equal(answer.status, 400, `${number}: ${answer.status} ${answer.text}`);
    }
  });
  test('JSON with comments, trailing commas, single quotes or a mark at its front is none', async () => {
    for (const body of ['{"name":"a",}', '{/**/}', "{'name':'a'}", '\ufeff{}', '{} {}', '{}x', 'undefined', '']) {
      const answer = await unchanged(() => post(body));
      assert.equal(answer.status, 400, `${body}: ${answer.status} ${answer.text}`);
    }
  });
});

describe('targets', () => {
  test('a parameter that is there twice is refused, or the first reading is the only one', async () => {
    const target = `/20210224/certificates?compartmentId=${globex.tenancyId}&compartmentId=${compartmentId}`;
    for (const who of [globex, reader]) {
      const answer = await who.call(CERTIFICATES, 'GET', target);
      assert.ok(answer.status === 400 || answer.status === 404 || answer.json.items.length === 0, answer.text);
    }
  });
  test('other spellings of a path lead nowhere else', async () => {
    const id = certificate.id;
    for (const target of [`/20210224/certificates/${id}/`, `/20210224//certificates/${id}`, `/20210224/./certificates/${id}`,
      `/20210224/x/../certificates/${id}`, `/20210224/certificates/${id}%00`, `/20210224/certificates/${id}%2fversions`,
      `/20210224/Certificates/${id}`, `/20210224/certificates/${id};x=y`, `/20210224/certificates/%zz`]) {
      const answer = await acme.call(CERTIFICATES, 'GET', target);
      assert.ok(answer.status === 404 || answer.status === 400, `${target}: ${answer.status} ${answer.text}`);
    }
  });
  test('a list without a compartment shows what the caller may see, and no more', async () => {
    const seen = await reader.ok(CERTIFICATES, 'GET', '/20210224/certificates');
    assert.deepEqual(seen.items.map(({ id }) => id), [certificate.id]);
    assert.deepEqual((await globex.ok(CERTIFICATES, 'GET', '/20210224/certificates')).items, []);
  });
  test('a page token of another list or caller opens nothing', async () => {
    await makeCertificate(acme, root, 'inputs-2');
    const first = await reader.call(CERTIFICATES, 'GET', `/20210224/certificates?limit=1&sortBy=NAME&compartmentId=${compartmentId}`);
    const page = first.headers['opc-next-page'];
    assert.ok(page);
    const there = await globex.call(CERTIFICATES, 'GET', `/20210224/certificates?limit=1&sortBy=NAME&page=${page}`);
    assert.ok(there.status === 400 || there.json.items.length === 0, there.text);
    for (const forged of [`${page}x`, page.slice(1), Buffer.from('["a","b"]').toString('base64url'), Buffer.from('{}').toString('base64url'),
      'A'.repeat(4000), '%00']) {
      const answer = await reader.call(CERTIFICATES, 'GET', `/20210224/certificates?page=${encodeURIComponent(forged)}&compartmentId=${compartmentId}`);
      assert.ok([200, 400].includes(answer.status), `${answer.status} ${answer.text}`);
    }
  });
});

describe('headers', () => {
  test('a request id is echoed only when it is one', async () => {
    for (const requestId of ['A-1', 'x'.repeat(5000), 'a;b', '<script>', "é"]) {
      const answer = await acme.call(IDENTITY, 'GET', `/20160918/tenancies/${compartmentId}`, undefined, { requestId })
        .catch((error) => ({ status: 0, error, headers: {} }));
      if (answer.status === 0) continue;  // Node itself sends no such header.
      assert.ok([200, 400, 401].includes(answer.status), `${answer.status} ${answer.text}`);
      const echoed = answer.headers['opc-request-id'] ?? '';
      assert.ok(echoed.length < 400, `${echoed.length} characters come back`);
      assert.ok(!/[<>;]/.test(echoed), echoed);
    }
  });
  test('no answer sets a cookie, allows another origin or names its program', async () => {
    for (const answer of [await acme.call(IDENTITY, 'GET', `/20160918/tenancies/${compartmentId}`), await acme.call(IDENTITY, 'GET', '/nothing')]) {
      for (const name of ['set-cookie', 'access-control-allow-origin', 'server', 'x-powered-by']) assert.ok(!(name in answer.headers), name);
      assert.equal(answer.headers['cache-control'], 'no-store');
    }
  });
  test('a retry token has 1 to 64 characters', async () => {
    for (const token of ['x'.repeat(65)]) {
      const answer = await unchanged(() => acme.call(IDENTITY, 'POST', COMPARTMENTS, { compartmentId, name: unique('token'), description: 'x' },
        { extra: [['opc-retry-token', token]] }));
      assert.equal(answer.status, 400, answer.text);
    }
  });
  test('health is told to anybody, and nothing else', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await send({ endpoint: endpoints.identity, method: 'GET', target: path, headers: [['host', new URL(IDENTITY).host]], body: '' });
      assert.deepEqual([answer.status, answer.text], [200, 'ok\n']);
    }
    for (const path of ['/metrics', '/debug', '/.git/config', '/healthz/', '/readyz?verbose=1']) {
      const answer = await send({ endpoint: endpoints.identity, method: 'GET', target: path, headers: [['host', new URL(IDENTITY).host]], body: '' });
      assert.equal(answer.status, 404, path);
    }
  });
});
