// SPDX-License-Identifier: Apache-2.0
// Bad input through the OCI SDK: 400 with the place and the rule, and nothing half-made.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { administrator, certificateDetails, endpoints, everyCertificate, fails, inDays, makeAuthority, makeCertificate, renewalRule, unique } from './clients.mjs';
import { administrator as rawAdministrator } from '../support/stack.mjs';

const admin = administrator('acme');
const raw = rawAdministrator('acme');
let root;
before(async () => { root = await makeAuthority(admin); });

const countOf = async () => (await everyCertificate(admin, { compartmentId: admin.tenancyId })).length;

async function refused(details, message, code = 'InvalidParameter') {
  const before_ = await countOf();
  await fails(admin.management.createCertificate({ createCertificateDetails: details }), 400, code, message);
  assert.equal(await countOf(), before_);
}

test('names, subjects and alternative names are held to their rules', async () => {
  const make = (more) => certificateDetails(admin, root, more);
  await refused({ ...make(), name: 'white space' }, /\/name: /);
  await refused({ ...make(), name: '' }, /\/name: /);
  await refused({ ...make(), name: 'x'.repeat(256) }, /\/name: /);
  for (const value of ['a..b', '.a', '*', '*.*.a', 'w*w.a', 'under_score.a', '10.0.0.1', 'a b', `${'x'.repeat(64)}.a`]) {
    await refused(make({ subjectAlternativeNames: [{ type: 'DNS', value }] }),
      /\/certificateConfig\/subjectAlternativeNames\/0/);
  }
  for (const value of ['300.0.0.1', '::g', '10.0.0.0/8', 'fe80::1%eth0']) {
    await refused(make({ subjectAlternativeNames: [{ type: 'DNS', value: 'a.example' }, { type: 'IP', value }] }),
      /\/certificateConfig\/subjectAlternativeNames\/1/);
  }
});

