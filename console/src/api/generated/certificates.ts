// SPDX-License-Identifier: Apache-2.0
// Made by tools/wire_types.py from src/api: do not edit. Times are RFC 3339.

export type AssociationLifecycleState =
  | 'CREATING'
  | 'ACTIVE'
  | 'UPDATING'
  | 'DELETING'
  | 'FAILED';
export type AssociationType =
  | 'CERTIFICATE'
  | 'CERTIFICATE_AUTHORITY'
  | 'CA_BUNDLE';
export type AuthorityConfigType =
  | 'ROOT_CA_GENERATED_INTERNALLY'
  | 'SUBORDINATE_CA_ISSUED_BY_INTERNAL_CA'
  | 'ROOT_CA_MANAGED_EXTERNALLY'
  | 'SUBORDINATE_CA_MANAGED_INTERNALLY_ISSUED_BY_EXTERNAL_CA';
export type AuthorityRuleType =
  | 'CERTIFICATE_AUTHORITY_ISSUANCE_EXPIRY_RULE'
  | 'CERTIFICATE_AUTHORITY_ISSUANCE_RULE';
export type BundleType =
  | 'CERTIFICATE_CONTENT_PUBLIC_ONLY'
  | 'CERTIFICATE_CONTENT_WITH_PRIVATE_KEY';
export type CertificateConfigType =
  | 'ISSUED_BY_INTERNAL_CA'
  | 'MANAGED_EXTERNALLY_ISSUED_BY_INTERNAL_CA'
  | 'IMPORTED';
export type CertificateProfileType =
  | 'TLS_SERVER_OR_CLIENT'
  | 'TLS_SERVER'
  | 'TLS_CLIENT'
  | 'TLS_CODE_SIGN';
export type CertificateRuleType =
  | 'CERTIFICATE_RENEWAL_RULE';
export type KeyAlgorithm =
  | 'RSA2048'
  | 'RSA4096'
  | 'ECDSA_P256'
  | 'ECDSA_P384';
export type LifecycleState =
  | 'CREATING'
  | 'ACTIVE'
  | 'UPDATING'
  | 'DELETING'
  | 'DELETED'
  | 'SCHEDULING_DELETION'
  | 'PENDING_DELETION'
  | 'CANCELLING_DELETION'
  | 'FAILED'
  | 'PENDING_ACTIVATION';
export type NameConstraintType =
  | 'DIRECTORY_NAME'
  | 'DNS'
  | 'IP';
export type NextKind =
  | 'RENEWAL'
  | 'ROLLOUT'
  | 'DELETION'
  | 'NOTHING';
export type ObservationResult =
  | 'PROVED'
  | 'REFUSED_BY_GATE'
  | 'FAILED'
  | 'INCONCLUSIVE';
export type RevocationReason =
  | 'UNSPECIFIED'
  | 'KEY_COMPROMISE'
  | 'CA_COMPROMISE'
  | 'AFFILIATION_CHANGED'
  | 'SUPERSEDED'
  | 'CESSATION_OF_OPERATION'
  | 'PRIVILEGE_WITHDRAWN'
  | 'AA_COMPROMISE';
export type Risk =
  | 'GREEN'
  | 'BLUE'
  | 'AMBER'
  | 'RED'
  | 'GREY';
export type RolloutState =
  | 'PENDING'
  | 'CANARY'
  | 'ROLLING'
  | 'COMPLETE'
  | 'ROLLED_BACK'
  | 'STALLED'
  | 'SUPERSEDED';
export type SignatureAlgorithm =
  | 'SHA256_WITH_RSA'
  | 'SHA384_WITH_RSA'
  | 'SHA512_WITH_RSA'
  | 'SHA256_WITH_ECDSA'
  | 'SHA384_WITH_ECDSA'
  | 'SHA512_WITH_ECDSA';
export type Stage =
  | 'CURRENT'
  | 'PENDING'
  | 'LATEST'
  | 'PREVIOUS'
  | 'DEPRECATED'
  | 'FAILED'
  | 'PENDING_ACTIVATION';
export type SubjectAlternativeNameType =
  | 'DNS'
  | 'IP';
export type UpdateStage =
  | 'CURRENT'
  | 'PENDING';

export interface Validity {
  timeOfValidityNotAfter: string;
  timeOfValidityNotBefore?: string;
}

export interface CertificateSubject {
  commonName: string;
  country?: string;
  domainComponent?: string;
  distinguishedNameQualifier?: string;
  generationQualifier?: string;
  givenName?: string;
  initials?: string;
  localityName?: string;
  organization?: string;
  organizationalUnit?: string;
  pseudonym?: string;
  serialNumber?: string;
  stateOrProvinceName?: string;
  street?: string;
  surname?: string;
  title?: string;
  userId?: string;
}

