// SPDX-License-Identifier: Apache-2.0
// The unmodified OCI SDK, pointed at the running stack: as an administrator, as a user, as a load balancer.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { after } from 'node:test';
import audit from 'oci-audit';
import certificates from 'oci-certificates';
import certificatesmanagement from 'oci-certificatesmanagement';
import common from 'oci-common';
import identity from 'oci-identity';
import loadbalancer from 'oci-loadbalancer';
import { endpoints, eventually, stack, unique } from '../support/stack.mjs';
import { fingerprintOf, newRsaKey, publicPem } from '../support/signer.mjs';

export { common, eventually, unique, stack, endpoints };

const opened = [];
// A circuit breaker keeps Node alive until its client is closed.
after(() => { for (const client of opened) client.close?.(); });

function open(Client, endpoint, authenticationDetailsProvider) {
  const client = new Client({ authenticationDetailsProvider });
  client.endpoint = endpoint;
  opened.push(client);
  return client;
}

export function clientsOf(provider) {
  return {
    identity: open(identity.IdentityClient, endpoints.identity, provider),
    management: open(certificatesmanagement.CertificatesManagementClient, endpoints.certificates, provider),
    bundles: open(certificates.CertificatesClient, endpoints.certificates, provider),
    balancers: open(loadbalancer.LoadBalancerClient, endpoints['load-balancer'], provider),
    audit: open(audit.AuditClient, endpoints.audit, provider),
  };
}

function provider(tenancyId, userId, fingerprint, pem) {
  return new common.SimpleAuthenticationDetailsProvider(tenancyId, userId, fingerprint, pem, null,
    common.Region.US_PHOENIX_1);
}

// The clients of a tenancy's administrator, with tenancyId and userId.
export function administrator(name) {
  const context = stack.contexts[name];
  const pem = fs.readFileSync(context.keyFile, 'utf8');
  return {
    ...clientsOf(provider(context.tenancyId, context.userId, context.fingerprint, pem)),
    tenancyId: context.tenancyId, userId: context.userId, context,
  };
}

// A user made by the SDK, in a group that has these statements; "GROUP" stands for it.
export async function makeUser(admin, statements) {
  const name = unique('user');
  const compartmentId = admin.tenancyId;
  const details = { compartmentId, description: 'made by a test' };
  const { user } = await admin.identity.createUser({ createUserDetails: { ...details, name } });
  const { group } = await admin.identity.createGroup({ createGroupDetails: { ...details, name: `${name}-group` } });
  await admin.identity.addUserToGroup({ addUserToGroupDetails: { userId: user.id, groupId: group.id } });
  const { publicKey, privateKey } = newRsaKey();
  const { apiKey } = await admin.identity.uploadApiKey({
    userId: user.id, createApiKeyDetails: { key: publicPem(publicKey) },
  });
  assert.equal(apiKey.fingerprint, fingerprintOf(publicKey));
  let policy;
  if (statements.length > 0) {
    ({ policy } = await admin.identity.createPolicy({
      createPolicyDetails: {
        ...details, name: `${name}-policy`,
        statements: statements.map((text) => text.replace('GROUP', `group ${name}-group`)),
      },
    }));
  }
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const clients = clientsOf(provider(compartmentId, user.id, apiKey.fingerprint, pem));
  // Facts of identity reach the services within seconds.
  await eventually('the new user to be known', async () => {
    for (const call of [
      () => clients.management.listCertificates({ compartmentId }),
      () => clients.balancers.listLoadBalancers({ compartmentId }),
      () => clients.identity.getUser({ userId: user.id })]) {
      try { await call(); } catch (error) { if (error.statusCode === 401) return false; }
    }
    return true;
  }, { timeoutMs: 10_000 });
  return { ...clients, tenancyId: compartmentId, userId: user.id, user, group, policy, apiKey };
}

// The call must fail with this status and code, and a message that matches.
export async function fails(promise, statusCode, serviceCode, message = /./) {
  let outcome;
  try { outcome = await promise; } catch (error) {
    const shown = `${error.statusCode} ${error.serviceCode} ${error.message}`;
    assert.equal(error.statusCode, statusCode, shown);
    assert.equal(error.serviceCode, serviceCode, shown);
    assert.match(error.message, message);
    return error;
  }
  assert.fail(`it succeeded: ${JSON.stringify(outcome).slice(0, 300)}`);
}

