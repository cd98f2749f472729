// SPDX-License-Identifier: Apache-2.0
// What the load-balancer pages ask of the server: the public load-balancer API, /20170115. Every
// change answers with the id of a work request; its end is the change's end.
import { type Answer, send } from './send';

type Signal = AbortSignal | undefined;

export interface SslConfiguration {
  certificateIds: string[];
  protocols: string[];
  cipherSuiteName?: string;
  verifyDepth?: number;
  verifyPeerCertificate?: boolean;
  hasSessionResumption?: boolean;
  serverOrderPreference?: string;
  trustedCertificateAuthorityIds?: string[];
}
export interface ListenerDetails {
  defaultBackendSetName: string;
  port: number;
  protocol: string;
  sslConfiguration?: SslConfiguration;
  connectionConfiguration?: { idleTimeout: number };
}
export interface Listener extends ListenerDetails {
  name: string;
}
export interface HealthChecker {
  protocol: string;
  port?: number;
  urlPath?: string;
  returnCode?: number;
  retries?: number;
  timeoutInMillis?: number;
  intervalInMillis?: number;
}
export interface BackendDetails {
  ipAddress: string;
  port: number;
  weight?: number;
  backup?: boolean;
  drain?: boolean;
  offline?: boolean;
}
export interface Backend extends BackendDetails {
  name: string;
}
export interface BackendSetDetails {
  policy: string;
  healthChecker: HealthChecker;
  backends: BackendDetails[];
}
export interface BackendSet extends Omit<BackendSetDetails, 'backends'> {
  name: string;
  backends: Backend[];
}
export interface LoadBalancer {
  id: string;
  compartmentId: string;
  displayName: string;
  lifecycleState: 'CREATING' | 'FAILED' | 'ACTIVE' | 'DELETING' | 'DELETED';
  timeCreated: string;
  shapeName: string;
  ipAddresses: { ipAddress: string }[];
  subnetIds: string[];
  isDeleteProtectionEnabled?: boolean;
  listeners: Record<string, Listener>;
  backendSets: Record<string, BackendSet>;
}
export interface CreateLoadBalancerDetails {
  compartmentId: string;
  displayName: string;
  shapeName: string;
  subnetIds: string[];
  isDeleteProtectionEnabled?: boolean;
  backendSets?: Record<string, BackendSetDetails>;
}
export interface WorkRequest {
  id: string;
  loadBalancerId: string;
  type: string;
  lifecycleState: 'ACCEPTED' | 'IN_PROGRESS' | 'FAILED' | 'SUCCEEDED';
  message: string;
  timeAccepted: string;
  timeFinished?: string;
  errorDetails: { errorCode: string; message: string }[];
}

const BASE = '/20170115/loadBalancers';
const one = (id: string): string => `${BASE}/${encodeURIComponent(id)}`;
const part = (id: string, kind: string, name: string): string =>
  `${one(id)}/${kind}/${encodeURIComponent(name)}`;

// changed makes a change and returns the id of its work request.
async function changed(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
  ifMatch?: string,
): Promise<string> {
  const answer = await send({ method, path, body, ifMatch });
  return answer.workRequestId ?? '';
}

export async function listLoadBalancers(
  compartmentId: string,
  signal?: Signal,
): Promise<LoadBalancer[]> {
  const found: LoadBalancer[] = [];
  let page: string | undefined;
  do {
    const query = { compartmentId, limit: 200, page, sortBy: 'DISPLAYNAME', sortOrder: 'ASC' };
    const answer: Answer<LoadBalancer[]> = await send({ method: 'GET', path: BASE, query, signal });
    found.push(...answer.body);
    page = answer.nextPage;
  } while (page !== undefined);
  return found;
}
export function getLoadBalancer(id: string, signal?: Signal): Promise<Answer<LoadBalancer>> {
  return send({ method: 'GET', path: one(id), signal });
}
export function createLoadBalancer(body: CreateLoadBalancerDetails): Promise<string> {
  return changed('POST', BASE, body);
}
export function deleteLoadBalancer(id: string): Promise<string> {
  return changed('DELETE', one(id));
}

// Creating a listener that names a certificate is what gives the load balancer the right to read it:
// the server keeps this very request, signed by the person's own key, as the evidence.
export function createListener(id: string, body: Listener, ifMatch?: string): Promise<string> {
  return changed('POST', `${one(id)}/listeners`, body, ifMatch);
}
export function updateListener(
  id: string,
  name: string,
  body: ListenerDetails,
  ifMatch?: string,
): Promise<string> {
  return changed('PUT', part(id, 'listeners', name), body, ifMatch);
}
export function deleteListener(id: string, name: string): Promise<string> {
  return changed('DELETE', part(id, 'listeners', name));
}

export function createBackendSet(
  id: string,
  body: BackendSetDetails & { name: string },
): Promise<string> {
  return changed('POST', `${one(id)}/backendSets`, body);
}
export function deleteBackendSet(id: string, name: string): Promise<string> {
  return changed('DELETE', part(id, 'backendSets', name));
}
export function createBackend(id: string, set: string, body: BackendDetails): Promise<string> {
  return changed('POST', `${part(id, 'backendSets', set)}/backends`, body);
}
export function deleteBackend(id: string, set: string, name: string): Promise<string> {
  return changed('DELETE', `${part(id, 'backendSets', set)}/backends/${encodeURIComponent(name)}`);
}

export async function getWorkRequest(id: string, signal?: Signal): Promise<WorkRequest> {
  const path = `/20170115/loadBalancerWorkRequests/${encodeURIComponent(id)}`;
  return (await send<WorkRequest>({ method: 'GET', path, signal })).body;
}
export async function listWorkRequests(id: string, signal?: Signal): Promise<WorkRequest[]> {
  const path = `${one(id)}/workRequests`;
  return (await send<WorkRequest[]>({ method: 'GET', path, query: { limit: 50 }, signal })).body;
}

// What a listener could serve: the certificates of one compartment, as the public API lists them.
export interface ServableCertificate {
  id: string;
  name: string;
  lifecycleState: string;
  subject?: { commonName: string };
  currentVersionSummary?: {
    versionNumber: number;
    validity?: { timeOfValidityNotAfter: string };
    subjectAlternativeNames?: { type: string; value: string }[];
  };
}
export async function listServableCertificates(
  compartmentId: string,
  signal?: Signal,
): Promise<ServableCertificate[]> {
  const found: ServableCertificate[] = [];
  let page: string | undefined;
  do {
    const answer: Answer<{ items: ServableCertificate[] }> = await send({
      method: 'GET',
      path: '/20210224/certificates',
      query: { compartmentId, lifecycleState: 'ACTIVE', sortBy: 'NAME', limit: 500, page },
      signal,
    });
    found.push(...answer.body.items);
    page = answer.nextPage;
  } while (page !== undefined);
  return found;
}
