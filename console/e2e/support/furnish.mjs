// SPDX-License-Identifier: Apache-2.0
// An installation as it usually is: two authorities, a few certificates, a load balancer that serves some of them.
import assert from 'node:assert/strict';
import { freePorts } from '../../../test/support/ports.mjs';
import { administrator, eventually, perennial, stack } from '../../../test/support/stack.mjs';
import { url } from './browser.mjs';

// Text that wants to be more than text, and must stay what it is.
export const HOSTILE = '<img src=x onerror=alert(1)>';

export async function run(...words) {
  const { status, out, err } = await perennial(words);
  assert.equal(status, 0, `${words.join(' ')}: ${out}${err}`);
  return out;
}

// furnish returns the OCIDs of what it made, by name. With `needy` there is also a certificate that somebody has to
// think of: it is served, ends within the week, and nothing renews it.
export async function furnish({ needy = false } = {}) {
  await run('ca', 'create', 'root', '--name', 'corp-root', '--common-name', 'Corp Root', '--key', 'ecdsa');
  await run('ca', 'create', 'subordinate', '--name', 'corp-issuing', '--common-name', 'Corp Issuing CA',
    '--issuer', 'corp-root', '--key', 'ecdsa');
  for (const name of ['shop', 'mail', 'intranet']) {
    await run('certificate', 'create', '--name', name, '--dns', `${name}.example.com`, '--ca', 'corp-issuing',
      '--renew-every', 'P60D', '--renew-before', 'P20D');
  }
  const served = ['shop', 'mail'];
  if (needy) {
    await run('certificate', 'create', '--name', 'legacy', '--dns', 'legacy.example.com', '--ca', 'corp-issuing',
      '--days', '5', '--no-renewal');
    served.push('legacy');
  }
  const ports = await freePorts(served.length, stack.nodes.map(({ address }) => address));
  await run('lb', 'create', '--name', 'front', '--pool', 'edge');
  await run('backend-set', 'create', '--lb', 'front', '--name', 'web', '--backend', '127.0.0.1:8080');
  for (const [index, name] of served.entries()) {
    await run('listener', 'create', '--lb', 'front', '--name', `https-${name}`, '--port', String(ports[index]),
      '--certificate', name, '--backend-set', 'web');
  }
  const admin = administrator('acme');
  await admin.ok(url, 'POST', '/20160918/groups',
    { compartmentId: admin.tenancyId, name: 'operators', description: HOSTILE });
  const list = async (what) => {
    const found = await admin.ok(url, 'GET', `${what}?compartmentId=${admin.tenancyId}`);
    return Object.fromEntries((found.items ?? found).map((it) => [it.name ?? it.displayName, it.id]));
  };
  for (const name of served) {
    await eventually(`${name} to be served`, async () => (await admin.ok(url, 'GET',
      `/20260101/inventory?search=${name}`)).items[0]?.nodesServing === stack.nodes.length);
  }
  return {
    ...await list('/20210224/certificateAuthorities'),
    ...await list('/20210224/certificates'),
    ...await list('/20170115/loadBalancers'),
  };
}
