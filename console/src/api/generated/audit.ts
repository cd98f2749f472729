// SPDX-License-Identifier: Apache-2.0
// Made by tools/wire_types.py from src/api: do not edit. Times are RFC 3339.

export type ChainState =
  | 'CHECKING'
  | 'INTACT'
  | 'BROKEN';

export interface Identity {
  principalName?: string;
  principalId?: string;
  authType?: string;
  callerName?: string;
  callerId?: string;
  tenantId?: string;
  ipAddress?: string;
  credentials?: string;
  userAgent?: string;
  consoleSessionId?: string;
}

export interface Request {
  id?: string;
  path?: string;
  action?: string;
  parameters: Record<string, string[]>;
  headers: Record<string, string[]>;
}

export interface Response {
  status?: string;
  responseTime?: string;
  headers: Record<string, string[]>;
  payload: Record<string, unknown>;
  message?: string;
}

export interface StateChange {
  previous: Record<string, unknown>;
  current: Record<string, unknown>;
}

export interface Data {
  eventGroupingId?: string;
  eventName?: string;
  compartmentId?: string;
  compartmentName?: string;
  resourceName?: string;
  resourceId?: string;
  availabilityDomain?: string;
  identity?: Identity;
  request?: Request;
  response?: Response;
  stateChange?: StateChange;
  additionalDetails: Record<string, unknown>;
  freeformTags: Record<string, string>;
  definedTags: Record<string, Record<string, unknown>>;
}

export interface AuditEvent {
  eventType: string;
  cloudEventsVersion: string;
  eventTypeVersion: string;
  source: string;
  eventId: string;
  eventTime: string;
  contentType: string;
  data: Data;
}

export interface ChainedRecord {
  position: number;
  hash: string;
  record: unknown;
}

export interface AuditRecords {
  items: ChainedRecord[];
}

export interface BrokenRecord {
  position: number;
  reason: string;
  timeFound: string;
}

export interface ChainVerification {
  service: string;
  state: ChainState;
  records: number;
  headHash: string;
  timeFirstRecord?: string;
  timeLastRecord?: string;
  timeChecked?: string;
  brokenRecord?: BrokenRecord;
}

export interface AuditVerification {
  items: ChainVerification[];
}
