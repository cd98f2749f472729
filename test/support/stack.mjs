// SPDX-License-Identifier: Apache-2.0
// The running stack that tools/testbed/hold.py gave to this test.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Caller, Credential, fingerprintOf, newEcKey, newRsaKey, publicPem, send, sign, unsigned } from './signer.mjs';

if (!process.env.PERENNIAL_STACK) {
  throw new Error('run this under tools/testbed/hold.py --bin BUILD/src/apps -- node --test FILE');
}
export const stack = JSON.parse(process.env.PERENNIAL_STACK);
export const endpoints = stack.endpoints;

// Gives an order to hold.py, see there.
export function order(what) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(stack.socket);
    let text = '';
    socket.on('connect', () => socket.write(`${JSON.stringify(what)}\n`));
    socket.on('data', (part) => { text += part; });
    socket.on('error', reject);
    socket.on('end', () => {
      const answer = JSON.parse(text);
      if ('ok' in answer) resolve(answer.ok); else reject(new Error(answer.error));
    });
  });
}

// Runs the CLI and returns {status, out, err}.
export const perennial = (args, context) => order({ do: 'perennial', arguments: args, context });

// The administrator of a tenancy.
export function administrator(name) {
  const context = stack.contexts[name];
  const keyId = `${context.tenancyId}/${context.userId}/${context.fingerprint}`;
  const caller = new Caller(new Credential(keyId, fs.readFileSync(context.keyFile)));
  caller.tenancyId = context.tenancyId;
  caller.userId = context.userId;
  return caller;
}

export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// Calls `attempt` until it returns something true, and returns that.
export async function eventually(what, attempt, { timeoutMs = 30_000, pauseMs = 50 } = {}) {
  const deadline = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      last = undefined;
      const value = await attempt();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`gave up after ${timeoutMs} ms waiting for ${what}`, { cause: last });
    }
    await sleep(pauseMs);
  }
}

let counter = 0;
export const unique = (prefix) => `${prefix}-${process.pid}-${++counter}`;

// --- people ---------------------------------------------------------------------------------------------

const IDENTITY = '/20160918';

// A user with an API key and a group of the same name that has these statements. "GROUP" stands for the group.
// Every service knows the user when this returns.
export async function makeUser(admin, name, statements = []) {
  const id = admin.tenancyId;
  const post = (what, body) => admin.ok(endpoints.identity, 'POST', `${IDENTITY}/${what}`, body);
  const user = await post('users', { compartmentId: id, name, description: 'test' });
  const group = await post('groups', { compartmentId: id, name: `${name}-group`, description: 'test' });
  await post('userGroupMemberships', { userId: user.id, groupId: group.id });
  let policy;
  if (statements.length > 0) {
    policy = await post('policies', {
      compartmentId: id, name: `${name}-policy`, description: 'test',
      statements: statements.map((text) => text.replace('GROUP', `group ${name}-group`)),
    });
  }
  // Last: facts reach the services in their order, so who is authenticated has its rights there too.
  const keys = newRsaKey();
  await post(`users/${user.id}/apiKeys`, { key: publicPem(keys.publicKey) });
  const caller = new Caller(new Credential(`${id}/${user.id}/${fingerprintOf(keys.publicKey)}`, keys.privateKey));
  Object.assign(caller, { tenancyId: id, userId: user.id, groupId: group.id, policyId: policy?.id });
  await everywhereKnown(caller);
  return caller;
}

// Waits until each service authenticates the caller: the facts of identity reach them within seconds.
export async function everywhereKnown(caller) {
  const reads = [
    [endpoints.identity, `${IDENTITY}/users/${caller.userId}`],
    [endpoints.certificates, `/20210224/certificates?compartmentId=${caller.tenancyId}`],
    [endpoints['load-balancer'], `/20170115/loadBalancers?compartmentId=${caller.tenancyId}`],
  ];
  for (const [endpoint, target] of reads) {
    await eventually(`${endpoint} to know the user`, async () => {
      const answer = await caller.call(endpoint, 'GET', target);
      return answer.status !== 401 && answer.status < 500;
    });
  }
}

// --- services and nodes ---------------------------------------------------------------------------------

// The principal whose enrolment key this is, with a token over a session key of ours.
export async function enrolledCaller(principalId, privateKey) {
  const enrolment = new Credential(`enrolment/${principalId}`, privateKey);
  const session = newEcKey();
  const answer = await eventually(`${principalId} to get its token`, async () => {
    const got = await send(sign(enrolment, endpoints.identity, 'POST', '/20260101/tokens/actions/exchange',
      { publicKeyPem: publicPem(session.publicKey) }));
    return got.status === 200 && got;
  });
  const caller = new Caller(new Credential(`ST$${answer.json.token}`, session.privateKey));
  Object.assign(caller, { principalId, token: answer.json.token, session, enrolment });
  return caller;
}

// Evil Tony: whoever holds the folder of credentials of a service.
export function serviceCaller(role) {
  const folder = stack.credentials[role];
  const { principalId } = JSON.parse(fs.readFileSync(path.join(folder, 'principal.json'), 'utf8'));
  return enrolledCaller(principalId, fs.readFileSync(path.join(folder, 'enrolment.key')));
}

