// SPDX-License-Identifier: Apache-2.0
// A root and an issuing authority as one form: two requests, the second naming what the first made.
import type { CertificateAuthorityRule, CreateCertificateAuthorityDetails } from '../../api/certificates';
import { shellLine } from '../certificate-parts/words';
import { DAY, formatDuration } from '../certificate-renewal/duration';

export interface AuthorityDraft {
  organization: string;
  rootName: string;
  issuingName: string;
  rootYears: number;
  issuingYears: number;
  leafDays: number;
  domains: string[];
  // The root that was made already, when the issuing authority was refused.
  rootId?: string;
}

export const usualDraft: AuthorityDraft = {
  organization: '',
  rootName: 'root',
  issuingName: 'issuing',
  rootYears: 10,
  issuingYears: 5,
  leafDays: 90,
  domains: [],
};

const ALGORITHM = 'SHA256_WITH_ECDSA';

function validity(now: Date, days: number): { timeOfValidityNotAfter: string } {
  const end = Math.floor(now.getTime() / 1000) + days * DAY - 1;
  return { timeOfValidityNotAfter: new Date(end * 1000).toISOString() };
}

function commonName(draft: AuthorityDraft, name: string): string {
  const word = name.charAt(0).toUpperCase() + name.slice(1);
  return draft.organization === '' ? word : `${draft.organization} ${word}`;
}

function subject(draft: AuthorityDraft, name: string): { commonName: string; organization?: string } {
  return {
    commonName: commonName(draft, name),
    ...(draft.organization === '' ? {} : { organization: draft.organization }),
  };
}

export function rootDetails(
  draft: AuthorityDraft,
  compartmentId: string,
  now: Date,
): CreateCertificateAuthorityDetails {
  return {
    name: draft.rootName,
    compartmentId,
    certificateAuthorityConfig: {
      configType: 'ROOT_CA_GENERATED_INTERNALLY',
      subject: subject(draft, draft.rootName),
      validity: validity(now, draft.rootYears * 365),
      signingAlgorithm: ALGORITHM,
    },
  };
}

export function issuingDetails(
  draft: AuthorityDraft,
  compartmentId: string,
  issuerId: string,
  now: Date,
): CreateCertificateAuthorityDetails {
  const rules: CertificateAuthorityRule[] = [
    {
      ruleType: 'CERTIFICATE_AUTHORITY_ISSUANCE_RULE',
      pathLengthConstraint: 0,
      ...(draft.domains.length === 0
        ? {}
        : {
            nameConstraint: {
              permittedSubtree: draft.domains.map((value) => ({ type: 'DNS', value })),
            },
          }),
    },
    {
      ruleType: 'CERTIFICATE_AUTHORITY_ISSUANCE_EXPIRY_RULE',
      leafCertificateMaxValidityDuration: formatDuration(draft.leafDays * DAY),
    },
  ];
  return {
    name: draft.issuingName,
    compartmentId,
    certificateAuthorityConfig: {
      configType: 'SUBORDINATE_CA_ISSUED_BY_INTERNAL_CA',
      issuerCertificateAuthorityId: issuerId,
      subject: subject(draft, draft.issuingName),
      validity: validity(now, draft.issuingYears * 365),
      signingAlgorithm: ALGORITHM,
    },
    certificateAuthorityRules: rules,
  };
}

export function cliOf(draft: AuthorityDraft): string {
  const organization = draft.organization === '' ? [] : ['--organization', draft.organization];
  const root = shellLine(
    ...['perennial', 'ca', 'create', 'root', '--name', draft.rootName],
    ...['--common-name', commonName(draft, draft.rootName), ...organization],
    ...['--days', String(draft.rootYears * 365)],
  );
  const issuing = shellLine(
    ...['perennial', 'ca', 'create', 'issuing', '--name', draft.issuingName],
    ...['--common-name', commonName(draft, draft.issuingName), ...organization],
    ...['--issuer', draft.rootName, '--days', String(draft.issuingYears * 365)],
    ...['--path-length', '0', '--max-leaf-validity', `P${draft.leafDays}D`],
    ...draft.domains.flatMap((domain) => ['--permit-dns', domain]),
  );
  return `${root}\n${issuing}`;
}
