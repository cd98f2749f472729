// SPDX-License-Identifier: Apache-2.0
// Authorities, certificates, versions, deletion and bundles, driven by the OCI SDK in two tenancies.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import {
  administrator, bundleOf, compactSerial, fails, inDays, makeAuthority, makeCertificate, makeUser, renewalRule,
  unique, x509,
} from './clients.mjs';
import { sleep } from '../support/stack.mjs';

const serials = new Map();

function verifyStrictly(rootPem, chainPem, leafPem) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chain-'));
  const write = (name, text) => { fs.writeFileSync(path.join(folder, name), text ?? ''); return path.join(folder, name); };
  const untrusted = chainPem ? ['-untrusted', write('chain.pem', chainPem)] : [];
  const out = execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', write('root.pem', rootPem), ...untrusted,
    write('leaf.pem', leafPem)], { encoding: 'utf8' });
  assert.match(out, /OK/);
  fs.rmSync(folder, { recursive: true });
}

// What each issued certificate is held to: strictly verified, a fresh long serial, and its validity to the second.
function holdToTheRules(rootPem, bundle) {
  verifyStrictly(rootPem, bundle.certChainPem, bundle.certificatePem);
  const leaf = x509(bundle.certificatePem);
  assert.equal(leaf.serialNumber.padStart(40, '0'), compactSerial(bundle.serialNumber).padStart(40, '0'));
  assert.match(bundle.serialNumber, /^[0-9A-F]{2}( [0-9A-F]{2})*$/);
  assert.ok(leaf.serialNumber.length >= 16, `serial ${leaf.serialNumber} has fewer than 64 bits`);
  assert.ok(!serials.has(leaf.serialNumber) || serials.get(leaf.serialNumber) === leaf.fingerprint256, 'a serial twice');
  serials.set(leaf.serialNumber, leaf.fingerprint256);
  assert.equal(new Date(leaf.validFrom).getTime(), new Date(bundle.validity.timeOfValidityNotBefore).getTime());
  assert.equal(new Date(leaf.validTo).getTime(), new Date(bundle.validity.timeOfValidityNotAfter).getTime());
  return leaf;
}

const stagesOf = async (admin, certificateId) => {
  const { certificateVersionCollection } = await admin.management.listCertificateVersions({ certificateId, sortOrder: 'ASC' });
  return Object.fromEntries(certificateVersionCollection.items.map(({ versionNumber, stages }) => [versionNumber, [...stages].sort()]));
};

const nextVersion = (admin, certificateId, stage, more = {}) => admin.management.updateCertificate({
  certificateId, updateCertificateDetails: { certificateConfig: { configType: 'ISSUED_BY_INTERNAL_CA', stage, ...more } },
});
const promote = (admin, certificateId, currentVersionNumber) =>
  admin.management.updateCertificate({ certificateId, updateCertificateDetails: { currentVersionNumber } });

