// SPDX-License-Identifier: Apache-2.0
// What most bad days begin with, made by the API since other tests make it by clicks: a certificate that a
// load balancer serves on every node.
import { execFile } from 'node:child_process';
import http from 'node:http';
import { promisify } from 'node:util';
import { addListener, makeCertificate, makeLoadBalancer, makeRoot } from '../../../test/adversary/world.mjs';
import { freePorts } from '../../../test/support/ports.mjs';
import { administrator, endpoints, eventually, stack } from '../../../test/support/stack.mjs';

// The backend answers from this process, so nothing may block it.
const run = async (...words) => (await promisify(execFile)(...words)).stdout.trim();

async function backendFor(test) {
  const server = http.createServer((_, answer) => answer.end('hello'));
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  test.after(() => server.close());
  return { ipAddress: '127.0.0.1', port: server.address().port };
}

async function poolId(admin) {
  const { items } = await admin.ok(endpoints.identity, 'GET', `/20260101/nodePools?compartmentId=${admin.tenancyId}`);
  return items[0].id;
}

/**
 * makeScene makes a root, a certificate called `name` for `name`.example, and a load balancer called front
 * with a listener on `port` that serves it; it returns when every node serves it.
 */
export async function makeScene(test, name) {
  const admin = administrator('acme');
  const [port] = await freePorts(1, stack.nodes.map(({ address }) => address));
  const root = await makeRoot(admin, `${name}-root`);
  const certificate = await makeCertificate(admin, root, name, {
    certificateRules: [{
      ruleType: 'CERTIFICATE_RENEWAL_RULE', renewalInterval: 'P20D', advanceRenewalPeriod: 'P5D',
    }],
  });
  const loadBalancerId = await makeLoadBalancer(admin, await poolId(admin), 'front', {
    backendSets: {
      web: {
        policy: 'ROUND_ROBIN', healthChecker: { protocol: 'TCP' },
        backends: [await backendFor(test)],
      },
    },
  });
  await addListener(admin, loadBalancerId, 'https', port, certificate.id);
  const scene = {
    admin, root, certificate, loadBalancerId, port, host: `${name}.example`,
    // The serial number of what a node shows, as `openssl` prints it; empty where nothing is shown.
    shown: (address) => run('sh', ['-c', `openssl s_client -connect ${address}:${port} -servername ${name}.example `
      + '</dev/null 2>/dev/null | openssl x509 -noout -serial 2>/dev/null || true']),
    shownEverywhere: () => Promise.all(stack.nodes.map(({ address }) => scene.shown(address))),
    // What the server says of it now.
    now: () => admin.ok(endpoints.certificates, 'GET', `/20210224/certificates/${certificate.id}`),
  };
  for (const { address } of stack.nodes) {
    await eventually(`${address} to serve`, async () => (await scene.shown(address)).startsWith('serial='));
  }
  return scene;
}