export interface CertificateSubjectAlternativeName {
  type: SubjectAlternativeNameType;
  value: string;
}

export interface RevocationStatus {
  timeOfRevocation: string;
  revocationReason: RevocationReason;
}

export interface BundleRevocationStatus {
  timeRevoked: string;
  revocationReason: RevocationReason;
}

export interface ObjectStorageBucketConfigDetails {
  objectStorageBucketName: string;
  objectStorageObjectNameFormat: string;
  objectStorageNamespace?: string;
}

export interface CertificateRevocationListDetails {
  objectStorageConfig: ObjectStorageBucketConfigDetails;
  customFormattedUrls?: string[];
}

export interface ScheduleDeletionDetails {
  timeOfDeletion?: string;
}

export interface CreateCertificateConfigDetails {
  configType: CertificateConfigType;
  versionName?: string;
  issuerCertificateAuthorityId?: string;
  subject?: CertificateSubject;
  subjectAlternativeNames?: CertificateSubjectAlternativeName[];
  certificateProfileType?: CertificateProfileType;
  keyAlgorithm?: KeyAlgorithm;
  signatureAlgorithm?: SignatureAlgorithm;
  validity?: Validity;
  csrPem?: string;
  certificatePem?: string;
  certChainPem?: string;
  privateKeyPem?: string;
  privateKeyPemPassphrase?: string;
}

export interface CertificateRule {
  ruleType: CertificateRuleType;
  renewalInterval: string;
  advanceRenewalPeriod: string;
}

export interface CreateCertificateDetails {
  name: string;
  compartmentId: string;
  certificateConfig: CreateCertificateConfigDetails;
  description?: string;
  certificateRules?: CertificateRule[];
  freeformTags?: Record<string, string>;
  definedTags?: Record<string, Record<string, unknown>>;
}

export interface UpdateCertificateConfigDetails {
  configType: CertificateConfigType;
  versionName?: string;
  validity?: Validity;
  stage?: UpdateStage;
  csrPem?: string;
  certificatePem?: string;
  certChainPem?: string;
  privateKeyPem?: string;
  privateKeyPemPassphrase?: string;
}

export interface UpdateCertificateDetails {
  description?: string;
  currentVersionNumber?: number;
  certificateConfig?: UpdateCertificateConfigDetails;
  certificateRules?: CertificateRule[];
  freeformTags?: Record<string, string>;
  definedTags?: Record<string, Record<string, unknown>>;
}

export interface CertificateVersion {
  certificateId: string;
  timeCreated: string;
  versionNumber: number;
  stages: Stage[];
  serialNumber?: string;
  issuerCaVersionNumber?: number;
  versionName?: string;
  subjectAlternativeNames?: CertificateSubjectAlternativeName[];
  timeOfDeletion?: string;
  validity?: Validity;
  revocationStatus?: RevocationStatus;
}

export interface CertificateVersionCollection {
  items: CertificateVersion[];
}

export interface Certificate {
  id: string;
  name: string;
  timeCreated: string;
  lifecycleState: LifecycleState;
  compartmentId: string;
  configType: CertificateConfigType;
  issuerCertificateAuthorityId?: string;
  description?: string;
  certificateRules: CertificateRule[];
  timeOfDeletion?: string;
  lifecycleDetails?: string;
  currentVersion?: CertificateVersion;
  subject?: CertificateSubject;
  certificateRevocationListDetails?: CertificateRevocationListDetails;
  keyAlgorithm?: KeyAlgorithm;
  signatureAlgorithm?: SignatureAlgorithm;
  certificateProfileType?: CertificateProfileType;
  freeformTags: Record<string, string>;
  definedTags: Record<string, Record<string, unknown>>;
}

export interface CertificateSummary {
  id: string;
  name: string;
  timeCreated: string;
  lifecycleState: LifecycleState;
  compartmentId: string;
  configType: CertificateConfigType;
  issuerCertificateAuthorityId?: string;
  description?: string;
  timeOfDeletion?: string;
  certificateRules: CertificateRule[];
  currentVersionSummary?: CertificateVersion;
  subject?: CertificateSubject;
  keyAlgorithm?: KeyAlgorithm;
  signatureAlgorithm?: SignatureAlgorithm;
  certificateProfileType?: CertificateProfileType;
  freeformTags: Record<string, string>;
  definedTags: Record<string, Record<string, unknown>>;
}

export interface CertificateCollection {
  items: CertificateSummary[];
}