// Every item of a list, page by page: `call` makes one request, `itemsIn` finds the items in its answer.
export async function everyItem(call, request, itemsIn) {
  const items = [];
  let page;
  do {
    const answer = await call({ ...request, page });
    items.push(...itemsIn(answer));
    page = answer.opcNextPage;
  } while (page);
  return items;
}
export const everyCertificate = (admin, request) => everyItem((one) => admin.management.listCertificates(one), request,
  (answer) => answer.certificateCollection.items);

export const inDays = (days) => new Date(Date.now() + days * 86_400_000);

// --- certificates ---------------------------------------------------------------------------------------

const quick = { terminationStrategy: new common.MaxTimeTerminationStrategy(60), delayStrategy: new common.FixedTimeDelayStrategy(1) };

export async function makeAuthority(admin, { name = unique('root'), signingAlgorithm = 'SHA256_WITH_ECDSA', issuer, rules, validity } = {}) {
  const { certificateAuthority } = await admin.management.createCertificateAuthority({
    createCertificateAuthorityDetails: {
      name, compartmentId: admin.tenancyId, certificateAuthorityRules: rules,
      certificateAuthorityConfig: issuer
        ? {
          configType: 'SUBORDINATE_CA_ISSUED_BY_INTERNAL_CA', issuerCertificateAuthorityId: issuer.id,
          subject: { commonName: name }, signingAlgorithm, validity,
        }
        : { configType: 'ROOT_CA_GENERATED_INTERNALLY', subject: { commonName: name }, signingAlgorithm, validity },
    },
  });
  const waited = await admin.management.createWaiters(quick).forCertificateAuthority(
    { certificateAuthorityId: certificateAuthority.id }, 'ACTIVE');
  return waited.certificateAuthority;
}

export function certificateDetails(admin, issuer, { name = unique('leaf'), days = 90, rules, ...config } = {}) {
  return {
    name, compartmentId: admin.tenancyId, certificateRules: rules,
    certificateConfig: {
      configType: 'ISSUED_BY_INTERNAL_CA', issuerCertificateAuthorityId: issuer.id,
      certificateProfileType: 'TLS_SERVER', keyAlgorithm: 'ECDSA_P256',
      subject: { commonName: `${name}.example` },
      subjectAlternativeNames: [{ type: 'DNS', value: `${name}.example` }],
      validity: { timeOfValidityNotAfter: inDays(days) },
      ...config,
    },
  };
}

export async function makeCertificate(admin, issuer, options) {
  const { certificate } = await admin.management.createCertificate(
    { createCertificateDetails: certificateDetails(admin, issuer, options) });
  const waited = await admin.management.createWaiters(quick).forCertificate({ certificateId: certificate.id }, 'ACTIVE');
  return waited.certificate;
}

export const renewalRule = (renewalInterval, advanceRenewalPeriod) =>
  [{ ruleType: 'CERTIFICATE_RENEWAL_RULE', renewalInterval, advanceRenewalPeriod }];

export async function bundleOf(admin, certificateId, more = {}) {
  const { certificateBundle } = await admin.bundles.getCertificateBundle({ certificateId, ...more });
  return certificateBundle;
}

// "03 AC FC" as X509Certificate writes it.
export const compactSerial = (serial) => serial.replaceAll(' ', '');
export const x509 = (pem) => new crypto.X509Certificate(pem);

// --- load balancers -------------------------------------------------------------------------------------

export async function workDone(admin, opcWorkRequestId) {
  const { workRequest } = await admin.balancers.createWaiters(quick).forWorkRequest({ workRequestId: opcWorkRequestId });
  assert.equal(workRequest.lifecycleState, 'SUCCEEDED', JSON.stringify(workRequest));
  assert.match(workRequest.id, /^ocid1\.loadbalancerworkrequest\./);
  assert.deepEqual(workRequest.errorDetails, []);
  return workRequest;
}
