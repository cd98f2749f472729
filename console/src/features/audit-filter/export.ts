// SPDX-License-Identifier: Apache-2.0
import type { AuditEvent } from '../../api/audit';
import { toCsv } from '../certificate-list/csv';
import { isRefused, whoOf, whyOf } from './filter';

const HEADER = [
  'time',
  'outcome',
  'who',
  'action',
  'resource',
  'why',
  'status',
  'from',
  'call',
  'request id',
  'resource id',
  'principal id',
  'record',
];

// eventsCsv keeps the names of the API, so that a line can be found again.
export function eventsCsv(events: readonly AuditEvent[]): string {
  const rows = events.map((event) => {
    const { identity, request, response, eventName, resourceId, resourceName } = event.data;
    return [
      event.eventTime,
      isRefused(event) ? 'refused' : 'done',
      whoOf(event),
      eventName,
      resourceName,
      whyOf(event),
      response?.status,
      identity?.ipAddress,
      `${request?.action ?? ''} ${request?.path ?? ''}`.trim(),
      request?.id,
      resourceId,
      identity?.principalId,
      event.eventId,
    ];
  });
  return toCsv(HEADER, rows);
}
