// SPDX-License-Identifier: Apache-2.0
// What the certificate and authority pages ask of the server: the inventory, the public
// certificates API, rollouts, and the chain from a click to a key.

import { type Answer, send } from './send';

export type Risk = 'GREEN' | 'BLUE' | 'AMBER' | 'RED' | 'GREY';
export type InventoryFilter = 'needsYou' | 'expiring' | 'unproved' | 'unused';
export type InventorySort = 'expiry' | 'name' | 'next' | 'risk';

export interface InventoryItem {
  id: string;
  name: string;
  compartmentId: string;
  subject: string;
  subjectAlternativeNames: string[];
  issuerId?: string;
  issuerName?: string;
  lifecycleState: string;
  currentVersionNumber: number;
  latestVersionNumber: number;
  serialNumber?: string;
  fingerprint?: string;
  timeOfExpiry: string;
  next: { kind: 'RENEWAL' | 'ROLLOUT' | 'DELETION' | 'NOTHING'; time?: string; text: string };
  risk: Risk;
  reason: string;
  nodesServing: number;
  nodesOwing: number;
  associationCount: number;
  timeOfDeletion?: string;
}

export interface Subject {
  commonName: string;
  organization?: string;
  organizationalUnit?: string;
  country?: string;
  [field: string]: string | undefined;
}
export interface AlternativeName {
  type: 'DNS' | 'IP';
  value: string;
}
export interface Validity {
  timeOfValidityNotBefore?: string;
  timeOfValidityNotAfter: string;
}
export interface CertificateRule {
  ruleType: 'CERTIFICATE_RENEWAL_RULE';
  renewalInterval: string;
  advanceRenewalPeriod: string;
}
export type Stage =
  | 'CURRENT'
  | 'PENDING'
  | 'LATEST'
  | 'PREVIOUS'
  | 'DEPRECATED'
  | 'FAILED'
  | 'PENDING_ACTIVATION';

export interface CertificateVersion {
  certificateId: string;
  timeCreated: string;
  versionNumber: number;
  stages: Stage[];
  serialNumber?: string;
  issuerCaVersionNumber?: number;
  versionName?: string;
  subjectAlternativeNames?: AlternativeName[];
  timeOfDeletion?: string;
  validity?: Validity;
  revocationStatus?: { timeOfRevocation: string; revocationReason: string };
}

export interface Certificate {
  id: string;
  name: string;
  timeCreated: string;
  lifecycleState: string;
  compartmentId: string;
  configType: string;
  issuerCertificateAuthorityId?: string;
  description?: string;
  certificateRules?: CertificateRule[];
  timeOfDeletion?: string;
  lifecycleDetails?: string;
  currentVersion?: CertificateVersion;
  subject?: Subject;
  keyAlgorithm?: string;
  signatureAlgorithm?: string;
  certificateProfileType?: string;
  freeformTags?: Record<string, string>;
}

export interface CreateCertificateDetails {
  name: string;
  compartmentId: string;
  description?: string;
  certificateConfig: {
    configType: 'ISSUED_BY_INTERNAL_CA';
    issuerCertificateAuthorityId: string;
    subject: Subject;
    subjectAlternativeNames: AlternativeName[];
    certificateProfileType: string;
    keyAlgorithm: string;
    validity: Validity;
  };
  certificateRules?: CertificateRule[];
}

export interface UpdateCertificateDetails {
  description?: string;
  currentVersionNumber?: number;
  certificateRules?: CertificateRule[];
}

export interface NameConstraintSubtree {
  type: string;
  value: string;
}
export interface AuthorityRule {
  ruleType: 'CERTIFICATE_AUTHORITY_ISSUANCE_EXPIRY_RULE' | 'CERTIFICATE_AUTHORITY_ISSUANCE_RULE';
  leafCertificateMaxValidityDuration?: string;
  certificateAuthorityMaxValidityDuration?: string;
  pathLengthConstraint?: number;
  nameConstraint?: {
    permittedSubtree?: NameConstraintSubtree[];
    excludedSubtree?: NameConstraintSubtree[];
  };
}

export interface Authority {
  id: string;
  name: string;
  timeCreated: string;
  lifecycleState: string;
  compartmentId: string;
  configType: string;
  issuerCertificateAuthorityId?: string;
  description?: string;
  timeOfDeletion?: string;
  certificateAuthorityRules?: AuthorityRule[];
  // In lists the first name, of a single one the second.
  currentVersionSummary?: CertificateVersion;
  currentVersion?: CertificateVersion;
  subject?: Subject;
  signingAlgorithm?: string;
}

