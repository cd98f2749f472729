// SPDX-License-Identifier: Apache-2.0
// What the certificate and authority pages ask of the server: the inventory, the public
// certificates API, rollouts, and the chain from a click to a key.

import type {
  Association,
  Certificate,
  CertificateAuthority,
  CertificateAuthoritySummary,
  CertificateSummary,
  CertificateVersion,
  CreateCertificateAuthorityDetails,
  CreateCertificateDetails,
  Inventory,
  InventoryItem,
  Rollout,
  UpdateCertificateDetails,
  WhyChain,
} from './generated/certificates';
import { readAll } from './list';
import { follow } from './live';
import { type Answer, ApiError, send } from './send';

export type {
  Association,
  Certificate,
  CertificateAuthorityRule,
  CertificateProfileType,
  CertificateRule,
  CertificateSubject,
  CertificateSubjectAlternativeName,
  CertificateVersion,
  CreateCertificateAuthorityDetails,
  CreateCertificateDetails,
  InventoryItem,
  KeyAlgorithm,
  LifecycleState,
  NameConstraintSubtreeNode,
  Risk,
  Rollout,
  RolloutLine,
  RolloutPlace,
  RolloutState,
  Stage,
  UpdateCertificateDetails,
  Validity,
  WhyChain,
} from './generated/certificates';

export type InventoryFilter = 'needsYou' | 'expiring' | 'unproved' | 'unused';
export type InventorySort = 'expiry' | 'name' | 'next' | 'risk';
// A single authority has its current version, one of a list a summary of it.
export type Authority = CertificateAuthority &
  Pick<CertificateAuthoritySummary, 'currentVersionSummary'>;

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
): Promise<Answer<Inventory>> {
  return send({ method: 'GET', path: '/20260101/inventory', query: { ...query }, signal });
}

// inventoryRow is the row of one certificate. The search finds every name that contains this one.
export async function inventoryRow(
  { id, name }: { id: string; name: string },
  signal?: Signal,
): Promise<InventoryItem | undefined> {
  let page: string | undefined;
  do {
    const answer = await listInventory({ search: name, sort: 'name', limit: 1000, page }, signal);
    const found = answer.body.items.find((item) => item.id === id);
    if (found !== undefined) return found;
    page = answer.nextPage;
  } while (page !== undefined);
  return undefined;
}

export function getCertificate(id: string, signal?: Signal): Promise<Answer<Certificate>> {
  return send({ method: 'GET', path: one('certificates', id), signal });
}

export function createCertificate(
  body: CreateCertificateDetails,
  retryToken: string,
): Promise<Answer<Certificate>> {
  return send({ method: 'POST', path: '/20210224/certificates', body, retryToken });
}

export function updateCertificate(
  id: string,
  body: UpdateCertificateDetails,
  ifMatch: string | undefined,
): Promise<Answer<Certificate>> {
  return send({ method: 'PUT', path: one('certificates', id), body, ifMatch });
}

export function listVersions(id: string, signal?: Signal): Promise<CertificateVersion[]> {
  return readAll(`${one('certificates', id)}/versions`, { sortOrder: 'DESC', limit: 200 }, signal);
}

export function listAssociations(
  certificatesResourceId: string,
  signal?: Signal,
): Promise<Association[]> {
  return readAll('/20210224/associations', { certificatesResourceId, limit: 200 }, signal);
}

// isAssociated: false only if the caller may see every association of certificates in that compartment,
// and this is none of them.
export async function isAssociated(
  { certificateId, compartmentId, resourceId }: {
    certificateId: string;
    compartmentId: string;
    resourceId: string;
  },
  signal?: Signal,
): Promise<boolean> {
  const query = {
    certificatesResourceId: certificateId,
    associatedResourceId: resourceId,
    compartmentId,
    associationType: 'CERTIFICATE',
    limit: 1,
  };
  const found = await readAll('/20210224/associations', query, signal).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return [undefined];
    throw error;
  });
  return found.length > 0;
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

export async function getRollout(id: string, signal?: Signal): Promise<Rollout> {
  return (await send<Rollout>({ method: 'GET', path: own('rollouts', id), signal })).body;
}

// followRollout tells each change of it until the function that it returns is called.
export function followRollout(
  id: string,
  position: () => number,
  hear: (rollout: Rollout, at: number) => void,
): () => void {
  return follow<Rollout>(own('rollouts', id), position, hear);
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
  return readAll(
    '/20210224/certificateAuthorities',
    { limit: 200, sortBy: 'NAME', sortOrder: 'ASC' },
    signal,
  );
}

export async function getAuthority(id: string, signal?: Signal): Promise<Answer<Authority>> {
  return send({ method: 'GET', path: one('certificateAuthorities', id), signal });
}

export function createAuthority(
  body: CreateCertificateAuthorityDetails,
  retryToken: string,
): Promise<Answer<Authority>> {
  return send({ method: 'POST', path: '/20210224/certificateAuthorities', body, retryToken });
}

// longestLeaf is the certificate of this issuer that ends last: a bare list is sorted for it.
export async function longestLeaf(
  issuerId: string,
  signal?: Signal,
): Promise<CertificateSummary | undefined> {
  const answer = await send<Items<CertificateSummary>>({
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

export async function resourceName(id: string, signal?: Signal): Promise<string | undefined> {
  if (!id.startsWith('ocid1.loadbalancer.')) return undefined;
  const answer = await send<{ displayName: string }>({
    method: 'GET',
    path: `/20170115/loadBalancers/${encodeURIComponent(id)}`,
    signal,
  });
  return answer.body.displayName;
}
