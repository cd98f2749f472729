// SPDX-License-Identifier: Apache-2.0
// A backend set as people write it: what was chosen, backends one a line as address:port, and the
// request that it becomes. Pure.
import type {
  BackendDetails,
  BackendSet,
  BackendSetDetails,
  SslConfiguration,
  SslConfigurationDetails,
} from '../../api/load-balancers';
import type { Difference } from '../edit-conflict/conflict-note';

export const POLICIES = [
  { value: 'ROUND_ROBIN', label: 'In turn' },
  { value: 'LEAST_CONNECTIONS', label: 'Fewest connections' },
  { value: 'IP_HASH', label: 'By the client’s address' },
];

export interface Parsed {
  backends: BackendDetails[];
  // The first line that is none, in words.
  error?: string;
}

export function parseBackends(text: string): Parsed {
  const backends: BackendDetails[] = [];
  for (const raw of text.split(/[\s,]+/)) {
    if (raw === '') continue;
    const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(raw);
    const port = Number(found?.[3]);
    const ipAddress = found?.[1] ?? found?.[2];
    if (ipAddress === undefined || port < 1 || port > 65535) {
      return { backends, error: `“${raw}” is not ADDRESS:PORT, as 10.0.0.3:8080 or [2001:db8::3]:8080.` };
    }
    backends.push({ ipAddress, port });
  }
  return { backends };
}

export function lineOf({ ipAddress, port }: { ipAddress: string; port: number }): string {
  return ipAddress.includes(':') ? `[${ipAddress}]:${port}` : `${ipAddress}:${port}`;
}

export interface Draft {
  name: string;
  policy: string;
  health: string;
  path: string;
  lines: string;
}

export function emptyDraft(): Draft {
  return { name: 'app', policy: 'ROUND_ROBIN', health: 'HTTP', path: '/', lines: '' };
}

export function draftOf(set: BackendSet): Draft {
  return {
    name: set.name,
    policy: set.policy,
    health: set.healthChecker.protocol,
    path: set.healthChecker.urlPath ?? '/',
    lines: set.backends.map(lineOf).join('\n'),
  };
}

function sslOf(ssl: SslConfiguration): SslConfigurationDetails {
  const { trustedCertificateAuthorityIds, certificateIds, ...rest } = ssl;
  return {
    ...rest,
    ...(trustedCertificateAuthorityIds.length > 0 ? { trustedCertificateAuthorityIds } : {}),
    ...(certificateIds.length > 0 ? { certificateIds } : {}),
  };
}

// detailsOf is the request's body without the name. `was` keeps what this window does not show, of the
// set and of each backend that stays.
export function detailsOf(draft: Draft, backends: BackendDetails[], was?: BackendSet) {
  const http = draft.health === 'HTTP' ? { urlPath: draft.path } : {};
  const { urlPath: _, protocol: __, ...checks } = was?.healthChecker ?? {};
  const kept = was === undefined ? {} : keptOf(was);
  return {
    ...kept,
    policy: draft.policy,
    healthChecker: { ...checks, protocol: draft.health, ...http },
    backends: backends.map((backend) => {
      const before = was?.backends.find((one) => lineOf(one) === lineOf(backend));
      if (before === undefined) return backend;
      const { name: ___, ...rest } = before;
      return rest;
    }),
  } satisfies BackendSetDetails;
}

function keptOf(was: BackendSet): Partial<BackendSetDetails> {
  const { name: _, policy: __, healthChecker: ___, backends: ____, sslConfiguration, ...rest } = was;
  return sslConfiguration === undefined ? rest : { ...rest, sslConfiguration: sslOf(sslConfiguration) };
}

// leavingOf names the backends that are there and not in the draft.
export function leavingOf(was: BackendSet, backends: BackendDetails[]): string[] {
  const stay = new Set(backends.map(lineOf));
  return was.backends.map(lineOf).filter((line) => !stay.has(line));
}

// unchangedOf is the body that leaves a set as it is.
export function unchangedOf(set: BackendSet): BackendSetDetails {
  return detailsOf(draftOf(set), set.backends, set);
}

export function differences(before: Draft, theirs: Draft, mine: Draft): Difference[] {
  const words: [string, (draft: Draft) => string][] = [
    ['Backends', ({ lines }) => lines.split(/[\s,]+/).filter(Boolean).join(', ') || 'none'],
    ['Given out', ({ policy }) => POLICIES.find(({ value }) => value === policy)?.label ?? policy],
    ['Health check', ({ health, path }) => (health === 'HTTP' ? `HTTP, ${path}` : health)],
  ];
  return words.map(([label, say]) => ({ label, before: say(before), theirs: say(theirs), mine: say(mine) }));
}
