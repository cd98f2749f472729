// SPDX-License-Identifier: Apache-2.0
// The form of a new certificate as plain data: its defaults, what will be sent, and where each of
// the server's pointers belongs.
import type {
  CertificateProfileType,
  CertificateRule,
  CertificateSubjectAlternativeName,
  CreateCertificateDetails,
  KeyAlgorithm,
} from '../../api/certificates';
import { shellLine } from '../certificate-parts/words';
import { DAY, formatDuration } from '../certificate-renewal/duration';
import { type RenewalRule, suggestRule } from '../certificate-renewal/preview';

export interface Draft {
  name: string;
  names: string[];
  commonName: string;
  organization: string;
  description: string;
  compartmentId: string;
  issuerId: string;
  profile: CertificateProfileType;
  keyAlgorithm: KeyAlgorithm;
  lifetimeSeconds: number;
  renews: boolean;
  rule: RenewalRule;
}

const USUAL_LIFE = 90 * DAY;

export function emptyDraft(compartmentId: string): Draft {
  return {
    name: '',
    names: [],
    commonName: '',
    organization: '',
    description: '',
    compartmentId,
    issuerId: '',
    profile: 'TLS_SERVER_OR_CLIENT',
    // Absent on the wire means RSA 2048, as OCI has it; here the better one is asked for.
    keyAlgorithm: 'ECDSA_P256',
    lifetimeSeconds: USUAL_LIFE,
    renews: true,
    rule: suggestRule(USUAL_LIFE),
  };
}

// The controls, by the pointers that the server's messages begin with.
export const POINTERS = {
  name: '/name',
  description: '/description',
  compartment: '/compartmentId',
  issuer: '/certificateConfig/issuerCertificateAuthorityId',
  subject: '/certificateConfig/subject',
  commonName: '/certificateConfig/subject/commonName',
  organization: '/certificateConfig/subject/organization',
  names: '/certificateConfig/subjectAlternativeNames',
  profile: '/certificateConfig/certificateProfileType',
  key: '/certificateConfig/keyAlgorithm',
  validity: '/certificateConfig/validity',
  interval: '/certificateRules/0/renewalInterval',
  advance: '/certificateRules/0/advanceRenewalPeriod',
  rules: '/certificateRules',
} as const;

// splitNames takes what was typed or pasted apart: commas, spaces, lines and the scheme of an URL.
export function splitNames(text: string): string[] {
  return text
    .split(/[\s,;]+/)
    .map((name) => name.replace(/^https?:\/\//i, '').replace(/\/.*$/, ''))
    .filter((name) => name !== '');
}

export function isAddress(name: string): boolean {
  return name.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
}

export function alternativeNames(names: string[]): CertificateSubjectAlternativeName[] {
  return names.map((value) => ({ type: isAddress(value) ? 'IP' : 'DNS', value }));
}

// suggestName makes an object's name of the first domain: *.shop.example.com is shop.example.com.
export function suggestName(names: string[]): string {
  return (names[0] ?? '')
    .replace(/^\*\./, '')
    .replaceAll(/[^\w.-]/g, '-')
    .slice(0, 255);
}

export function commonNameOf(draft: Draft): string {
  return draft.commonName === '' ? (draft.names[0] ?? '') : draft.commonName;
}

export function rulesOf(draft: Pick<Draft, 'renews' | 'rule'>): CertificateRule[] {
  if (!draft.renews) return [];
  return [
    {
      ruleType: 'CERTIFICATE_RENEWAL_RULE',
      renewalInterval: formatDuration(draft.rule.intervalSeconds),
      advanceRenewalPeriod: formatDuration(draft.rule.advanceSeconds),
    },
  ];
}

export function detailsOf(draft: Draft, now: Date): CreateCertificateDetails {
  // Both ends count, so the last second is one less.
  const start = Math.floor(now.getTime() / 1000);
  const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
  const rules = rulesOf(draft);
  return {
    name: draft.name === '' ? suggestName(draft.names) : draft.name,
    compartmentId: draft.compartmentId,
    ...(draft.description === '' ? {} : { description: draft.description }),
    certificateConfig: {
      configType: 'ISSUED_BY_INTERNAL_CA',
      issuerCertificateAuthorityId: draft.issuerId,
      subject: {
        commonName: commonNameOf(draft),
        ...(draft.organization === '' ? {} : { organization: draft.organization }),
      },
      subjectAlternativeNames: alternativeNames(draft.names),
      certificateProfileType: draft.profile,
      keyAlgorithm: draft.keyAlgorithm,
      validity: {
        timeOfValidityNotBefore: at(start),
        timeOfValidityNotAfter: at(start + draft.lifetimeSeconds - 1),
      },
    },
    ...(rules.length === 0 ? {} : { certificateRules: rules }),
  };
}

export function cliOf(draft: Draft): string {
  const dns = draft.names.filter((name) => !isAddress(name)).flatMap((name) => ['--dns', name]);
  const addresses = draft.names.filter(isAddress).flatMap((name) => ['--ip', name]);
  return shellLine(
    'perennial',
    'certificate',
    'create',
    '--name',
    draft.name === '' ? suggestName(draft.names) : draft.name,
    ...dns,
    ...addresses,
    '--ca',
    draft.issuerId,
    '--validity',
    formatDuration(draft.lifetimeSeconds),
    ...(draft.renews
      ? [
          '--renew-every',
          formatDuration(draft.rule.intervalSeconds),
          '--renew-before',
          formatDuration(draft.rule.advanceSeconds),
        ]
      : ['--no-renewal']),
  );
}
