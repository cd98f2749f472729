// SPDX-License-Identifier: Apache-2.0
// The public audit API, /20190901. Its list is a bare array, oldest first.
import { type Answer, send } from './send';

export interface AuditEvent {
  eventType: string;
  source: string;
  eventId: string;
  eventTime: string;
  data: {
    eventName?: string;
    compartmentId?: string;
    resourceName?: string;
    resourceId?: string;
    identity?: {
      principalName?: string;
      principalId?: string;
      authType?: string;
      ipAddress?: string;
      credentials?: string;
    };
    request?: { id?: string; path?: string; action?: string };
    response?: { status?: string; message?: string };
    additionalDetails?: Record<string, unknown>;
  };
}

export function listEvents(
  query: { compartmentId: string; startTime: string; endTime: string; page?: string | undefined },
  signal?: AbortSignal,
): Promise<Answer<AuditEvent[]>> {
  return send({ method: 'GET', path: '/20190901/auditEvents', query, signal });
}
