// SPDX-License-Identifier: Apache-2.0
// The whole loop through the OCI SDK, with two real agents and two real HAProxies: a listener that names a
// certificate serves it, a new version is served by itself, and what is in use cannot be deleted.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { after, before, describe, test } from 'node:test';
import {
  administrator, bundleOf, clientsOf, common, compactSerial, eventually, fails, makeAuthority, makeCertificate, makeUser,
  stack, unique, workDone, x509,
} from './clients.mjs';
import { GUARD, administrator as rawAdministrator, makeNodePool, makeNodeToken, order, perennial, sleep, sqlUnguarded } from '../support/stack.mjs';
import { freePorts } from '../support/ports.mjs';

const acme = administrator('acme');
const compartmentId = acme.tenancyId;
const execFileAsync = promisify(execFile);
const ADDRESSES = ['127.0.0.1', '127.0.0.2'];
let pool;
let nodes;
let root;
let rootPem;
let backend;
let balancer;
let [httpsPort, otherPort, plainPort] = [];

// The SDK takes an entity tag and shows none.
const etagOf = async (loadBalancerId) => (await rawAdministrator('acme').call(stack.endpoints['load-balancer'], 'GET',
  `/20170115/loadBalancers/${loadBalancerId}`)).headers.etag;
const done = async (call) => workDone(acme, (await call).opcWorkRequestId);

const balancerDetails = (displayName) => ({
  compartmentId, displayName, shapeName: 'flexible', subnetIds: [pool.id],
  shapeDetails: { minimumBandwidthInMbps: 10, maximumBandwidthInMbps: 100 },
});
async function makeBalancer(displayName, client = acme) {
  const { opcWorkRequestId } = await client.balancers.createLoadBalancer({ createLoadBalancerDetails: balancerDetails(displayName) });
  return (await workDone(client, opcWorkRequestId)).loadBalancerId;
}

// A new handshake, without any session: {serial, body} or an error.
function handshake(host, port, servername) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host, port, servername, ca: rootPem, timeout: 3000 });
    socket.on('secureConnect', () => {
      const { serialNumber } = socket.getPeerX509Certificate();
      socket.end();
      resolve(serialNumber);
    });
    socket.on('timeout', () => socket.destroy(new Error('timeout')));
    socket.on('error', reject);
  });
}
const servedEverywhere = (serial, port, servername) => eventually(`both nodes to serve ${serial}`, async () => {
  const seen = await Promise.all(ADDRESSES.map((address) => handshake(address, port, servername)));
  return seen.every((one) => one === serial);
}, { timeoutMs: 30_000, pauseMs: 100 });

async function serialOf(certificateId, more) {
  return x509((await bundleOf(acme, certificateId, more)).certificatePem).serialNumber;
}
const associations = async (more) => (await acme.management.listAssociations(more)).associationCollection.items;

before(async () => {
  backend = http.createServer((request, response) => response.end('hello from behind'));
  await new Promise((resolve) => { backend.listen(0, '127.0.0.1', resolve); });
  [httpsPort, otherPort, plainPort] = await freePorts(3, ADDRESSES);
  const raw = rawAdministrator('acme');
  pool = await makeNodePool(raw, unique('edge'), ADDRESSES);
  nodes = [];
  for (const [n, address] of ADDRESSES.entries()) {
    const { token } = await makeNodeToken(raw, [pool.id]);
    nodes.push(await order({ do: 'join', name: `edge-${n + 1}`, address, token }));
  }
  root = await makeAuthority(acme);
  rootPem = (await acme.bundles.getCertificateAuthorityBundle({ certificateAuthorityId: root.id })).certificateAuthorityBundle.certificatePem;
});
after(() => backend.close());