export interface CertificateBundle {
  certificateBundleType: BundleType;
  certificateId: string;
  certificateName: string;
  versionNumber: number;
  serialNumber: string;
  timeCreated: string;
  validity: Validity;
  stages: Stage[];
  certificatePem?: string;
  certChainPem?: string;
  privateKeyPem?: string;
  privateKeyPemPassphrase?: string;
  versionName?: string;
  revocationStatus?: BundleRevocationStatus;
  wantedVersionNumber?: number;
}

export interface CertificateBundleVersionSummary {
  certificateId: string;
  certificateName: string;
  versionNumber: number;
  timeCreated: string;
  stages: Stage[];
  serialNumber?: string;
  versionName?: string;
  validity?: Validity;
  timeOfDeletion?: string;
  revocationStatus?: BundleRevocationStatus;
}

export interface CertificateBundleVersionCollection {
  items: CertificateBundleVersionSummary[];
}

export interface CreateCertificateAuthorityConfigDetails {
  configType: AuthorityConfigType;
  issuerCertificateAuthorityId?: string;
  subject?: CertificateSubject;
  versionName?: string;
  validity?: Validity;
  signingAlgorithm?: SignatureAlgorithm;
  certificatePem?: string;
}

export interface NameConstraintSubtreeNode {
  type: NameConstraintType;
  value: string;
}

export interface NameConstraint {
  permittedSubtree?: NameConstraintSubtreeNode[];
  excludedSubtree?: NameConstraintSubtreeNode[];
}

export interface CertificateAuthorityRule {
  ruleType: AuthorityRuleType;
  leafCertificateMaxValidityDuration?: string;
  certificateAuthorityMaxValidityDuration?: string;
  pathLengthConstraint?: number;
  nameConstraint?: NameConstraint;
}

export interface CreateCertificateAuthorityDetails {
  name: string;
  compartmentId: string;
  certificateAuthorityConfig: CreateCertificateAuthorityConfigDetails;
  description?: string;
  certificateAuthorityRules?: CertificateAuthorityRule[];
  certificateRevocationListDetails?: CertificateRevocationListDetails;
  kmsKeyId?: string;
  externalKeyDescription?: string;
  freeformTags?: Record<string, string>;
  definedTags?: Record<string, Record<string, unknown>>;
}

export interface CertificateAuthorityVersionSummary {
  certificateAuthorityId: string;
  timeCreated: string;
  versionNumber: number;
  stages: Stage[];
  issuerCaVersionNumber?: number;
  serialNumber?: string;
  versionName?: string;
  timeOfDeletion?: string;
  validity?: Validity;
  revocationStatus?: RevocationStatus;
}

export interface CertificateAuthority {
  id: string;
  name: string;
  timeCreated: string;
  lifecycleState: LifecycleState;
  compartmentId: string;
  configType: AuthorityConfigType;
  issuerCertificateAuthorityId?: string;
  description?: string;
  externalKeyDescription?: string;
  timeOfDeletion?: string;
  kmsKeyId?: string;
  lifecycleDetails?: string;
  certificateAuthorityRules: CertificateAuthorityRule[];
  currentVersion?: CertificateAuthorityVersionSummary;
  certificateRevocationListDetails?: CertificateRevocationListDetails;
  subject?: CertificateSubject;
  signingAlgorithm?: SignatureAlgorithm;
  freeformTags: Record<string, string>;
  definedTags: Record<string, Record<string, unknown>>;
}

export interface CertificateAuthoritySummary {
  id: string;
  name: string;
  timeCreated: string;
  lifecycleState: LifecycleState;
  compartmentId: string;
  configType: AuthorityConfigType;
  issuerCertificateAuthorityId?: string;
  description?: string;
  timeOfDeletion?: string;
  kmsKeyId?: string;
  certificateAuthorityRules: CertificateAuthorityRule[];
  currentVersionSummary?: CertificateAuthorityVersionSummary;
  subject?: CertificateSubject;
  signingAlgorithm?: SignatureAlgorithm;
  freeformTags: Record<string, string>;
  definedTags: Record<string, Record<string, unknown>>;
}

export interface CertificateAuthorityCollection {
  items: CertificateAuthoritySummary[];
}

export interface CertificateAuthorityBundle {
  certificateAuthorityId: string;
  certificateAuthorityName: string;
  serialNumber: string;
  certificatePem: string;
  timeCreated: string;
  versionNumber: number;
  validity: Validity;
  stages: Stage[];
  certChainPem?: string;
  versionName?: string;
  revocationStatus?: BundleRevocationStatus;
}

export interface Association {
  id: string;
  name: string;
  timeCreated: string;
  lifecycleState: AssociationLifecycleState;
  certificatesResourceId: string;
  associatedResourceId: string;
  compartmentId: string;
  associationType: AssociationType;
}

export interface AssociationCollection {
  items: Association[];
}