export interface CreateAuthorityDetails {
  name: string;
  compartmentId: string;
  description?: string;
  certificateAuthorityConfig: {
    configType: 'ROOT_CA_GENERATED_INTERNALLY' | 'SUBORDINATE_CA_ISSUED_BY_INTERNAL_CA';
    issuerCertificateAuthorityId?: string;
    subject: Subject;
    validity: Validity;
    signingAlgorithm: string;
  };
  certificateAuthorityRules?: AuthorityRule[];
}

export interface Association {
  id: string;
  name: string;
  timeCreated: string;
  lifecycleState: string;
  certificatesResourceId: string;
  associatedResourceId: string;
  compartmentId: string;
  associationType: 'CERTIFICATE' | 'CERTIFICATE_AUTHORITY' | 'CA_BUNDLE';
}

export type RolloutState =
  | 'PENDING'
  | 'CANARY'
  | 'ROLLING'
  | 'COMPLETE'
  | 'ROLLED_BACK'
  | 'STALLED'
  | 'SUPERSEDED';

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
  result?: 'PROVED' | 'REFUSED_BY_GATE' | 'FAILED' | 'INCONCLUSIVE';
  lastError?: string;
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

export interface WhyChain {
  association: Association;
  certificatesResourceName: string;
  evidence: {
    digest: string;
    operation: string;
    signedDate: string;
    userId: string;
    userName: string;
    presenterId: string;
  }[];
  placements: { nodeId: string; nodeName: string }[];
  lastKeyReads: { nodeId: string; versionNumber: number; timeRead: string }[];
  lastProofs: {
    nodeId: string;
    observation: {
      versionNumber: number;
      fingerprintSha256?: string;
      address?: string;
      serverName?: string;
      vantage: string;
      timeObserved: string;
    };
  }[];
}

export interface AuditEvent {
  eventType: string;
  source: string;
  eventId: string;
  eventTime: string;
  data: {
    eventName?: string;
    resourceName?: string;
    resourceId?: string;
    identity?: {
      principalName?: string;
      principalId?: string;
      authType?: string;
      ipAddress?: string;
    };
    request?: { id?: string; path?: string; action?: string };
    response?: { status?: string; message?: string };
    additionalDetails?: { details?: Record<string, unknown> };
  };
}

export interface OwnSession {
  userId: string;
  userName: string;
  tenancyId: string;
  tenancyName: string;
}

interface Items<T> {
  items: T[];
}
type Signal = AbortSignal | undefined;

const one = (kind: string, id: string): string => `/20210224/${kind}/${encodeURIComponent(id)}`;
const own = (kind: string, id: string): string => `/20260101/${kind}/${encodeURIComponent(id)}`;

export interface InventoryQuery {
  compartmentId?: string | undefined;
  filter?: InventoryFilter | undefined;
  search?: string | undefined;
  sort?: InventorySort | undefined;
  limit?: number | undefined;
  page?: string | undefined;
}

export function listInventory(
  query: InventoryQuery,
  signal?: Signal,
): Promise<Answer<Items<InventoryItem> & { total: number }>> {
  return send({ method: 'GET', path: '/20260101/inventory', query: { ...query }, signal });
}

export function getCertificate(id: string, signal?: Signal): Promise<Answer<Certificate>> {
  return send({ method: 'GET', path: one('certificates', id), signal });
}

export function createCertificate(body: CreateCertificateDetails): Promise<Answer<Certificate>> {
  return send({ method: 'POST', path: '/20210224/certificates', body });
}

export function updateCertificate(
  id: string,
  body: UpdateCertificateDetails,
  ifMatch: string | undefined,
): Promise<Answer<Certificate>> {
  return send({ method: 'PUT', path: one('certificates', id), body, ifMatch });
}

// listAll follows a list to its end; for lists that a person can read.
async function listAll<T>(
  path: string,
  query: Record<string, string | number | undefined>,
  signal?: Signal,
): Promise<T[]> {
  const found: T[] = [];
  let page: string | undefined;
  do {
    const answer: Answer<Items<T>> = await send({
      method: 'GET',
      path,
      query: { ...query, page },
      signal,
    });
    found.push(...answer.body.items);
    page = answer.nextPage ?? undefined;
  } while (page !== undefined);
  return found;
}

export function listVersions(id: string, signal?: Signal): Promise<CertificateVersion[]> {
  return listAll(`${one('certificates', id)}/versions`, { sortOrder: 'DESC', limit: 200 }, signal);
}

export function listAssociations(
  certificatesResourceId: string,
  signal?: Signal,
): Promise<Association[]> {
  return listAll('/20210224/associations', { certificatesResourceId, limit: 200 }, signal);
}

export async function forceDetach(associationId: string, confirmName: string): Promise<void> {
  const path = `${own('associations', associationId)}/actions/forceDetach`;
  await send({ method: 'POST', path, body: { confirmName } });
}

const kinds = { certificate: 'certificates', authority: 'certificateAuthorities' } as const;

