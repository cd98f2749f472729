// SPDX-License-Identifier: Apache-2.0
// An attach and a deletion of the same certificate at the same moment: one of them is refused, whoever is first.
// PERENNIAL_GUARD_PAIRS says how often, each time with a certificate of its own.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { GUARD, administrator, eventually, makeNode, makeNodePool, serviceCaller, sleep, sql, sqlUnguarded, stack } from '../support/stack.mjs';
import { ATTACH, CERTIFICATES, attach, click, makeCertificate, makeLoadBalancer, makeRoot, pair } from '../adversary/world.mjs';

const PAIRS = Number(process.env.PERENNIAL_GUARD_PAIRS ?? 200);
const AT_A_TIME = 8;

let [acme, service, root, balancer] = [];
const outcomes = { attached: [], deleted: [] };

before(async () => {
  acme = administrator('acme');
  root = await makeRoot(acme, 'root');
  const pool = await makeNodePool(acme, 'edge', ['127.0.0.1']);
  await makeNode(acme, 'edge-1', pool.id, '127.0.0.1');
  balancer = await eventually('a load balancer', () => makeLoadBalancer(acme, pool.id, 'shop'));
  service = await serviceCaller('load-balancer');
  await eventually('certificates to know the service',
    async () => (await service.call(CERTIFICATES, 'POST', ATTACH, { pairs: [] })).status !== 401);
});

// Sometimes the one is a little ahead, sometimes the other.
async function race(number) {
  const { id } = await makeCertificate(acme, root, `raced-${number}`);
  const request = click(acme, balancer, id);
  const lead = number % 7 - 3;
  const [attached, deleted] = await Promise.all([
    sleep(Math.max(0, -lead)).then(() => attach(service, request, [pair(id, balancer)])),
    sleep(Math.max(0, lead)).then(() =>
      acme.call(CERTIFICATES, 'POST', `/20210224/certificates/${id}/actions/scheduleDeletion`, {})),
  ]);
  const [winner, loser, list] = attached.status < 300
    ? [attached, deleted, outcomes.attached] : [deleted, attached, outcomes.deleted];
  assert.ok(winner.status < 300, `both were refused: ${attached.text} ${deleted.text}`);
  assert.equal(loser.status, 409, `${loser.status} ${loser.text}`);
  list.push(id);
}

test(`of ${PAIRS} races none has two winners`, async () => {
  let next = 0;
  await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
    while (next < PAIRS) await race(next++);
  }));
  // Both orders came up: else nothing was raced.
  assert.ok(outcomes.attached.length > 0 && outcomes.deleted.length > 0,
    `${outcomes.attached.length} attached, ${outcomes.deleted.length} deleted`);
  console.log(`# ${outcomes.attached.length} attached, ${outcomes.deleted.length} deleted`);
});

test('the database holds what was answered', () => {
  const states = (text) => sql('certificates', text).trim().split('\n').sort();
  assert.deepEqual(states('SELECT certificates_resource_id FROM association'), [...outcomes.attached].sort());
  assert.deepEqual(states("SELECT id FROM guarded WHERE lifecycle_state = 'PENDING_DELETION'"), [...outcomes.deleted].sort());
});

test('in raw SQL the database refuses it too', () => {
  const [used] = outcomes.attached;
  const [going] = outcomes.deleted;
  assert.throws(() => sqlUnguarded('certificates',
    `UPDATE guarded SET lifecycle_state = 'PENDING_DELETION', attachable = 0 WHERE id = '${used}'`), GUARD);
  assert.throws(() => sqlUnguarded('certificates', `DELETE FROM guarded WHERE id = '${used}'`), GUARD);
  assert.throws(() => sqlUnguarded('certificates', `DELETE FROM certificate WHERE id = '${used}'`), /certificate: in use/);
  assert.throws(() => sqlUnguarded('certificates', `UPDATE association SET certificates_resource_id = '${going}'
    WHERE certificates_resource_id = '${used}'`), /association: not attachable/);
});

test('on PostgreSQL the service itself cannot take away both locks', { skip: !stack.databaseUrl }, () => {
  const [used] = outcomes.attached;
  const going = `UPDATE guarded SET lifecycle_state = 'PENDING_DELETION', attachable = 0 WHERE id = '${used}'`;
  // Its own triggers it may switch off, those of the foreign keys it may not.
  assert.throws(() => sqlUnguarded('certificates', `ALTER TABLE guarded DISABLE TRIGGER USER; ${going}`), /foreign key/);
  assert.throws(() => sqlUnguarded('certificates', 'ALTER TABLE guarded DISABLE TRIGGER ALL'), /system trigger/);
  assert.throws(() => sqlUnguarded('certificates', `SET session_replication_role = replica; ${going}`), /permission denied/);
});