test('validity is held to now and to the issuer', async () => {
  const make = (validity) => certificateDetails(admin, root, { validity });
  await refused(make({ timeOfValidityNotAfter: inDays(-1) }), /\/certificateConfig\/validity\/timeOfValidityNotAfter/);
  await refused(make({ timeOfValidityNotBefore: inDays(3), timeOfValidityNotAfter: inDays(2) }), /\/certificateConfig\/validity\//);
  await refused(make({ timeOfValidityNotAfter: inDays(365 * 40) }), /\/certificateConfig\/validity: .*ends at/);
});

test('an enum with an unknown value is refused with what there is', async () => {
  await refused(certificateDetails(admin, root, { keyAlgorithm: 'ROT13' }), /\/certificateConfig\/keyAlgorithm.*ECDSA_P256/);
  await refused(certificateDetails(admin, root, { certificateProfileType: 'TLS_CAT' }), /\/certificateConfig\/certificateProfileType/);
});

test('what is missing, unknown or of another type is named by its pointer', async () => {
  const post = (body) => raw.call(endpoints.certificates, 'POST', '/20210224/certificates', body);
  const good = JSON.parse(JSON.stringify(certificateDetails(admin, root)));
  const before_ = await countOf();
  for (const [body, code, pointer] of [
    [{ ...good, name: undefined }, 'MissingParameter', '/name'],
    [{ ...good, name: 7 }, 'InvalidParameter', '/name'],
    [{ ...good, nmae: 'x' }, 'InvalidParameter', '/nmae'],
    [{ ...good, certificateConfig: { ...good.certificateConfig, subject: {} } }, 'MissingParameter', '/certificateConfig/subject/commonName'],
    [{ ...good, certificateConfig: { ...good.certificateConfig, configType: 'MAGIC' } }, 'InvalidParameter', '/certificateConfig/configType'],
    [{ ...good, certificateConfig: { ...good.certificateConfig, configType: 'IMPORTED' } }, 'InvalidParameter', '/certificateConfig'],
    [{ ...good, certificateConfig: [] }, 'InvalidParameter', '/certificateConfig'],
    [{ ...good, freeformTags: { a: 1 } }, 'InvalidParameter', '/freeformTags/a'],
    ['{', 'CannotParseRequest', ''], ['[]', undefined, ''], ['null', undefined, ''], ['{"name":"a","name":"b"}', 'CannotParseRequest', 'twice']]) {
    const answer = await post(body);
    assert.equal(answer.status, 400, `${JSON.stringify(body)}: ${answer.status} ${answer.text}`);
    if (code) assert.equal(answer.json.code, code, answer.text);
    assert.ok(answer.json.message.includes(pointer), `${answer.json.message} should name ${pointer}`);
  }
  assert.equal(await countOf(), before_);
});

test('a rule that would let the certificate expire is refused with the latest allowed value', async () => {
  const make = (rules) => certificateDetails(admin, root, { days: 90, rules });
  const latest = /\/certificateRules\/0\/renewalInterval: .*at most P\S+/;
  await refused(make(renewalRule('P90D', 'P10D')), latest);
  await refused(make(renewalRule('P85D', 'P10D')), latest);
  await refused(make(renewalRule('PT5S', 'PT1S')), /\/certificateRules\/0\/renewalInterval: .*at least PT20S/);
  await refused(make(renewalRule('monthly', 'P1D')), /\/certificateRules\/0\/renewalInterval/);
  await refused(make(renewalRule('P40D', 'soon')), /\/certificateRules\/0\/advanceRenewalPeriod/);
  await refused(make([...renewalRule('P40D', 'P1D'), ...renewalRule('P30D', 'P1D')]), /\/certificateRules/);
  const certificate = await makeCertificate(admin, root, { days: 90 });
  await fails(admin.management.updateCertificate({
    certificateId: certificate.id, updateCertificateDetails: { certificateRules: renewalRule('P89D', 'P10D') },
  }), 400, 'InvalidParameter', latest);
  // The value that was named is the latest one indeed.
  const error = await fails(admin.management.createCertificate(
    { createCertificateDetails: make(renewalRule('P89D', 'P10D')) }), 400, 'InvalidParameter', latest);
  const allowed = /at most (P\S+)/.exec(error.message)[1].replace(/[.,;]$/, '');
  await makeCertificate(admin, root, { days: 90, rules: renewalRule(allowed, 'P10D') });
});

test('an issuer that is absent, and one that is no authority, are refused alike', async () => {
  for (const id of ['ocid1.certificateauthority.perennial.home-1.aaaaaaaaaaaaaaaaaaaaaaaaaaaa', admin.tenancyId]) {
    await refused(certificateDetails(admin, { id }), /\/certificateConfig\/issuerCertificateAuthorityId/,
      'RelatedResourceNotAuthorizedOrNotFound');
  }
});

test('an issuance rule of an authority is held: names, path length, longest leaf', async () => {
  const bounded = await makeAuthority(admin, {
    rules: [
      { ruleType: 'CERTIFICATE_AUTHORITY_ISSUANCE_EXPIRY_RULE', leafCertificateMaxValidityDuration: 'P30D' },
      { ruleType: 'CERTIFICATE_AUTHORITY_ISSUANCE_RULE', pathLengthConstraint: 0, nameConstraint: { permittedSubtree: [{ type: 'DNS', value: 'inside.example' }] } }],
  });
  const inside = { subject: { commonName: 'inside.example' }, subjectAlternativeNames: [{ type: 'DNS', value: 'a.inside.example' }] };
  await refused(certificateDetails(admin, bounded, { ...inside, days: 31 }), /\/certificateConfig\/validity/);
  await refused(certificateDetails(admin, bounded, {
    days: 20, subject: { commonName: 'evilinside.example' }, subjectAlternativeNames: [{ type: 'DNS', value: 'evilinside.example' }],
  }), /inside\.example|constraint/i);
  await makeCertificate(admin, bounded, { ...inside, days: 20 });
  await fails(makeAuthority(admin, { issuer: bounded, name: unique('deep') }), 400, 'InvalidParameter', /path/i);
});

test('an unknown operation is a 404 of its own', async () => {
  for (const [method, target] of [['GET', '/20210224/unicorns'], ['PATCH', '/20210224/certificates'], ['DELETE', `/20210224/certificates/${root.id}`],
    ['GET', '/20990101/certificates'], ['POST', '/20210224/certificates/'], ['GET', '/20210224//certificates']]) {
    const answer = await raw.call(endpoints.certificates, method, target, method === 'GET' || method === 'DELETE' ? undefined : {});
    assert.equal(answer.status, 404, `${method} ${target}: ${answer.status} ${answer.text}`);
    assert.equal(answer.json.code, 'NotFound');
    assert.ok(answer.headers['opc-request-id']);
  }
});
