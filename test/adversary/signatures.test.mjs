// SPDX-License-Identifier: Apache-2.0
// Class A of security.md: requests whose signature does not say what they do.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { administrator, changes, dump, endpoints, eventually, makeUser, refusals, unique } from '../support/stack.mjs';
import { BODY_HEADERS, Caller, Credential, httpDate, newEcKey, newRsaKey, publicPem, send, sha256, sign, unsigned } from '../support/signer.mjs';

const acme = administrator('acme');
const globex = administrator('globex');
const COMPARTMENTS = '/20160918/compartments';
const tenancies = `/20160918/tenancies/${acme.tenancyId}`;
const readers = [
  ['identity', tenancies],
  ['certificates', `/20210224/certificates?compartmentId=${acme.tenancyId}`],
  ['load-balancer', `/20170115/loadBalancers?compartmentId=${acme.tenancyId}`],
];
const newCompartment = (name = unique('attacked')) => ({ compartmentId: acme.tenancyId, name, description: 'x' });
const signedPost = (options, body = newCompartment()) =>
  acme.sign(endpoints.identity, 'POST', COMPARTMENTS, body, options);

function replaceHeader(request, name, value) {
  return { ...request, headers: request.headers.map(([key, old]) => [key, key === name ? value : old]) };
}
const withoutHeader = (request, name) =>
  ({ ...request, headers: request.headers.filter(([key]) => key !== name) });

let start;
before(() => { start = { state: dump(), refusals: refusals() }; });

async function notAuthenticated(request) {
  const answer = await send(request);
  assert.equal(answer.status, 401, `${answer.status} ${answer.text}`);
  assert.equal(answer.json.code, 'NotAuthenticated');
  return answer;
}

