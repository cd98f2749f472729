// SPDX-License-Identifier: Apache-2.0
// What a load balancer says about itself, in words. Pure.
import type { BackendSet, Listener, LoadBalancer } from '../../api/load-balancers';

// protocolOf: HTTPS is HTTP with SSL settings.
export function protocolOf(listener: Listener): string {
  const tls = listener.sslConfiguration !== undefined;
  if (listener.protocol === 'HTTP') return tls ? 'HTTPS' : 'HTTP';
  return tls ? `${listener.protocol} with TLS` : listener.protocol;
}

export function listenersInWords({ listeners }: Pick<LoadBalancer, 'listeners'>): string {
  const all = Object.values(listeners).sort((a, b) => a.port - b.port);
  if (all.length === 0) return 'no listener yet';
  const shown = all.slice(0, 3).map((one) => `${protocolOf(one)} :${one.port}`);
  return shown.join(', ') + (all.length > 3 ? ` and ${all.length - 3} more` : '');
}

// usersOf: the listeners that send requests to a set, by name. Such a set cannot be deleted.
export function usersOf({ listeners }: Pick<LoadBalancer, 'listeners'>, set: string): string[] {
  return Object.values(listeners)
    .filter(({ defaultBackendSetName }) => defaultBackendSetName === set)
    .map(({ name }) => name)
    .sort();
}

export function healthInWords({ healthChecker: check }: BackendSet): string {
  const what = check.protocol === 'HTTP' ? `GET ${check.urlPath ?? '/'}` : 'TCP connect';
  const every = Math.round((check.intervalInMillis ?? 10_000) / 1000);
  return `${what}, every ${every} s`;
}

const POLICIES: Record<string, string> = {
  ROUND_ROBIN: 'In turn',
  LEAST_CONNECTIONS: 'Fewest connections',
  IP_HASH: 'By the client’s address',
};
export function policyInWords(policy: string): string {
  return POLICIES[policy] ?? policy;
}
