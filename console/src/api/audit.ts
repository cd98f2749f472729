// SPDX-License-Identifier: Apache-2.0
// The public audit API, /20190901, whose list is a bare array; and our own: can it be
// believed?
import type { AuditEvent, AuditVerification } from './generated/audit';
import { type Answer, send } from './send';

export type {
  AuditEvent,
  AuditVerification,
  BrokenRecord,
  ChainVerification,
} from './generated/audit';

export interface EventsQuery {
  compartmentId: string;
  startTime: string;
  endTime: string;
  // Only what was done to, or says something of, this one.
  resourceId?: string | undefined;
  outcome?: 'ALLOWED' | 'REFUSED' | undefined;
  // Oldest first, unless it is said.
  sortOrder?: 'ASC' | 'DESC' | undefined;
  page?: string | undefined;
}

export function listEvents(
  query: EventsQuery,
  signal?: AbortSignal,
): Promise<Answer<AuditEvent[]>> {
  return send({ method: 'GET', path: '/20190901/auditEvents', query: { ...query }, signal });
}

export function getVerification(signal?: AbortSignal): Promise<Answer<AuditVerification>> {
  return send({ method: 'GET', path: '/20260101/audit/verification', signal });
}