describe('nothing of this is authenticated, changes anything or fills the audit', () => {
  after(() => {
    // A 401 never reaches the audit: a flood of them must not fill a disk.
    const end = { state: dump(), refusals: refusals() };
    assert.deepEqual(end.refusals, start.refusals);
    assert.equal(changes(start.state, end.state), '');
  });

  for (const [role, target] of readers) {
    test(`A01 an unsigned request to ${role} is not authenticated`, async () => {
      await notAuthenticated(unsigned(endpoints[role], 'GET', target));
    });
  }

  test('A02 another body under the same digest is not authenticated', async () => {
    const request = signedPost({}, newCompartment('aaaa'));
    await notAuthenticated({ ...request, body: request.body.replace('aaaa', 'bbbb') });
  });

  test('A03 another body with its own digest under the old signature is not authenticated', async () => {
    const request = signedPost({}, newCompartment('aaaa'));
    const body = request.body.replace('aaaa', 'bbbb');
    await notAuthenticated({ ...replaceHeader(request, 'x-content-sha256', sha256(body)), body });
  });

  for (const left of BODY_HEADERS) {
    test(`A04 a POST that does not sign ${left} is not authenticated`, async () => {
      const signed = ['date', '(request-target)', 'host', ...BODY_HEADERS.filter((name) => name !== left)];
      await notAuthenticated(signedPost({ signed }));
    });
  }

  test('A05 a signature over the date alone is not authenticated', async () => {
    await notAuthenticated(acme.sign(endpoints.identity, 'GET', tenancies, undefined, { signed: ['date'] }));
  });
  test('A05 a signature without a list of headers is not authenticated', async () => {
    await notAuthenticated(acme.sign(endpoints.identity, 'GET', tenancies, undefined,
      { signed: ['date'], mangle: (parameters) => { delete parameters.headers; } }));
  });

  test('A06 a signature that leaves out the target is not authenticated', async () => {
    await notAuthenticated(acme.sign(endpoints.identity, 'GET', tenancies, undefined, { signed: ['date', 'host'] }));
  });
  test('A06 a signature is good for its own path and verb only', async () => {
    const request = acme.sign(endpoints.identity, 'GET', tenancies);
    await notAuthenticated({ ...request, target: COMPARTMENTS });
    await notAuthenticated({ ...request, target: `${tenancies}?x=1` });
    const policy = '/20160918/policies/ocid1.policy.perennial..aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
    const read = acme.sign(endpoints.identity, 'GET', policy);
    await notAuthenticated({ ...read, method: 'DELETE' });
  });

  test('A07 a signature that leaves out the host is not authenticated', async () => {
    await notAuthenticated(acme.sign(endpoints.identity, 'GET', tenancies, undefined,
      { signed: ['date', '(request-target)'] }));
  });
  test('A07 a request that was signed for another host is not authenticated', async () => {
    for (const host of ['identity.us-phoenix-1.oci.oraclecloud.com', new URL(endpoints.certificates).host, 'localhost:1']) {
      await notAuthenticated(acme.sign(endpoints.identity, 'GET', tenancies, undefined, { host }));
    }
  });
  test('A07 a request to one service cannot be sent on to another', async () => {
    const request = acme.sign(endpoints['load-balancer'], 'GET', readers[1][1]);
    await notAuthenticated({ ...request, endpoint: endpoints.certificates });
  });

  for (const offset of [-302, 302]) {
    test(`A08 a date ${offset} s off the clock is not authenticated`, async () => {
      for (const dateName of ['date', 'x-date']) {
        await notAuthenticated(acme.sign(endpoints.identity, 'GET', tenancies, undefined,
          { date: httpDate(offset), dateName }));
      }
    });
  }
  test('A08 an unsigned date counts for nothing', async () => {
    const request = acme.sign(endpoints.identity, 'GET', tenancies, undefined,
      { dateName: 'x-date', date: httpDate(-600), extra: [['date', httpDate()]] });
    await notAuthenticated(request);
  });

  test('A12 the keyId of another user or tenancy does not go with this key', async () => {
    const [tenancy, user, fingerprint] = acme.credential.keyId.split('/');
    const [otherTenancy, otherUser, otherFingerprint] = globex.credential.keyId.split('/');
    for (const keyId of [
      globex.credential.keyId, `${tenancy}/${otherUser}/${fingerprint}`, `${otherTenancy}/${user}/${fingerprint}`,
      `${tenancy}/${user}/${otherFingerprint}`, `${tenancy}/${user}/${fingerprint.toUpperCase()}`,
      `${tenancy}/${user}`, `${tenancy}/${user}/`, '', 'x', `ST$${fingerprint}`, `enrolment/${user}`]) {
      const credential = new Credential(keyId, acme.credential.privateKey);
      await notAuthenticated(sign(credential, endpoints.identity, 'GET', tenancies));
    }
  });

  for (const algorithm of ['none', 'rsa-sha1', 'hmac-sha256', 'hs2019', 'ecdsa-sha256', 'rsa-sha512']) {
    test(`A14 the algorithm ${algorithm} does not authenticate`, async () => {
      await notAuthenticated(acme.sign(endpoints.identity, 'GET', tenancies, undefined,
        { mangle: (parameters) => { parameters.algorithm = algorithm; } }));
    });
  }
  test('A14 a MAC keyed with the public key does not authenticate', async () => {
    const pem = publicPem(acme.credential.privateKey);
    const forged = Object.assign(Object.create(acme.credential), {
      keyId: acme.credential.keyId, algorithm: 'hmac-sha256',
      sign: (text) => crypto.createHmac('sha256', pem).update(text).digest('base64'),
    });
    await notAuthenticated(sign(forged, endpoints.identity, 'GET', tenancies));
    await notAuthenticated(sign(forged, endpoints.identity, 'GET', tenancies, undefined,
      { mangle: (parameters) => { parameters.algorithm = 'rsa-sha256'; } }));
  });
  test('A14 a SHA-1 signature that is called SHA-256 does not authenticate', async () => {
    const weak = Object.assign(Object.create(acme.credential), {
      sign: (text) => crypto.sign('sha1', Buffer.from(text), acme.credential.privateKey).toString('base64'),
    });
    await notAuthenticated(sign(weak, endpoints.identity, 'GET', tenancies));
  });
  test('A14 parameters that are there twice, or unknown, do not authenticate', async () => {
    const request = acme.sign(endpoints.identity, 'GET', tenancies);
    const [, value] = request.headers.find(([name]) => name === 'authorization');
    for (const changed of [
      `${value},algorithm="none"`, `${value},x="y"`, value.replace('Signature ', 'Bearer '),
      value.replace('version="1"', 'version="2"'), value.replaceAll('"', ''), `${value},`, value.slice(0, -1)]) {
      await notAuthenticated(replaceHeader(request, 'authorization', changed));
    }
  });

  test('A16 no other spelling of the signature is accepted', async () => {
    const change = (mangled) => ({ mangle: (parameters) => { parameters.signature = mangled(parameters.signature); } });
    for (const mangled of [
      (text) => `${text.slice(0, 40)} ${text.slice(40)}`, (text) => ` ${text}`, (text) => `${text} `,
      (text) => text.replace(/=+$/, ''), (text) => `${text}=`, (text) => `${text}AAAA`, (text) => text.slice(4),
      // 256 bytes end in one digit with two bits to spare.
      (text) => text.replace(/([A-Za-z0-9+/])==$/, (whole, digit) => `${String.fromCharCode(digit.charCodeAt(0) + 1)}==`),
      () => '', () => '====']) {
      await notAuthenticated(acme.sign(endpoints.identity, 'GET', tenancies, undefined, change(mangled)));
    }
    // URL-safe, for a signature that would differ.
    await notAuthenticated(acme.sign(endpoints.identity, 'GET', tenancies, undefined,
      change((text) => `-_${text.slice(2)}`)));
  });
  test('A16 a signature with any one byte changed is not accepted', async () => {
    const request = acme.sign(endpoints.identity, 'GET', tenancies);
    const value = request.headers.find(([name]) => name === 'authorization')[1];
    const signature = Buffer.from(/signature="([^"]+)"/.exec(value)[1], 'base64');
    for (let at = 0; at < signature.length; at += 1) {
      const changed = Buffer.from(signature);
      changed[at] ^= 1 << crypto.randomInt(8);
      await notAuthenticated(replaceHeader(request, 'authorization',
        value.replace(/signature="[^"]+"/, `signature="${changed.toString('base64')}"`)));
    }
    assert.equal((await send(request)).status, 200);
  });

  test('A16 a signed header that is missing or there twice is not authenticated', async () => {
    const request = signedPost({ extra: [['opc-note', 'a']], alsoSigned: ['opc-note'] });
    await notAuthenticated(withoutHeader(request, 'opc-note'));
    const twice = await send({ ...request, headers: [...request.headers, ['opc-note', 'b']] });
    assert.ok([400, 401].includes(twice.status), `${twice.status}`);
  });
});

describe('what stands at the edge', () => {
  for (const offset of [-295, 295]) {
    test(`A08 a date ${offset} s off the clock is good`, async () => {
      const answer = await acme.call(endpoints.identity, 'GET', tenancies, undefined, { date: httpDate(offset) });
      assert.equal(answer.status, 200, answer.text);
    });
  }
  test('A12 a key that another user has too acts for its own user only', async () => {
    const answer = await globex.call(endpoints.identity, 'GET', tenancies);
    assert.equal(answer.status, 404);
    assert.equal(answer.json.code, 'NotAuthorizedOrNotFound');
  });
});

describe('a request that is sent again', () => {
  const countOf = async (name) => (await acme.ok(endpoints.identity, 'GET',
    `${COMPARTMENTS}?compartmentId=${acme.tenancyId}&name=${name}`)).length;

  test('A10 has one effect and gets the first answer', async () => {
    const name = unique('once');
    const request = signedPost({}, newCompartment(name));
    const first = await send(request);
    assert.equal(first.status, 200, first.text);
    const second = await send(request);
    assert.ok(second.status === 409 || second.json.id === first.json.id, second.text);
    assert.equal(await countOf(name), 1);
  });
  test('A10 has one effect also when both arrive at once', async () => {
    const name = unique('race');
    const request = signedPost({}, newCompartment(name));
    const answers = await Promise.all([1, 2, 3, 4].map(() => send(request)));
    const ids = new Set(answers.filter(({ status }) => status === 200).map(({ json }) => json.id));
    assert.equal(ids.size, 1);
    assert.ok(answers.every(({ status }) => status === 200 || status === 409), answers.map((a) => a.text).join());
    assert.equal(await countOf(name), 1);
  });
  test('A11 with its retry token gets the same answer, and with another body 409', async () => {
    const name = unique('retry');
    const token = () => ({ extra: [['opc-retry-token', `token-of-${name}`]] });
    const first = await send(signedPost(token(), newCompartment(name)));
    assert.equal(first.status, 200, first.text);
    const second = await send(signedPost(token(), newCompartment(name)));
    assert.equal(second.json.id, first.json.id);
    const third = await send(signedPost(token(), newCompartment(`${name}-b`)));
    assert.equal(third.status, 409);
    assert.equal(third.json.code, 'InvalidatedRetryToken');
    assert.equal(await countOf(name), 1);
    assert.equal(await countOf(`${name}-b`), 0);
  });
  test('A11 the retry token of another user is not mine', async () => {
    const name = unique('token');
    const options = { extra: [['opc-retry-token', 'shared-token']] };
    const first = await acme.ok(endpoints.identity, 'POST', COMPARTMENTS, newCompartment(name), options);
    const theirs = await globex.ok(endpoints.identity, 'POST', COMPARTMENTS,
      { ...newCompartment(name), compartmentId: globex.tenancyId }, options);
    assert.notEqual(theirs.id, first.id);
  });
});

describe('a key or user that is gone', () => {
  test('A17 a deleted API key is refused by every service within five seconds', async () => {
    const user = await makeUser(acme, unique('leaver'), ['Allow GROUP to inspect all-resources in tenancy']);
    const [, userId, fingerprint] = user.credential.keyId.split('/');
    await acme.ok(endpoints.identity, 'DELETE', `/20160918/users/${userId}/apiKeys/${fingerprint}`);
    const deleted = Date.now();
    for (const [role, target] of readers) {
      await eventually(`${role} to refuse the key`,
        async () => (await user.call(endpoints[role], 'GET', target)).status === 401, { timeoutMs: 5000, pauseMs: 20 });
    }
    assert.ok(Date.now() - deleted < 5000);
  });
  test('an API key is an RSA key, as in OCI', async () => {
    const { publicKey } = newEcKey();
    const answer = await acme.call(endpoints.identity, 'POST', `/20160918/users/${acme.userId}/apiKeys`,
      { key: publicPem(publicKey) });
    assert.equal(answer.status, 400, answer.text);
    assert.match(answer.json.message, /^\/key: /);
  });
});

test('a key of another kind under an RSA keyId does not authenticate', async () => {
  for (const { privateKey } of [newEcKey(), newRsaKey()]) {
    const stranger = new Caller(new Credential(acme.credential.keyId, privateKey));
    assert.equal((await stranger.call(endpoints.identity, 'GET', tenancies)).status, 401);
  }
});
