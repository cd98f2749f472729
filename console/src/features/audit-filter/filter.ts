// SPDX-License-Identifier: Apache-2.0
// What of the audit is looked at: filters in the address, matching, and an event in words. Pure.
import type { AuditEvent } from '../../api/audit';

export interface View {
  // Hours back from now, unless `from` and `until` (local date-times) say otherwise.
  hours: number;
  from: string;
  until: string;
  service: string;
  outcome: '' | 'done' | 'refused';
  principal: string;
  action: string;
  resource: string;
  request: string;
  compartment: string;
  // The event that is open.
  event: string;
}

export const SERVICES = [
  { value: 'identity', label: 'Identity' },
  { value: 'certificates', label: 'Certificates' },
  { value: 'load-balancer', label: 'Load balancer' },
  { value: 'audit', label: 'Audit' },
];
export const PERIODS = [
  { value: '1', label: 'Last hour' },
  { value: '24', label: 'Last day' },
  { value: '168', label: 'Last week' },
  { value: '720', label: 'Last 30 days' },
];

export function viewOf(parameters: URLSearchParams): View {
  const hours = Number(parameters.get('hours') ?? 24);
  const outcome = parameters.get('outcome');
  return {
    hours: Number.isFinite(hours) && hours > 0 && hours <= 8784 ? hours : 24,
    from: parameters.get('from') ?? '',
    until: parameters.get('until') ?? '',
    service: parameters.get('service') ?? '',
    outcome: outcome === 'done' || outcome === 'refused' ? outcome : '',
    principal: parameters.get('principal') ?? '',
    action: parameters.get('action') ?? '',
    resource: parameters.get('resource') ?? '',
    request: parameters.get('request') ?? '',
    compartment: parameters.get('compartment') ?? '',
    event: parameters.get('event') ?? '',
  };
}

// parametersOf leaves out what is usual, so that a deep link says only what was chosen.
export function parametersOf(view: View): Record<string, string> {
  const found: Record<string, string> = {};
  if (view.hours !== 24) found['hours'] = String(view.hours);
  for (const name of [
    'from',
    'until',
    'service',
    'outcome',
    'principal',
    'action',
    'resource',
    'request',
    'compartment',
    'event',
  ] as const) {
    if (view[name] !== '') found[name] = view[name];
  }
  return found;
}

export function windowOf(view: View, now: Date): { startTime: string; endTime: string } {
  const end = dateOf(view.until) ?? now;
  const start = dateOf(view.from) ?? new Date(end.getTime() - view.hours * 3_600_000);
  return start <= end
    ? { startTime: start.toISOString(), endTime: end.toISOString() }
    : { startTime: end.toISOString(), endTime: start.toISOString() };
}
function dateOf(text: string): Date | undefined {
  const date = new Date(text);
  return text === '' || Number.isNaN(date.getTime()) ? undefined : date;
}

// isRefused: what was tried and not done. Services answer 2xx for what was.
export function isRefused(event: AuditEvent): boolean {
  const status = Number(event.data.response?.status ?? 200);
  return status >= 400;
}

export function matches(event: AuditEvent, view: View): boolean {
  const { data } = event;
  const holds = (wanted: string, ...texts: (string | undefined)[]): boolean =>
    wanted === '' ||
    texts.some((text) => text?.toLowerCase().includes(wanted.toLowerCase()) === true);
  return (
    (view.service === '' || event.source === view.service) &&
    (view.outcome === '' || isRefused(event) === (view.outcome === 'refused')) &&
    holds(view.principal, data.identity?.principalName, data.identity?.principalId) &&
    holds(view.action, data.eventName, data.request?.path) &&
    holds(view.resource, data.resourceName, data.resourceId) &&
    holds(view.request, data.request?.id)
  );
}

// Where the name of the operation does not say what was wanted.
const WANTED: Record<string, string> = {
  GetCertificateBundle: 'Read certificate bundle',
  AttachAssociations: 'Attach certificate',
  DetachAssociations: 'Detach certificate',
  ForceDetachAssociation: 'Detach certificate by force',
  PutPlacements: 'Place on nodes',
  CreateResourcePrincipalTokens: 'Get token of a resource',
};

// actionInWords: "CreateListener" is "Create listener".
export function actionInWords(name: string | undefined): string {
  if (name === undefined || name === '') return '—';
  const wanted = WANTED[name];
  if (wanted !== undefined) return wanted;
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(' ')
    .map((word) => (/^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase()))
    .join(' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

// whoOf: the name where there is one, else the id. Whoever is not a person is told by its kind: what
// a service tried is another story than what a user of that name did.
export function whoOf({ data }: AuditEvent): string {
  const { principalName, principalId, authType } = data.identity ?? {};
  const kind = authType === undefined || authType === '' || authType === 'user' ? '' : authType;
  const name = [principalName, principalId].find((one) => one !== undefined && one !== '');
  if (name !== undefined) return kind === '' || kind === name ? name : `${kind} ${name}`;
  return kind === '' ? 'nobody known' : kind;
}

// whyOf: what allowed it, or why it was refused, without the words for machines before it.
export function whyOf({ data }: AuditEvent): string {
  return (data.response?.message ?? '').replace(/^(ALLOWED|REFUSED): /, '').replace(/^[A-Z]\w+: /, '');
}

// summaryOf: "3 refused · 23 done".
export function summaryOf(events: readonly AuditEvent[]): string {
  const refused = events.filter(isRefused).length;
  return `${refused} refused · ${events.length - refused} done`;
}