describe('one click', () => {
  let certificate;
  before(async () => { certificate = await makeCertificate(acme, root, { name: 'shop' }); });

  test('a load balancer is made, and its waiter sees it ACTIVE', async () => {
    balancer = await makeBalancer('web');
    const { loadBalancer } = await acme.balancers.getLoadBalancer({ loadBalancerId: balancer });
    assert.equal(loadBalancer.lifecycleState, 'ACTIVE');
    assert.deepEqual(loadBalancer.ipAddresses.map(({ ipAddress }) => ipAddress).sort(), ADDRESSES);
    assert.deepEqual(loadBalancer.subnetIds, [pool.id]);
    assert.deepEqual([loadBalancer.listeners, loadBalancer.backendSets], [{}, {}]);
    const { items } = await acme.balancers.listLoadBalancers({ compartmentId, displayName: 'web' });
    assert.deepEqual(items.map(({ id }) => id), [balancer]);
  });

  test('it gets a backend set and a backend, whose name holds a colon', async () => {
    await done(acme.balancers.createBackendSet({
      loadBalancerId: balancer,
      createBackendSetDetails: { name: 'web', policy: 'ROUND_ROBIN', healthChecker: { protocol: 'TCP', intervalInMillis: 1000 } },
    }));
    const { port } = backend.address();
    await done(acme.balancers.createBackend({
      loadBalancerId: balancer, backendSetName: 'web', createBackendDetails: { ipAddress: '127.0.0.1', port },
    }));
    const backendName = `127.0.0.1:${port}`;
    assert.equal((await acme.balancers.getBackend({ loadBalancerId: balancer, backendSetName: 'web', backendName })).backend.port, port);
    const { items } = await acme.balancers.listBackends({ loadBalancerId: balancer, backendSetName: 'web' });
    assert.deepEqual(items.map(({ name }) => name), [backendName]);
    const { backendSet } = await acme.balancers.getBackendSet({ loadBalancerId: balancer, backendSetName: 'web' });
    assert.equal(backendSet.healthChecker.protocol, 'TCP');
    assert.deepEqual((await acme.balancers.listBackendSets({ loadBalancerId: balancer })).items.map(({ name }) => name), ['web']);
  });

  test('a listener that names a certificate serves it on both nodes within seconds', async () => {
    const started = Date.now();
    await done(acme.balancers.createListener({
      loadBalancerId: balancer,
      createListenerDetails: {
        name: 'https', defaultBackendSetName: 'web', port: httpsPort, protocol: 'HTTP',
        sslConfiguration: { certificateIds: [certificate.id] },
      },
    }));
    await servedEverywhere(await serialOf(certificate.id), httpsPort, 'shop.example');
    assert.ok(Date.now() - started < 20_000, `it took ${Date.now() - started} ms`);
    const { stdout: answer } = await execFileAsync('curl', ['-sS', '--max-time', '10', '--cacert', writeRoot(), '--resolve',
      `shop.example:${httpsPort}:127.0.0.2`, `https://shop.example:${httpsPort}/`], { encoding: 'utf8' });
    assert.equal(answer, 'hello from behind');
    const { loadBalancer } = await acme.balancers.getLoadBalancer({ loadBalancerId: balancer });
    assert.deepEqual(loadBalancer.listeners.https.sslConfiguration.certificateIds, [certificate.id]);
  });

  test('the association is there and names the load balancer', async () => {
    const [association, ...more] = await associations({ certificatesResourceId: certificate.id });
    assert.equal(more.length, 0);
    assert.equal(association.associatedResourceId, balancer);
    assert.equal(association.associationType, 'CERTIFICATE');
    assert.match(association.name, /^certificate-loadbalancer-/i);
    const { association: read } = await acme.management.getAssociation({ associationId: association.id });
    assert.equal(read.lifecycleState, 'ACTIVE');
    assert.deepEqual((await associations({ associatedResourceId: balancer })).map(({ id }) => id), [association.id]);
  });

  test('the certificate cannot be scheduled for deletion: by SDK, by CLI, or in raw SQL', async () => {
    const refused = fails(acme.management.scheduleCertificateDeletion(
      { certificateId: certificate.id, scheduleCertificateDeletionDetails: {} }), 409, 'Conflict', new RegExp(balancer));
    await refused;
    const { status, err } = await perennial(['cert', 'schedule-deletion', 'shop', '--yes']);
    assert.equal(status, 4, err);
    assert.ok(err.includes(balancer), err);
    assert.throws(() => sqlUnguarded('certificates',
      `UPDATE guarded SET lifecycle_state = 'PENDING_DELETION', attachable = 0 WHERE id = '${certificate.id}'`), GUARD);
    assert.throws(() => sqlUnguarded('certificates', `DELETE FROM guarded WHERE id = '${certificate.id}'`), GUARD);
    assert.equal((await acme.management.getCertificate({ certificateId: certificate.id })).certificate.lifecycleState, 'ACTIVE');
  });

  test('a new version is served without a request that fails', async () => {
    const old = await serialOf(certificate.id);
    let [requests, failures, running] = [0, [], true];
    const stream = (async () => {
      while (running) {
        for (const address of ADDRESSES) {
          try { await handshake(address, httpsPort, 'shop.example'); } catch (error) { failures.push(error); }
          requests += 1;
        }
      }
    })();
    await acme.management.updateCertificate({
      certificateId: certificate.id, updateCertificateDetails: { certificateConfig: { configType: 'ISSUED_BY_INTERNAL_CA' } },
    });
    const fresh = await serialOf(certificate.id);
    assert.notEqual(fresh, old);
    await servedEverywhere(fresh, httpsPort, 'shop.example');
    running = false;
    await stream;
    assert.ok(requests > 0);
    assert.deepEqual(failures, []);
  });

  test('a version that is only PENDING is not served, and one that is rolled back to is', async () => {
    await acme.management.updateCertificate({
      certificateId: certificate.id, updateCertificateDetails: { certificateConfig: { configType: 'ISSUED_BY_INTERNAL_CA', stage: 'PENDING' } },
    });
    const current = await serialOf(certificate.id);
    assert.equal(await handshake('127.0.0.1', httpsPort, 'shop.example'), current);
    await acme.management.updateCertificate({ certificateId: certificate.id, updateCertificateDetails: { currentVersionNumber: 1 } });
    await servedEverywhere(await serialOf(certificate.id, { versionNumber: 1 }), httpsPort, 'shop.example');
  });
});

