// SPDX-License-Identifier: Apache-2.0
// The create-listener window as a value: what was chosen, the request that it becomes, and the same
// change from a terminal. Pure.
import type {
  CreateListenerDetails,
  Listener,
  SslConfigurationDetails,
} from '../../api/load-balancers';
import type { Difference } from '../edit-conflict/conflict-note';
import { sdkCall, shellLine, shellWord } from '../certificate-parts/words';

// HTTPS is HTTP with SSL settings on the wire; people say HTTPS.
export type Choice = 'HTTPS' | 'HTTP' | 'TCP' | 'TCP+TLS';
export const CHOICES: { value: Choice; label: string }[] = [
  { value: 'HTTPS', label: 'HTTPS' },
  { value: 'HTTP', label: 'HTTP' },
  { value: 'TCP', label: 'TCP' },
  { value: 'TCP+TLS', label: 'TCP with TLS' },
];

export interface Draft {
  name: string;
  choice: Choice;
  port: number | '';
  backendSet: string;
  compartmentId: string;
  certificateId: string;
  protocols: string[];
  idleTimeout: number | '';
}

export const POINTERS = [
  '/name',
  '/protocol',
  '/port',
  '/defaultBackendSetName',
  '/sslConfiguration/certificateIds',
  '/sslConfiguration/protocols',
  '/connectionConfiguration/idleTimeout',
] as const;

export function speaksTls(choice: Choice): boolean {
  return choice === 'HTTPS' || choice === 'TCP+TLS';
}

export function emptyDraft(backendSets: string[], compartmentId: string): Draft {
  return {
    name: 'https',
    choice: 'HTTPS',
    port: 443,
    backendSet: backendSets[0] ?? '',
    compartmentId,
    certificateId: '',
    protocols: ['TLSv1.2', 'TLSv1.3'],
    idleTimeout: '',
  };
}

export function draftOf(listener: Listener, compartmentId: string): Draft {
  const ssl = listener.sslConfiguration;
  const tcp = listener.protocol === 'TCP';
  return {
    name: listener.name,
    choice: tcp ? (ssl ? 'TCP+TLS' : 'TCP') : ssl ? 'HTTPS' : 'HTTP',
    port: listener.port,
    backendSet: listener.defaultBackendSetName,
    compartmentId,
    certificateId: ssl?.certificateIds[0] ?? '',
    protocols: ssl?.protocols ?? ['TLSv1.2', 'TLSv1.3'],
    idleTimeout: listener.connectionConfiguration?.idleTimeout ?? '',
  };
}

// withChoice follows the protocol with the port and the name, as long as they were the usual ones.
export function withChoice(draft: Draft, choice: Choice): Draft {
  const usual: Record<Choice, { port: number; name: string }> = {
    HTTPS: { port: 443, name: 'https' },
    HTTP: { port: 80, name: 'http' },
    TCP: { port: 5432, name: 'tcp' },
    'TCP+TLS': { port: 8443, name: 'tls' },
  };
  const was = usual[draft.choice];
  return {
    ...draft,
    choice,
    port: draft.port === was.port ? usual[choice].port : draft.port,
    name: draft.name === was.name ? usual[choice].name : draft.name,
  };
}

// problems: what is certainly missing, by pointer, before anybody is asked. The server judges the rest.
export function problems(draft: Draft): Record<string, string> {
  const found: Record<string, string> = {};
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(draft.name)) {
    found['/name'] = 'Use 1 to 64 letters, digits, - or _.';
  }
  if (draft.port === '' || draft.port < 1 || draft.port > 65535) {
    found['/port'] = 'Use a whole number from 1 to 65535.';
  }
  if (draft.backendSet === '') found['/defaultBackendSetName'] = 'Choose where requests go.';
  if (speaksTls(draft.choice)) {
    if (draft.certificateId === '') {
      found['/sslConfiguration/certificateIds'] = 'Pick the certificate to serve.';
    }
    if (draft.protocols.length === 0) {
      found['/sslConfiguration/protocols'] = 'Keep at least one version.';
    }
  }
  return found;
}