export interface AssociationPair {
  certificatesResourceId: string;
  resourceId: string;
}

export interface AttachedAssociation {
  associationId: string;
  certificatesResourceId: string;
  resourceId: string;
  associationType: AssociationType;
  currentVersion?: number;
}

export interface AttachAnswer {
  items: AttachedAssociation[];
}

export interface DetachedPair {
  certificatesResourceId: string;
  resourceId: string;
  fence: string;
}

export interface DetachAnswer {
  items: DetachedPair[];
}

export interface ForceDetachDetails {
  confirmName: string;
}

export interface Observation {
  associationId: string;
  versionNumber: number;
  fingerprintSha256?: string;
  address?: string;
  serverName?: string;
  keyType?: string;
  vantage: string;
  result: ObservationResult;
  reason?: string;
  timeObserved: string;
}

export interface CreateObservationsDetails {
  items: Observation[];
}

export interface RejectedObservation {
  index: number;
  code: string;
}

export interface ObservationsAnswer {
  rejected: RejectedObservation[];
}

export interface RolloutPlace {
  address?: string;
  serverName?: string;
  keyType?: string;
  vantage: string;
  result: ObservationResult;
  fingerprintSha256?: string;
  reason?: string;
  timeObserved: string;
}

export interface RolloutLine {
  associationId: string;
  resourceId: string;
  nodeId: string;
  wave: number;
  live: boolean;
  wantedVersion: number;
  servedVersion?: number;
  fingerprintSha256?: string;
  timeObserved?: string;
  vantage?: string;
  result?: ObservationResult;
  lastError?: string;
  places?: RolloutPlace[];
}

export interface Rollout {
  id: string;
  certificateId: string;
  state: RolloutState;
  paused: boolean;
  forced: boolean;
  fromVersion?: number;
  toVersion: number;
  position: number;
  timeStarted: string;
  timeCanaryProved?: string;
  timePromoted?: string;
  timeFinished?: string;
  timeMustServe?: string;
  reason?: string;
  nodeCount: number;
  servedCount: number;
  owingCount: number;
  lines?: RolloutLine[];
}

export interface RolloutCollection {
  items: Rollout[];
}

export interface WhyEvidence {
  digest: string;
  signingString: string;
  signature: string;
  algorithm: string;
  keyId: string;
  publicKeyPem: string;
  operation: string;
  signedDate: string;
  userId: string;
  userName: string;
  presenterId: string;
}

export interface WhyPlacement {
  nodeId: string;
  nodeName: string;
}

export interface WhyKeyRead {
  nodeId: string;
  versionNumber: number;
  timeRead: string;
}

export interface WhyProof {
  nodeId: string;
  observation: Observation;
}

export interface WhyChain {
  association: Association;
  certificatesResourceName: string;
  evidence: WhyEvidence[];
  placements: WhyPlacement[];
  lastKeyReads: WhyKeyRead[];
  lastProofs: WhyProof[];
}

export interface NextStep {
  kind: NextKind;
  time?: string;
  text: string;
}

export interface InventoryItem {
  id: string;
  name: string;
  compartmentId: string;
  subject: string;
  subjectAlternativeNames: string[];
  issuerId?: string;
  issuerName?: string;
  lifecycleState: LifecycleState;
  currentVersionNumber: number;
  latestVersionNumber: number;
  serialNumber: string;
  fingerprint: string;
  timeOfExpiry: string;
  next: NextStep;
  risk: Risk;
  reason: string;
  nodesServing: number;
  nodesOwing: number;
  associationCount: number;
  timeOfDeletion?: string;
}

export interface Inventory {
  items: InventoryItem[];
  total: number;
}

export interface NodeServing {
  nodeId: string;
  timeLastSeen?: string;
  wantedCount: number;
  servedCount: number;
}

export interface NodeServingCollection {
  items: NodeServing[];
}

export interface OverviewNeed {
  text: string;
  certificateId: string;
}

export interface OverviewCounts {
  certificates: number;
  green: number;
  blue: number;
  amber: number;
  red: number;
  grey: number;
  authorities: number;
  nodes: number;
  nodesOwing: number;
}

export interface OverviewDay {
  date: string;
  renewals: number;
  expiries: number;
}

export interface StalledRollout {
  certificateId: string;
  certificateName: string;
  versionNumber: number;
  reason: string;
}

export interface OwingNode {
  nodeId: string;
  certificateId: string;
  certificateName: string;
  reason: string;
}

export interface Overview {
  sentence: string;
  firstNeed?: OverviewNeed;
  counts: OverviewCounts;
  timeline: OverviewDay[];
  stalledRollouts: StalledRollout[];
  owing: OwingNode[];
  timeAsOf: string;
}
