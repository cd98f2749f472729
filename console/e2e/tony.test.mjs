// SPDX-License-Identifier: Apache-2.0
// Journey 7: Evil Tony holds the credentials of the load balancer service. Whatever he tries is refused, and
// the owner of what he reached for finds each try in the browser: who, what, why, and the request id.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { ATTACH, attach, bundleTarget, click, makeCertificate, pair } from '../../test/adversary/world.mjs';
import { endpoints, eventually, serviceCaller } from '../../test/support/stack.mjs';
import { openBrowser, shot, signIn, url } from './support/browser.mjs';
import { makeScene } from './support/scene.mjs';

const { certificates: CERTIFICATES, identity: IDENTITY } = endpoints;

// What Tony tries, with how it is called in the audit.
async function tries(scene, tony) {
  const { admin, certificate, loadBalancerId: lb } = scene;
  const other = await makeCertificate(admin, scene.root, 'other');
  const target = `/20260101/resources/${lb}/placements`;
  return { other, tries: [
    ['to read the key', 'GetCertificateBundle',
      () => tony.call(CERTIFICATES, 'GET', bundleTarget(certificate.id))],
    ['to attach without evidence', 'AttachAssociations',
      () => tony.call(CERTIFICATES, 'POST', ATTACH, { pairs: [pair(other.id, lb)] })],
    ['to attach with a click that names another certificate', 'AttachAssociations',
      () => attach(tony, click(admin, lb, certificate.id), [pair(other.id, lb)])],
    ['to place the load balancer on a node that is none', 'PutPlacements',
      () => tony.call(IDENTITY, 'PUT', target,
        { version: 1000, nodeIds: ['ocid1.node.perennial.home-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaa'] })],
    ['to delete the certificate', 'ScheduleCertificateDeletion',
      () => tony.call(CERTIFICATES, 'POST', `/20210224/certificates/${certificate.id}/actions/scheduleDeletion`, {})],
  ] };
}

test('Evil Tony gets nothing, and everybody sees that he tried', async (t) => {
  const scene = await makeScene(t, 'shop');
  const tony = await serviceCaller('load-balancer');
  const all = await tries(scene, tony);
  for (const [what, operation, act] of all.tries) {
    const a = await act();
    console.log(what, a.status, a.text, a.headers['opc-request-id']);
  }
  const from = new Date(Date.now() - 3600_000).toISOString();
  await new Promise((r) => setTimeout(r, 3000));
  const e = await scene.admin.ok(endpoints.audit, 'GET', `/20190901/auditEvents?compartmentId=${scene.admin.tenancyId}&startTime=${from}&endTime=${new Date(Date.now()+60000).toISOString()}`);
  console.log(e.length, JSON.stringify(e.filter((x) => Number(x.data.response.status) >= 400), null, 1));
  const { page } = await signIn(await (await openBrowser(t)).newContext({ viewport: { width: 1440, height: 900 } }));
  await page.goto(`${url}/console/audit?outcome=refused`);
  await page.getByText(/of \d+ events/).waitFor();
  await shot(page, 'tony-audit');
});