// detailsOf is the request's body. `was` keeps the SSL settings that this window does not show.
export function detailsOf(draft: Draft, was?: Listener): CreateListenerDetails {
  const kept = was?.sslConfiguration;
  const ssl: SslConfigurationDetails = {
    ...(kept?.cipherSuiteName === undefined ? {} : { cipherSuiteName: kept.cipherSuiteName }),
    ...(kept?.hasSessionResumption === undefined
      ? {}
      : { hasSessionResumption: kept.hasSessionResumption }),
    ...(kept?.serverOrderPreference === undefined
      ? {}
      : { serverOrderPreference: kept.serverOrderPreference }),
    certificateIds: [...new Set([draft.certificateId, ...(kept?.certificateIds.slice(1) ?? [])])],
    protocols: [...draft.protocols].sort(),
  };
  return {
    name: draft.name,
    defaultBackendSetName: draft.backendSet,
    port: Number(draft.port),
    protocol: draft.choice.startsWith('TCP') ? 'TCP' : 'HTTP',
    ...(speaksTls(draft.choice) ? { sslConfiguration: ssl } : {}),
    ...(draft.idleTimeout === ''
      ? {}
      : { connectionConfiguration: { idleTimeout: draft.idleTimeout } }),
  };
}

// differences: the same listener three times, in words.
export function differences(
  before: Draft,
  theirs: Draft,
  mine: Draft,
  nameOf: (certificateId: string) => string,
): Difference[] {
  const words: [string, (draft: Draft) => string][] = [
    ['Protocol', ({ choice }) => CHOICES.find(({ value }) => value === choice)?.label ?? choice],
    ['Port', ({ port }) => String(port)],
    ['Backend set', ({ backendSet }) => backendSet],
    ['Certificate', (one) => (speaksTls(one.choice) ? nameOf(one.certificateId) : '—')],
    [
      'TLS versions',
      (one) =>
        speaksTls(one.choice)
          ? [...one.protocols].sort().join(', ').replaceAll('TLSv', 'TLS ')
          : '—',
    ],
  ];
  return words.map(([label, say]) => ({
    label,
    before: say(before),
    theirs: say(theirs),
    mine: say(mine),
  }));
}

export interface Target {
  loadBalancerId: string;
  loadBalancerName: string;
  certificateName: string;
}

export function recipeOf(draft: Draft, target: Target, was?: Listener) {
  const certificate = target.certificateName || draft.certificateId || 'CERTIFICATE';
  const words = ['perennial', 'listener', was ? 'update' : 'create'];
  words.push(...(was ? [draft.name] : ['--name', draft.name]));
  words.push('--lb', target.loadBalancerName, '--port', String(draft.port));
  if (speaksTls(draft.choice)) words.push('--certificate', certificate);
  else if (!was) words.push('--plain');
  words.push('--backend-set', draft.backendSet || 'BACKEND_SET');
  if (draft.choice.startsWith('TCP')) words.push('--protocol', 'TCP');
  const { name, ...rest } = detailsOf(draft, was);
  const request = was
    ? { loadBalancerId: target.loadBalancerId, listenerName: name, updateListenerDetails: rest }
    : { loadBalancerId: target.loadBalancerId, createListenerDetails: { name, ...rest } };
  return {
    cli: shellLine(...words),
    sdk: sdkCall('loadBalancerClient', was ? 'updateListener' : 'createListener', request),
  };
}

// curlLine shows the result from any machine: the name that the certificate is for, whatever DNS says.
export function curlLine(host: string, address: string, port: number, tls: boolean): string {
  const literal = address.includes(':') ? `[${address}]` : address;
  if (!tls) return `curl http://${literal}${port === 80 ? '' : `:${port}`}/`;
  const name = host.startsWith('*.') ? `www.${host.slice(2)}` : host;
  const to = `${name}:${port}:${literal}:${port}`;
  const url = `https://${name}${port === 443 ? '' : `:${port}`}/`;
  return `curl --cacert root.pem --connect-to ${shellWord(to)} ${shellWord(url)}`;
}

export function serverNamesOf(certificate: {
  subject?: { commonName: string };
  currentVersionSummary?: { subjectAlternativeNames?: { type: string; value: string }[] };
}): string[] {
  const names = certificate.currentVersionSummary?.subjectAlternativeNames ?? [];
  const dns = names.filter(({ type }) => type === 'DNS').map(({ value }) => value);
  return dns.length > 0 ? dns : certificate.subject ? [certificate.subject.commonName] : [];
}