export function makeNodePool(admin, displayName, addresses) {
  return admin.ok(endpoints.identity, 'POST', '/20260101/nodePools',
    { displayName, compartmentId: admin.tenancyId, addresses });
}

export function makeNodeToken(admin, nodePoolIds) {
  return admin.ok(endpoints.identity, 'POST', '/20260101/nodeTokens',
    { nodePoolIds, productKinds: ['loadbalancer'], expiresInSeconds: 600 });
}

// A node that is nothing but its key: enough for everything that identity and the services see of one.
export async function makeNode(admin, name, poolId, address) {
  const { token } = await makeNodeToken(admin, [poolId]);
  const keys = newEcKey();
  const publicKeyPem = publicPem(keys.publicKey);
  const proof = new Credential('', keys.privateKey).sign(`perennial-enrol\n${token}\n${publicKeyPem}`);
  const answer = await send(unsigned(endpoints.identity, 'POST', '/20260101/nodes/actions/enrol',
    { token, name, addresses: [address], publicKeyPem, proof }));
  if (answer.status !== 200) throw new Error(`enrol: ${answer.status} ${answer.text}`);
  const caller = await enrolledCaller(answer.json.nodeId, keys.privateKey);
  return Object.assign(caller, { nodeId: answer.json.nodeId });
}

// The node speaking as one load balancer that is placed on it.
export async function resourceCaller(node, resourceId, { rsa = false } = {}) {
  const session = rsa ? newRsaKey() : newEcKey();
  const { items } = await node.ok(endpoints.identity, 'POST', '/20260101/resourcePrincipalTokens',
    { resourceIds: [resourceId], publicKeyPem: publicPem(session.publicKey) });
  const caller = new Caller(new Credential(`ST$${items[0].token}`, session.privateKey));
  return Object.assign(caller, { token: items[0].token, session, resourceId });
}

// --- databases ------------------------------------------------------------------------------------------

// Of one role, as its service reaches it: a SQLite file, or a schema on PostgreSQL.
const databaseOf = (role) => path.join(stack.data[role], `${role}.db`);
const userOf = (role) => `perennial_${role.replaceAll('-', '_')}`;

const run = (program, args, env = {}) => execFileSync(program, args,
  { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 << 20, env: { ...process.env, ...env } });

// Runs SQL on the database of a role, with no more rights there than its service has. Rows are lines, columns are
// parted by |.
export function sql(role, text, { readonly = true } = {}) {
  if (stack.databaseUrl) {
    const options = `-c default_transaction_read_only=${readonly ? 'on' : 'off'}`;
    return run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', stack.databaseUrl, '-U', userOf(role), '-c', text],
      { PGOPTIONS: options });
  }
  return run('sqlite3', [...(readonly ? ['-readonly'] : []), '-cmd', '.timeout 5000', databaseOf(role), text]);
}

// A change by somebody who switches off what he can: on SQLite anybody may do without foreign keys.
export const sqlUnguarded = (role, text) =>
  sql(role, stack.databaseUrl ? text : `PRAGMA foreign_keys=OFF; ${text}`, { readonly: false });

// What the database says when a certificate that is in use is to go (ADR-0004).
export const GUARD = /guarded: in use/;

// All rows of a role's database, as INSERT statements.
export function rows(role) {
  const [text, prefix] = stack.databaseUrl
    ? [run('pg_dump', ['--data-only', '--inserts', '-n', userOf(role), '-d', stack.databaseUrl, '-U', userOf(role)]),
      `INSERT INTO ${userOf(role)}.`]
    : [sql(role, '.dump'), 'INSERT INTO '];
  // A statement may hold line breaks, as a PEM does.
  return text.split(/;\n/).map((statement) => statement.slice(Math.max(0, statement.indexOf(prefix))))
    .filter((statement) => statement.startsWith(prefix)).map((statement) => statement.slice(prefix.length));
}

const SERVICES = ['identity', 'certificates', 'load-balancer'];
const REFUSED = '%"outcome":"REFUSED"%';

// Refusals that each service has in its audit.
export function refusals() {
  return Object.fromEntries(SERVICES.map((role) => [role, Number(sql(role,
    `SELECT count(*) FROM audit WHERE payload LIKE '${REFUSED}'`))]));
}

// The last refusal of a service.
export const lastRefusal = (role) => JSON.parse(sql(role,
  `SELECT payload FROM audit WHERE payload LIKE '${REFUSED}' ORDER BY position DESC LIMIT 1`));

// The rows by which two dumps differ, as text to show; empty when they are the same.
export function changes(before, after) {
  const lines = [];
  for (const role of Object.keys(before)) {
    const [old, fresh] = [new Set(before[role].split('\n')), new Set(after[role].split('\n'))];
    lines.push(...[...old].filter((row) => !fresh.has(row)).map((row) => `${role} - ${row}`));
    lines.push(...[...fresh].filter((row) => !old.has(row)).map((row) => `${role} + ${row}`));
  }
  return lines.join('\n');
}

// Everything that the services hold, but the audit and what only bridges a call.
export function dump() {
  const passing = /^"?(audit|audit_head|signature_seen|retry_token|attach_intent|resource_intent)\b/;
  return Object.fromEntries(SERVICES.map((role) =>
    [role, rows(role).filter((row) => !passing.test(row)).sort().join('\n')]));
}
