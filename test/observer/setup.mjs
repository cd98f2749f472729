// SPDX-License-Identifier: Apache-2.0
// What a user does with the unmodified SDK before the observer looks: names come from the caller, drawn at run time.
//   node setup.mjs '{"step": "create" | "another-listener", …}'   → one line of JSON
// Run from test/sdk, whose node_modules it uses, with NODE_EXTRA_CA_CERTS set to the platform CA.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.cwd()}/`);
const common = require('oci-common');
const management = require('oci-certificatesmanagement');
const retrieval = require('oci-certificates');
const balancing = require('oci-loadbalancer');

const order = JSON.parse(process.argv[2]);
const { context, endpoints } = order;
const provider = new common.SimpleAuthenticationDetailsProvider(
  context.tenancyId, context.userId, context.fingerprint, fs.readFileSync(context.keyFile, 'utf8'), null,
  common.Region.US_PHOENIX_1,
);
const client = (Class, endpoint) => {
  const made = new Class({ authenticationDetailsProvider: provider });
  made.endpoint = endpoint;
  return made;
};
const certificates = client(management.CertificatesManagementClient, endpoints.certificates);
const bundles = client(retrieval.CertificatesClient, endpoints.certificates);
const balancers = client(balancing.LoadBalancerClient, endpoints['load-balancer']);

async function done(answer) {
  const waiter = balancers.createWaiters(undefined, undefined);
  const work = await waiter.forWorkRequest({ workRequestId: answer.opcWorkRequestId });
  if (work.workRequest.lifecycleState !== 'SUCCEEDED') throw new Error(JSON.stringify(work.workRequest));
  return work.workRequest;
}

async function authority(name, configType, issuer) {
  const answer = await certificates.createCertificateAuthority({
    createCertificateAuthorityDetails: {
      name,
      compartmentId: context.tenancyId,
      certificateAuthorityConfig: {
        configType,
        subject: { commonName: name },
        signingAlgorithm: 'SHA256_WITH_ECDSA',
        ...(issuer ? { issuerCertificateAuthorityId: issuer } : {}),
      },
    },
  });
  return answer.certificateAuthority.id;
}

const listener = (name, port, certificateId) => ({
  loadBalancerId: order.loadBalancerId,
  createListenerDetails: {
    name, port, protocol: 'HTTP', defaultBackendSetName: 'web', sslConfiguration: { certificateIds: [certificateId] },
  },
});

async function create() {
  const root = await authority(`${order.name}-root`, 'ROOT_CA_GENERATED_INTERNALLY');
  const issuing = await authority(`${order.name}-issuing`, 'SUBORDINATE_CA_ISSUED_BY_INTERNAL_CA', root);
  const made = await certificates.createCertificate({
    createCertificateDetails: {
      name: order.name,
      compartmentId: context.tenancyId,
      certificateRules: [{
        ruleType: 'CERTIFICATE_RENEWAL_RULE', renewalInterval: order.interval, advanceRenewalPeriod: order.advance,
      }],
      certificateConfig: {
        configType: 'ISSUED_BY_INTERNAL_CA',
        issuerCertificateAuthorityId: issuing,
        subject: { commonName: order.host },
        subjectAlternativeNames: [{ type: 'DNS', value: order.host }],
        certificateProfileType: 'TLS_SERVER',
        keyAlgorithm: 'ECDSA_P256',
        validity: { timeOfValidityNotAfter: new Date(Date.now() + order.lifetimeSeconds * 1000) },
      },
    },
  });
  const work = await done(await balancers.createLoadBalancer({
    createLoadBalancerDetails: {
      compartmentId: context.tenancyId, displayName: order.name, shapeName: 'flexible',
      shapeDetails: { minimumBandwidthInMbps: 10, maximumBandwidthInMbps: 10 }, subnetIds: [order.nodePoolId],
    },
  }));
  order.loadBalancerId = work.loadBalancerId;
  await done(await balancers.createBackendSet({
    loadBalancerId: order.loadBalancerId,
    createBackendSetDetails: {
      name: 'web', policy: 'ROUND_ROBIN', healthChecker: { protocol: 'TCP' },
      backends: [{ ipAddress: '127.0.0.1', port: order.backendPort }],
    },
  }));
  await done(await balancers.createListener(listener('first', order.port, made.certificate.id)));
  const pem = async (id) => (await bundles.getCertificateAuthorityBundle({ certificateAuthorityId: id }))
    .certificateAuthorityBundle.certificatePem;
  return {
    certificateId: made.certificate.id, loadBalancerId: order.loadBalancerId, rootPem: await pem(root),
    issuingPem: await pem(issuing),
  };
}

async function anotherListener() {
  await done(await balancers.createListener(listener('second', order.port, order.certificateId)));
  return {};
}

const answer = order.step === 'create' ? await create() : await anotherListener();
console.log(JSON.stringify(answer));
for (const each of [certificates, bundles, balancers]) each.close();
