// SPDX-License-Identifier: Apache-2.0
// The public audit API, /20190901. Its list is a bare array, oldest first.
import type { AuditEvent } from './generated/audit';
import { type Answer, send } from './send';

export type { AuditEvent } from './generated/audit';

export interface EventsQuery {
  compartmentId: string;
  startTime: string;
  endTime: string;
  // Only what was done to, or says something of, this one.
  resourceId?: string | undefined;
  page?: string | undefined;
}

export function listEvents(
  query: EventsQuery,
  signal?: AbortSignal,
): Promise<Answer<AuditEvent[]>> {
  return send({ method: 'GET', path: '/20190901/auditEvents', query: { ...query }, signal });
}
