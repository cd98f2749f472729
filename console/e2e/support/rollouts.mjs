// SPDX-License-Identifier: Apache-2.0
// Certificates that both nodes serve, and rollouts that stand still while somebody looks at them.
import { addListener, makeCertificate, makeLoadBalancer, makeRoot } from '../../../test/adversary/world.mjs';
import { freePorts } from '../../../test/support/ports.mjs';
import { administrator, endpoints, eventually, order, stack } from '../../../test/support/stack.mjs';

const admin = administrator('acme');
const get = (path) => admin.ok(endpoints.certificates, 'GET', path);
const act = (path) => admin.ok(endpoints.certificates, 'POST', `/20260101/${path}`, {});
const newest = async (certificate) =>
  (await get(`/20260101/rollouts?certificateId=${certificate.id}&limit=1`)).items[0];

// A load balancer on both nodes, called PREFIX-front, that serves a certificate of each of these names.
export async function serve(prefix, names) {
  const root = await makeRoot(admin, `${prefix}-root`);
  const certificates = [];
  for (const name of names) {
    certificates.push(await makeCertificate(admin, root, name, {
      certificateRules: [
        { ruleType: 'CERTIFICATE_RENEWAL_RULE', renewalInterval: 'P20D', advanceRenewalPeriod: 'P5D' }],
    }));
  }
  const { items: [pool] } = await admin.ok(endpoints.identity, 'GET', '/20260101/nodePools');
  const front = await makeLoadBalancer(admin, pool.id, `${prefix}-front`);
  const ports = await freePorts(names.length, stack.nodes.map(({ address }) => address));
  for (const [n, { id, name }] of certificates.entries()) await addListener(admin, front, name, ports[n], id);
  for (const { name } of certificates) {
    await eventually(`${name} to be served`, async () =>
      (await get(`/20260101/inventory?search=${name}`)).items[0]?.nodesServing === stack.nodes.length);
  }
  return certificates;
}

// Renews while no agent runs, and pauses: what is watched stays as it is until somebody lets it go on.
export async function holdRenewals(certificates) {
  for (const { name } of stack.nodes) await order({ do: 'stop', process: `agent-${name}` });
  const rollouts = [];
  for (const certificate of certificates) {
    const before = (await newest(certificate))?.id;
    await act(`certificates/${certificate.id}/actions/renew`);
    const rollout = await eventually('the rollout', async () => {
      const one = await newest(certificate);
      return one?.id !== before && one;
    });
    await act(`rollouts/${rollout.id}/actions/pause`);
    rollouts.push(rollout);
  }
  for (const { name } of stack.nodes) await order({ do: 'agent', node: name });
  return rollouts;
}