for (const name of ['acme', 'globex']) {
  const admin = administrator(name);
  let root;
  let issuing;
  let rootPem;

  describe(`certificates in ${name}`, () => {
    before(async () => {
      root = await makeAuthority(admin);
      issuing = await makeAuthority(admin, { issuer: root });
      const { certificateAuthorityBundle } = await admin.bundles.getCertificateAuthorityBundle({ certificateAuthorityId: root.id });
      rootPem = certificateAuthorityBundle.certificatePem;
    });

    test('a root signs itself, a subordinate is signed by it, and both verify strictly', async () => {
      assert.equal(root.lifecycleState, 'ACTIVE');
      assert.equal(root.configType, 'ROOT_CA_GENERATED_INTERNALLY');
      assert.deepEqual([...root.currentVersion.stages].sort(), ['CURRENT', 'LATEST']);
      assert.equal(issuing.issuerCertificateAuthorityId, root.id);
      const { certificateAuthorityBundle: bundle } = await admin.bundles.getCertificateAuthorityBundle(
        { certificateAuthorityId: issuing.id });
      const authority = holdToTheRules(rootPem, bundle);
      assert.ok(authority.ca);
      verifyStrictly(rootPem, undefined, rootPem);
      const { certificateAuthority } = await admin.management.getCertificateAuthority({ certificateAuthorityId: root.id });
      assert.equal(certificateAuthority.subject.commonName, root.name);
    });

    test('an RSA authority issues RSA and ECDSA certificates', async () => {
      const rsa = await makeAuthority(admin, { signingAlgorithm: 'SHA256_WITH_RSA' });
      const { certificateAuthorityBundle } = await admin.bundles.getCertificateAuthorityBundle({ certificateAuthorityId: rsa.id });
      for (const keyAlgorithm of ['RSA2048', 'ECDSA_P256']) {
        const certificate = await makeCertificate(admin, rsa, { keyAlgorithm });
        const leaf = holdToTheRules(certificateAuthorityBundle.certificatePem, await bundleOf(admin, certificate.id));
        assert.equal(leaf.publicKey.asymmetricKeyType, keyAlgorithm === 'RSA2048' ? 'rsa' : 'ec');
      }
    });

    test('a certificate without a key algorithm has RSA-2048, as in OCI', async () => {
      const certificate = await makeCertificate(admin, issuing, { keyAlgorithm: undefined });
      assert.equal(certificate.keyAlgorithm, 'RSA2048');
      const leaf = holdToTheRules(rootPem, await bundleOf(admin, certificate.id));
      assert.equal(leaf.publicKey.asymmetricKeyDetails.modulusLength, 2048);
    });

    test('a certificate has what was asked for', async () => {
      const until = inDays(60);
      const certificate = await makeCertificate(admin, issuing, {
        validity: { timeOfValidityNotAfter: until }, rules: renewalRule('P40D', 'P10D'),
        subjectAlternativeNames: [{ type: 'DNS', value: 'shop.example' }, { type: 'DNS', value: '*.shop.example' },
          { type: 'IP', value: '192.0.2.7' }],
      });
      assert.equal(certificate.lifecycleState, 'ACTIVE');
      assert.equal(certificate.configType, 'ISSUED_BY_INTERNAL_CA');
      assert.equal(certificate.issuerCertificateAuthorityId, issuing.id);
      assert.equal(certificate.certificateRules[0].ruleType, 'CERTIFICATE_RENEWAL_RULE');
      assert.equal(certificate.certificateRules[0].renewalInterval, 'P40D');
      assert.equal(certificate.certificateRules[0].advanceRenewalPeriod, 'P10D');
      const leaf = holdToTheRules(rootPem, await bundleOf(admin, certificate.id));
      assert.equal(leaf.subjectAltName, 'DNS:shop.example, DNS:*.shop.example, IP Address:192.0.2.7');
      assert.equal(new Date(leaf.validTo).getTime(), Math.floor(until.getTime() / 1000) * 1000);
      assert.ok(!leaf.ca);
      const { certificate: read, etag } = await admin.management.getCertificate({ certificateId: certificate.id });
      assert.equal(read.name, certificate.name);
      assert.ok(etag);
    });

    test('versions go through their stages: update, pending, promote, roll back', async () => {
      const { id } = await makeCertificate(admin, issuing);
      assert.deepEqual(await stagesOf(admin, id), { 1: ['CURRENT', 'LATEST'] });
      const updated = await nextVersion(admin, id, 'CURRENT');
      assert.equal(updated.certificate.lifecycleState, 'ACTIVE');
      assert.equal(updated.certificate.currentVersion.versionNumber, 2);
      assert.deepEqual(await stagesOf(admin, id), { 1: ['PREVIOUS'], 2: ['CURRENT', 'LATEST'] });
      await nextVersion(admin, id, 'PENDING');
      assert.deepEqual(await stagesOf(admin, id), { 1: ['PREVIOUS'], 2: ['CURRENT'], 3: ['LATEST', 'PENDING'] });
      await promote(admin, id, 3);
      assert.deepEqual(await stagesOf(admin, id), { 1: ['DEPRECATED'], 2: ['PREVIOUS'], 3: ['CURRENT', 'LATEST'] });
      await promote(admin, id, 2);
      const stages = await stagesOf(admin, id);
      assert.deepEqual(stages[2], ['CURRENT']);
      assert.deepEqual(stages[3], ['LATEST', 'PREVIOUS']);
      const keys = new Set();
      for (const versionNumber of [1, 2, 3]) {
        const leaf = holdToTheRules(rootPem, await bundleOf(admin, id, { versionNumber }));
        keys.add(leaf.publicKey.export({ type: 'spki', format: 'pem' }));
      }
      assert.equal(keys.size, 3, 'each version has a key of its own');
      const current = await bundleOf(admin, id);
      assert.equal(current.versionNumber, 2);
      const { certificateVersion } = await admin.management.getCertificateVersion({ certificateId: id, certificateVersionNumber: 3 });
      assert.equal(certificateVersion.versionNumber, 3);
      await fails(admin.management.getCertificateVersion({ certificateId: id, certificateVersionNumber: 4 }), 404, 'NotAuthorizedOrNotFound');
    });

    test('an update without stage or validity is CURRENT and lives as long as before', async () => {
      const { id } = await makeCertificate(admin, issuing, { days: 30 });
      const first = await bundleOf(admin, id);
      await nextVersion(admin, id, undefined);
      const second = await bundleOf(admin, id);
      assert.equal(second.versionNumber, 2);
      const lifeOf = ({ validity }) => new Date(validity.timeOfValidityNotAfter) - new Date(validity.timeOfValidityNotBefore);
      assert.equal(lifeOf(second), lifeOf(first));
    });

    test('a version is asked for by number, name or stage', async () => {
      const { id } = await makeCertificate(admin, issuing, { versionName: 'blue' });
      await nextVersion(admin, id, 'PENDING', { versionName: 'green' });
      assert.equal((await bundleOf(admin, id, { certificateVersionName: 'blue' })).versionNumber, 1);
      assert.equal((await bundleOf(admin, id, { stage: 'PENDING' })).versionName, 'green');
      assert.equal((await bundleOf(admin, id, { stage: 'LATEST' })).versionNumber, 2);
      assert.equal((await bundleOf(admin, id, { stage: 'CURRENT' })).versionNumber, 1);
      await fails(bundleOf(admin, id, { stage: 'CURRENT', versionNumber: 1 }), 400, 'InvalidParameter');
      const { certificateBundleVersionCollection } = await admin.bundles.listCertificateBundleVersions({ certificateId: id });
      assert.deepEqual(certificateBundleVersionCollection.items.map(({ versionNumber }) => versionNumber), [1, 2]);
    });

    test('a promotion goes with nothing else', async () => {
      const { id } = await makeCertificate(admin, issuing);
      await fails(admin.management.updateCertificate({
        certificateId: id, updateCertificateDetails: { currentVersionNumber: 1, description: 'and this' },
      }), 400, 'InvalidParameter', /currentVersionNumber/);
    });

    test('rules are replaced, and taken away', async () => {
      const { id } = await makeCertificate(admin, issuing, { rules: renewalRule('P40D', 'P10D') });
      const change = (certificateRules) => admin.management.updateCertificate({ certificateId: id, updateCertificateDetails: { certificateRules } });
      const changed = await change(renewalRule('P50D', 'P5D'));
      assert.equal(changed.certificate.certificateRules[0].renewalInterval, 'P50D');
      const without = await change([]);
      assert.deepEqual(without.certificate.certificateRules ?? [], []);
    });

    test('a certificate is scheduled for deletion within its window, and saved again', async () => {
      const { id } = await makeCertificate(admin, issuing);
      const schedule = (timeOfDeletion) => admin.management.scheduleCertificateDeletion(
        { certificateId: id, scheduleCertificateDeletionDetails: { timeOfDeletion } });
      await fails(schedule(inDays(0.5)), 400, 'InvalidParameter', /\/timeOfDeletion/);
      await fails(schedule(inDays(31)), 400, 'InvalidParameter', /\/timeOfDeletion/);
      await schedule(undefined);  // A body of {}, which the SDK drops.
      const { certificate } = await admin.management.getCertificate({ certificateId: id });
      assert.equal(certificate.lifecycleState, 'PENDING_DELETION');
      assert.ok(Math.abs(new Date(certificate.timeOfDeletion) - inDays(30)) < 120_000);
      await fails(nextVersion(admin, id, 'CURRENT'), 409, 'IncorrectState');
      await fails(schedule(inDays(2)), 409, 'IncorrectState');
      await admin.management.cancelCertificateDeletion({ certificateId: id });  // An empty POST.
      assert.equal((await admin.management.getCertificate({ certificateId: id })).certificate.lifecycleState, 'ACTIVE');
      await sleep(1100);  // Two equal requests that are signed in one second are one request.
      await fails(admin.management.cancelCertificateDeletion({ certificateId: id }), 409, 'IncorrectState');
      await schedule(inDays(1.5));
      assert.equal((await admin.management.getCertificate({ certificateId: id })).certificate.lifecycleState, 'PENDING_DELETION');
    });

    test('an authority that has issued something is not deleted', async () => {
      const busy = await makeAuthority(admin);
      const certificate = await makeCertificate(admin, busy);
      const schedule = () => admin.management.scheduleCertificateAuthorityDeletion(
        { certificateAuthorityId: busy.id, scheduleCertificateAuthorityDeletionDetails: { timeOfDeletion: inDays(8) } });
      await fails(schedule(), 409, 'Conflict', new RegExp(certificate.name));
      await admin.management.scheduleCertificateDeletion({ certificateId: certificate.id, scheduleCertificateDeletionDetails: {} });
      await schedule();
      await admin.management.cancelCertificateAuthorityDeletion({ certificateAuthorityId: busy.id });
      const { certificateAuthority } = await admin.management.getCertificateAuthority({ certificateAuthorityId: busy.id });
      assert.equal(certificateAuthority.lifecycleState, 'ACTIVE');
    });

    test('a bundle with its key needs a statement that names the bundle type', async () => {
      const { id } = await makeCertificate(admin, issuing);
      const withKey = { certificateId: id, certificateBundleType: 'CERTIFICATE_CONTENT_WITH_PRIVATE_KEY' };
      const reader = await makeUser(admin, ['Allow GROUP to read leaf-certificate-bundles in tenancy']);
      assert.equal((await reader.bundles.getCertificateBundle({ certificateId: id })).certificateBundle.certificateId, id);
      await fails(reader.bundles.getCertificateBundle(withKey), 404, 'NotAuthorizedOrNotFound');
      await fails(admin.bundles.getCertificateBundle(withKey), 404, 'NotAuthorizedOrNotFound');
      const holder = await makeUser(admin, ["Allow GROUP to read leaf-certificate-bundles in tenancy where target.leaf-certificate.bundle-type = 'CERTIFICATE_CONTENT_WITH_PRIVATE_KEY'"]);
      const { certificateBundle } = await holder.bundles.getCertificateBundle(withKey);
      assert.equal(certificateBundle.certificateBundleType, 'CERTIFICATE_CONTENT_WITH_PRIVATE_KEY');
      assert.ok(x509(certificateBundle.certificatePem).checkPrivateKey(
        (await import('node:crypto')).createPrivateKey(certificateBundle.privateKeyPem)));
    });

    test('every serial of a run is different', async () => {
      for (let n = 0; n < 10; n += 1) {
        const certificate = await makeCertificate(admin, issuing);
        holdToTheRules(rootPem, await bundleOf(admin, certificate.id));
      }
      const first = new Set([...serials.keys()].map((serial) => serial.slice(0, 6)));
      assert.ok(first.size > serials.size / 2, 'serials begin alike');
    });

    test('what is not offered yet is a clean 404', async () => {
      await fails(admin.management.listCaBundles({ compartmentId: admin.tenancyId }), 404, 'NotFound');
      await fails(admin.management.revokeCertificateVersion({
        certificateId: 'ocid1.certificate.perennial.home-1.a', certificateVersionNumber: 1, revokeCertificateVersionDetails: {},
      }), 404, 'NotFound');
    });
  });
}

test('a tenancy cannot use, read or list what is another\'s', async () => {
  const [acme, globex] = [administrator('acme'), administrator('globex')];
  const root = await makeAuthority(acme);
  const certificate = await makeCertificate(acme, root);
  const absent = 'ocid1.certificate.perennial.home-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
  const there = await fails(globex.management.getCertificate({ certificateId: certificate.id }), 404, 'NotAuthorizedOrNotFound');
  const nowhere = await fails(globex.management.getCertificate({ certificateId: absent }), 404, 'NotAuthorizedOrNotFound');
  assert.equal(there.message, nowhere.message);
  await fails(makeCertificate(globex, root, { name: unique('stolen') }), 400, 'RelatedResourceNotAuthorizedOrNotFound',
    /\/certificateConfig\/issuerCertificateAuthorityId/);
  await fails(globex.management.listCertificates({ compartmentId: acme.tenancyId }), 404, 'NotAuthorizedOrNotFound');
  const { certificateCollection } = await globex.management.listCertificates({ certificateId: certificate.id });
  assert.deepEqual(certificateCollection.items, []);
});