export async function scheduleDeletion(
  kind: keyof typeof kinds,
  id: string,
  timeOfDeletion: Date,
  ifMatch?: string,
): Promise<void> {
  await send({
    method: 'POST',
    path: `${one(kinds[kind], id)}/actions/scheduleDeletion`,
    body: { timeOfDeletion: timeOfDeletion.toISOString() },
    ifMatch,
  });
}

export async function cancelDeletion(kind: keyof typeof kinds, id: string): Promise<void> {
  await send({ method: 'POST', path: `${one(kinds[kind], id)}/actions/cancelDeletion` });
}

export async function renewCertificate(id: string): Promise<void> {
  await send({ method: 'POST', path: `${own('certificates', id)}/actions/renew`, body: {} });
}

export async function pollCertificateNow(id: string): Promise<void> {
  await send({ method: 'POST', path: `${own('certificates', id)}/actions/pollNow`, body: {} });
}

export async function listRollouts(certificateId: string, signal?: Signal): Promise<Rollout[]> {
  const query = { certificateId, limit: 25 };
  const answer = await send<Items<Rollout>>({
    method: 'GET',
    path: '/20260101/rollouts',
    query,
    signal,
  });
  return answer.body.items;
}

// getRollout answers at once, or with `after` when the rollout has moved past that position, at the
// latest when waitSeconds are over.
export async function getRollout(
  id: string,
  park: { after: number; waitSeconds: number } | undefined,
  signal?: Signal,
): Promise<Rollout> {
  const answer = await send<Rollout>({
    method: 'GET',
    path: own('rollouts', id),
    query: { ...park },
    signal,
  });
  return answer.body;
}

export async function actOnRollout(
  id: string,
  action: 'pause' | 'resume' | 'rollback',
): Promise<void> {
  await send({ method: 'POST', path: `${own('rollouts', id)}/actions/${action}`, body: {} });
}

export async function getWhy(
  resourceId: string,
  certificatesResourceId: string,
  signal?: Signal,
): Promise<WhyChain> {
  const query = { resourceId, certificatesResourceId };
  const answer = await send<WhyChain>({ method: 'GET', path: '/20260101/why', query, signal });
  return answer.body;
}

export function listAuthorities(signal?: Signal): Promise<Authority[]> {
  return listAll(
    '/20210224/certificateAuthorities',
    { limit: 200, sortBy: 'NAME', sortOrder: 'ASC' },
    signal,
  );
}

export async function getAuthority(id: string, signal?: Signal): Promise<Answer<Authority>> {
  return send({ method: 'GET', path: one('certificateAuthorities', id), signal });
}

export function createAuthority(body: CreateAuthorityDetails): Promise<Answer<Authority>> {
  return send({ method: 'POST', path: '/20210224/certificateAuthorities', body });
}

// longestLeaf is the certificate of this issuer that ends last: a bare list is sorted for it.
export async function longestLeaf(
  issuerId: string,
  signal?: Signal,
): Promise<{ id: string; name: string; currentVersionSummary?: CertificateVersion } | undefined> {
  const answer = await send<
    Items<{ id: string; name: string; currentVersionSummary?: CertificateVersion }>
  >({
    method: 'GET',
    path: '/20210224/certificates',
    query: {
      issuerCertificateAuthorityId: issuerId,
      sortBy: 'EXPIRATIONDATE',
      sortOrder: 'DESC',
      lifecycleState: 'ACTIVE',
      limit: 1,
    },
    signal,
  });
  return answer.body.items[0];
}

// auditEventsOf reads one page of a compartment's events; the caller picks those of a resource.
export async function auditEvents(
  compartmentId: string,
  window: { start: Date; end: Date },
  page: string | undefined,
  signal?: Signal,
): Promise<Answer<AuditEvent[]>> {
  return send({
    method: 'GET',
    path: '/20190901/auditEvents',
    query: {
      compartmentId,
      startTime: window.start.toISOString(),
      endTime: window.end.toISOString(),
      page,
    },
    signal,
  });
}

export async function ownSession(signal?: Signal): Promise<OwnSession> {
  const answer = await send<OwnSession>({
    method: 'GET',
    path: '/20260101/sessions/me',
    signal,
  });
  return answer.body;
}

export async function resourceName(id: string, signal?: Signal): Promise<string | undefined> {
  if (!id.startsWith('ocid1.loadbalancer.')) return undefined;
  const answer = await send<{ displayName: string }>({
    method: 'GET',
    path: `/20170115/loadBalancers/${encodeURIComponent(id)}`,
    signal,
  });
  return answer.body.displayName;
}

export interface NodeBrief {
  id: string;
  name: string;
  addresses: string[];
  state: string;
}
export function listNodes(signal?: Signal): Promise<NodeBrief[]> {
  return listAll('/20260101/nodes', { limit: 1000 }, signal);
}