let rootFile;
function writeRoot() {
  rootFile ??= path.join(stack.root, 'tenant-root.pem');
  fs.writeFileSync(rootFile, rootPem);
  return rootFile;
}

describe('the load balancer as itself', () => {
  // What the agent wrote for the unmodified SDK of a process on the node.
  const principalFile = (id) => {
    const file = path.join(nodes[0].directory, 'resource-principals', id.split('.').at(-1), 'env');
    return fs.existsSync(file) && file;
  };

  test('the SDK\'s resource principal reads the key of its own certificate, and of no other', async () => {
    const file = await eventually('the agent to write the resource principal', () => principalFile(balancer));
    for (const line of fs.readFileSync(file, 'utf8').trim().split('\n')) {
      const [name, value] = line.split(/=(.*)/s);
      process.env[name] = value;
    }
    const self = clientsOf(common.ResourcePrincipalAuthenticationDetailsProvider.builder());
    const [{ certificatesResourceId }] = await associations({ associatedResourceId: balancer });
    const read = (certificateId) => self.bundles.getCertificateBundle(
      { certificateId, certificateBundleType: 'CERTIFICATE_CONTENT_WITH_PRIVATE_KEY' });
    const { certificateBundle } = await read(certificatesResourceId);
    assert.match(certificateBundle.privateKeyPem, /PRIVATE KEY/);
    const other = await makeCertificate(acme, root);
    await fails(read(other.id), 404, 'NotAuthorizedOrNotFound');
    await fails(self.management.listCertificates({ compartmentId }), 404, 'NotFound');
  });
});

