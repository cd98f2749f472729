// SPDX-License-Identifier: Apache-2.0
// What the load-balancer pages ask of the server: the public load-balancer API, /20170115. Every
// change answers with the id of a work request; its end is the change's end.
import type {
  BackendDetails,
  BackendSetDetails,
  CreateBackendSetDetails,
  CreateListenerDetails,
  CreateLoadBalancerDetails,
  ListenerDetails,
  LoadBalancer,
  WorkRequest,
} from './generated/load_balancer';
import { readAll } from './list';
import { type Answer, send } from './send';

export type {
  Backend,
  BackendDetails,
  BackendSet,
  BackendSetDetails,
  CreateBackendSetDetails,
  CreateListenerDetails,
  CreateLoadBalancerDetails,
  Listener,
  ListenerDetails,
  LoadBalancer,
  SslConfiguration,
  SslConfigurationDetails,
  WorkRequest,
} from './generated/load_balancer';

type Signal = AbortSignal | undefined;

const BASE = '/20170115/loadBalancers';
const one = (id: string): string => `${BASE}/${encodeURIComponent(id)}`;
const part = (id: string, kind: string, name: string): string =>
  `${one(id)}/${kind}/${encodeURIComponent(name)}`;

// changed makes a change and returns the id of its work request.
async function changed(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
  once?: { ifMatch?: string | undefined; retryToken?: string },
): Promise<string> {
  const answer = await send({ method, path, body, ...once });
  return answer.workRequestId ?? '';
}

export function listLoadBalancers(
  compartmentId: string,
  signal?: Signal,
): Promise<LoadBalancer[]> {
  const query = { compartmentId, limit: 200, sortBy: 'DISPLAYNAME', sortOrder: 'ASC' };
  return readAll(BASE, query, signal);
}
export function getLoadBalancer(id: string, signal?: Signal): Promise<Answer<LoadBalancer>> {
  return send({ method: 'GET', path: one(id), signal });
}
export function createLoadBalancer(
  body: CreateLoadBalancerDetails,
  retryToken: string,
): Promise<string> {
  return changed('POST', BASE, body, { retryToken });
}
export function deleteLoadBalancer(id: string): Promise<string> {
  return changed('DELETE', one(id));
}

// Creating a listener that names a certificate is what gives the load balancer the right to read it:
// the server keeps this very request, signed by the person's own key, as the evidence.
export function createListener(
  id: string,
  body: CreateListenerDetails,
  retryToken: string,
): Promise<string> {
  return changed('POST', `${one(id)}/listeners`, body, { retryToken });
}
export function updateListener(
  id: string,
  name: string,
  body: ListenerDetails,
  ifMatch: string | undefined,
  retryToken: string,
): Promise<string> {
  return changed('PUT', part(id, 'listeners', name), body, { ifMatch, retryToken });
}
export function deleteListener(id: string, name: string): Promise<string> {
  return changed('DELETE', part(id, 'listeners', name));
}

export function createBackendSet(
  id: string,
  body: CreateBackendSetDetails,
  retryToken: string,
): Promise<string> {
  return changed('POST', `${one(id)}/backendSets`, body, { retryToken });
}
export function updateBackendSet(
  id: string,
  name: string,
  body: BackendSetDetails,
  ifMatch: string | undefined,
  retryToken: string,
): Promise<string> {
  return changed('PUT', part(id, 'backendSets', name), body, { ifMatch, retryToken });
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
