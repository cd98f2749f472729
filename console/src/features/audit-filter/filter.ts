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
  compartment: string;
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
    compartment: parameters.get('compartment') ?? '',
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
    'compartment',
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
    holds(view.resource, data.resourceName, data.resourceId)
  );
}

// actionInWords: "CreateListener" is "Create listener".
export function actionInWords(name: string | undefined): string {
  if (name === undefined || name === '') return '—';
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(' ')
    .map((word) => (/^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase()))
    .join(' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

// whoOf: the name where there is one; services and nodes are their ids.
export function whoOf({ data }: AuditEvent): string {
  const { principalName, principalId, authType } = data.identity ?? {};
  if (principalName !== undefined && principalName !== '') return principalName;
  if (principalId !== undefined && principalId !== '') return principalId;
  return authType !== undefined && authType !== '' ? authType : 'nobody known';
}

// briefly: an OCID as a person says it, "load balancer …q7labvhex"; names stay as they are.
export function briefly(who: string): string {
  const found = /^ocid1\.(\w+)\..*(.{8})$/.exec(who);
  if (found === null) return who;
  const kind = found[1] === 'loadbalancer' ? 'load balancer' : found[1];
  return `${kind} …${found[2]}`;
}

// newestFirst merges pages; the server tells oldest first.
export function newestFirst(events: readonly AuditEvent[]): AuditEvent[] {
  return [...events].sort(
    (a, b) => b.eventTime.localeCompare(a.eventTime) || b.eventId.localeCompare(a.eventId),
  );
}