describe('changes', () => {
  test('a listener moves to another certificate, and the association with the old one ends', async () => {
    const [{ certificatesResourceId: old }] = await associations({ associatedResourceId: balancer });
    const next = await makeCertificate(acme, root, { name: unique('next') });
    await done(acme.balancers.updateListener({
      loadBalancerId: balancer, listenerName: 'https',
      updateListenerDetails: { defaultBackendSetName: 'web', port: httpsPort, protocol: 'HTTP', sslConfiguration: { certificateIds: [next.id] } },
    }));
    await servedEverywhere(await serialOf(next.id), httpsPort, `${next.name}.example`);
    await eventually('the old association to end', async () => (await associations({ certificatesResourceId: old })).length === 0);
    await acme.management.scheduleCertificateDeletion({ certificateId: old, scheduleCertificateDeletionDetails: {} });
    await acme.management.cancelCertificateDeletion({ certificateId: old });
  });

  test('when the listener is deleted the certificate can go, and come back', async () => {
    const [{ certificatesResourceId: certificateId }] = await associations({ associatedResourceId: balancer });
    await done(acme.balancers.deleteListener({ loadBalancerId: balancer, listenerName: 'https' }));
    await eventually('the association to end', async () => (await associations({ certificatesResourceId: certificateId })).length === 0);
    await acme.management.scheduleCertificateDeletion({ certificateId, scheduleCertificateDeletionDetails: {} });
    const state = async () => (await acme.management.getCertificate({ certificateId })).certificate.lifecycleState;
    assert.equal(await state(), 'PENDING_DELETION');
    await acme.management.cancelCertificateDeletion({ certificateId });
    assert.equal(await state(), 'ACTIVE');
  });

  test('a stale tag is a failed precondition, a right one is good for every part', async () => {
    const stale = await etagOf(balancer);
    const update = (ifMatch) => acme.balancers.updateBackendSet({
      loadBalancerId: balancer, backendSetName: 'web', ifMatch,
      updateBackendSetDetails: {
        policy: 'LEAST_CONNECTIONS', healthChecker: { protocol: 'TCP' },
        backends: [{ ipAddress: '127.0.0.1', port: backend.address().port }],
      },
    });
    await done(update(stale));
    await sleep(1100);  // Two equal requests that are signed in one second are one request.
    await fails(update(stale), 412, 'NoEtagMatch');
    const { backendSet } = await acme.balancers.getBackendSet({ loadBalancerId: balancer, backendSetName: 'web' });
    assert.equal(backendSet.policy, 'LEAST_CONNECTIONS');
    await done(update(await etagOf(balancer)));
  });

  test('what cannot be is refused: no backend set, a port twice, an unknown certificate, a set in use', async () => {
    const create = (more) => acme.balancers.createListener({
      loadBalancerId: balancer,
      createListenerDetails: { name: unique('listener'), defaultBackendSetName: 'web', port: plainPort, protocol: 'HTTP', ...more },
    });
    await fails(create({ defaultBackendSetName: 'nothing' }), 400, 'InvalidParameter', /has no backend set/);
    await fails(create({ port: 70000 }), 400, 'InvalidParameter', /\/port/);
    await fails(create({ protocol: 'GOPHER' }), 400, 'InvalidParameter', /\/protocol/);
    await fails(create({ name: 'white space' }), 400, 'InvalidParameter', /\/name/);
    await fails(create({ name: 'x\n  server evil 1.2.3.4' }), 400, 'InvalidParameter', /\/name/);
    await fails(create({ sslConfiguration: { certificateIds: ['ocid1.certificate.perennial.home-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaa'] } }),
      400, 'RelatedResourceNotAuthorizedOrNotFound');
    await fails(create({ sslConfiguration: { certificateIds: [root.id] } }), 400, 'InvalidParameter', /\/sslConfiguration\/certificateIds\/0/);
    await done(create({ name: 'plain' }));
    await fails(create({ name: 'plain', port: otherPort }), 409, 'Conflict', /plain/);
    const second = await makeBalancer(unique('second'));
    await done(acme.balancers.createBackendSet({
      loadBalancerId: second, createBackendSetDetails: { name: 'web', policy: 'ROUND_ROBIN', healthChecker: { protocol: 'TCP' } },
    }));
    await fails(acme.balancers.createListener({
      loadBalancerId: second, createListenerDetails: { name: 'clash', defaultBackendSetName: 'web', port: plainPort, protocol: 'HTTP' },
    }), 409, 'Conflict', /'plain'/);
    await fails(acme.balancers.deleteBackendSet({ loadBalancerId: balancer, backendSetName: 'web' }), 400, 'InvalidParameter', /Can't remove backend set/);
    await done(acme.balancers.deleteListener({ loadBalancerId: balancer, listenerName: 'plain' }));
    await done(acme.balancers.deleteLoadBalancer({ loadBalancerId: second }));
    await fails(acme.balancers.getLoadBalancer({ loadBalancerId: second }), 404, 'NotAuthorizedOrNotFound');
  });

  test('the same retry token twice makes one load balancer', async () => {
    const opcRetryToken = unique('retry');
    const createLoadBalancerDetails = balancerDetails(unique('once'));
    const first = await acme.balancers.createLoadBalancer({ createLoadBalancerDetails, opcRetryToken });
    const second = await acme.balancers.createLoadBalancer({ createLoadBalancerDetails, opcRetryToken });
    assert.equal(second.opcWorkRequestId, first.opcWorkRequestId);
    const { loadBalancerId } = await workDone(acme, first.opcWorkRequestId);
    const { items } = await acme.balancers.listLoadBalancers({ compartmentId, displayName: createLoadBalancerDetails.displayName });
    assert.equal(items.length, 1);
    await done(acme.balancers.deleteLoadBalancer({ loadBalancerId }));
  });

  test('who has no policy, and another tenancy, get the answer for what does not exist', async () => {
    const [nobody, globex] = [await makeUser(acme, []), administrator('globex')];
    for (const who of [nobody, globex]) {
      await fails(who.balancers.getLoadBalancer({ loadBalancerId: balancer }), 404, 'NotAuthorizedOrNotFound');
      await fails(who.balancers.deleteLoadBalancer({ loadBalancerId: balancer }), 404, 'NotAuthorizedOrNotFound');
    }
    await fails(globex.balancers.createLoadBalancer({
      createLoadBalancerDetails: { ...balancerDetails('thief'), compartmentId: globex.tenancyId },
    }), 400, 'RelatedResourceNotAuthorizedOrNotFound', /\/subnetIds\/0/);
  });

  test('who may not read a certificate cannot click it', async () => {
    const certificate = await makeCertificate(acme, root, { name: unique('secret') });
    const user = await makeUser(acme, ['Allow GROUP to manage load-balancers in tenancy']);
    await fails(user.balancers.createListener({
      loadBalancerId: balancer,
      createListenerDetails: {
        name: 'secret', defaultBackendSetName: 'web', port: otherPort, protocol: 'HTTP', sslConfiguration: { certificateIds: [certificate.id] },
      },
    }), 400, 'RelatedResourceNotAuthorizedOrNotFound', /not allowed/);
    assert.deepEqual(await associations({ certificatesResourceId: certificate.id }), []);
    const { loadBalancer } = await acme.balancers.getLoadBalancer({ loadBalancerId: balancer });
    assert.ok(!('secret' in loadBalancer.listeners));
  });

  test('work requests are listed, newest first', async () => {
    const { items } = await acme.balancers.listWorkRequests({ loadBalancerId: balancer });
    assert.ok(items.length > 3);
    assert.ok(items.every(({ lifecycleState, loadBalancerId }) => lifecycleState === 'SUCCEEDED' && loadBalancerId === balancer));
    assert.equal(items.at(-1).type, 'CreateLoadBalancer');
    const accepted = items.map(({ timeAccepted }) => new Date(timeAccepted).getTime());
    assert.deepEqual(accepted, [...accepted].sort((a, b) => b - a));
  });

  test('backends, backend sets and the load balancer itself are deleted, each once', async () => {
    const [{ name: backendName }] = (await acme.balancers.listBackends({ loadBalancerId: balancer, backendSetName: 'web' })).items;
    const inSet = { loadBalancerId: balancer, backendSetName: 'web' };
    await done(acme.balancers.deleteBackend({ ...inSet, backendName }));
    assert.deepEqual((await acme.balancers.listBackends(inSet)).items, []);
    await fails(acme.balancers.getBackend({ ...inSet, backendName }), 404, 'NotAuthorizedOrNotFound');
    await done(acme.balancers.deleteBackendSet(inSet));
    await fails(acme.balancers.getBackendSet(inSet), 404, 'NotAuthorizedOrNotFound');
    await done(acme.balancers.deleteLoadBalancer({ loadBalancerId: balancer }));
    await fails(acme.balancers.getLoadBalancer({ loadBalancerId: balancer }), 404, 'NotAuthorizedOrNotFound');
    assert.deepEqual(await associations({ associatedResourceId: balancer }), []);
  });
});

test('another tenancy\'s load balancer serves its own certificate beside it', async () => {
  const globex = administrator('globex');
  const raw = rawAdministrator('globex');
  const ownPool = await makeNodePool(raw, unique('edge'), ['127.0.0.3']);
  const { token } = await makeNodeToken(raw, [ownPool.id]);
  await order({ do: 'join', name: 'globex-1', address: '127.0.0.3', token });
  const ownRoot = await makeAuthority(globex);
  const certificate = await makeCertificate(globex, ownRoot, { name: unique('globex') });
  const [port] = await freePorts(1, ['127.0.0.3']);
  const { opcWorkRequestId } = await globex.balancers.createLoadBalancer({
    createLoadBalancerDetails: {
      ...balancerDetails('theirs'), compartmentId: globex.tenancyId, subnetIds: [ownPool.id],
      backendSets: { web: { policy: 'ROUND_ROBIN', healthChecker: { protocol: 'TCP' }, backends: [{ ipAddress: '127.0.0.1', port: backend.address().port }] } },
      listeners: { https: { defaultBackendSetName: 'web', port, protocol: 'HTTP', sslConfiguration: { certificateIds: [certificate.id] } } },
    },
  });
  await workDone(globex, opcWorkRequestId);
  const bundle = await bundleOf(globex, certificate.id);
  const serial = compactSerial(bundle.serialNumber);
  const ca = (await globex.bundles.getCertificateAuthorityBundle({ certificateAuthorityId: ownRoot.id })).certificateAuthorityBundle.certificatePem;
  await eventually('globex to be served', () => new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.3', port, servername: `${certificate.name}.example`, ca, timeout: 3000 });
    socket.on('secureConnect', () => { resolve(socket.getPeerX509Certificate().serialNumber.endsWith(serial.replace(/^0+/, ''))); socket.end(); });
    socket.on('error', reject);
  }));
});
