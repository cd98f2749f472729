// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import type { AuditEvent } from '../../api/audit';
import {
  actionInWords,
  isRefused,
  matches,
  parametersOf,
  summaryOf,
  viewOf,
  whoOf,
  whyOf,
  windowOf,
} from './filter';
import { eventsCsv } from './export';

const bare = { additionalDetails: {}, freeformTags: {}, definedTags: {} };
const event: AuditEvent = {
  eventType: 'x',
  cloudEventsVersion: '0.1',
  eventTypeVersion: '2.0',
  contentType: 'application/json',
  source: 'load-balancer',
  eventId: 'load-balancer/7',
  eventTime: '2026-05-01T12:00:00.000Z',
  data: {
    ...bare,
    eventName: 'CreateListener',
    resourceId: 'ocid1.loadbalancer.perennial.home-1.a',
    identity: { principalName: 'dana', principalId: 'ocid1.user.x', authType: 'user' },
    request: { id: 'a/b/c', parameters: {}, headers: {} },
    response: {
      status: '404',
      headers: {},
      payload: {},
      message: 'REFUSED: PermissionDenied: no policy gives LOAD_BALANCER_UPDATE in x: y',
    },
  },
};
const view = (text: string) => viewOf(new URLSearchParams(text));

describe('the audit', () => {
  it('is filtered by each of its columns', () => {
    expect(matches(event, view(''))).toBe(true);
    expect(matches(event, view('service=load-balancer&outcome=refused'))).toBe(true);
    expect(matches(event, view('outcome=done'))).toBe(false);
    expect(matches(event, view('service=identity'))).toBe(false);
    expect(matches(event, view('principal=DANA&action=listener&resource=loadbalancer'))).toBe(true);
    expect(matches(event, view('principal=erik'))).toBe(false);
    expect(matches(event, view('request=A/B'))).toBe(true);
    expect(matches(event, view('request=b/a'))).toBe(false);
  });

  it('keeps its filters in the address', () => {
    expect(parametersOf(view('service=identity&hours=24'))).toEqual({ service: 'identity' });
    expect(view('hours=-3&outcome=odd')).toMatchObject({ hours: 24, outcome: '' });
  });

  it('looks at a window that never runs backwards', () => {
    const now = new Date('2026-05-02T00:00:00Z');
    expect(windowOf(view('hours=1'), now).startTime).toBe('2026-05-01T23:00:00.000Z');
    const turned = view('from=2026-05-03T00:00:00Z&until=2026-05-01T00:00:00Z');
    expect(windowOf(turned, now)).toEqual({
      startTime: '2026-05-01T00:00:00.000Z',
      endTime: '2026-05-03T00:00:00.000Z',
    });
  });

  it('speaks in words', () => {
    expect(actionInWords('CreateListener')).toBe('Create listener');
    expect(actionInWords('UploadAPIKey')).toBe('Upload API key');
    expect(isRefused(event)).toBe(true);
    expect(whoOf(event)).toBe('dana');
    expect(whoOf({ ...event, data: bare })).toBe('nobody known');
    expect(actionInWords('PutPlacements')).toBe('Place on nodes');
    expect(whyOf(event)).toBe('no policy gives LOAD_BALANCER_UPDATE in x: y');
    expect(whyOf({ ...event, data: bare })).toBe('');
    expect(summaryOf([event, { ...event, data: bare }])).toBe('1 refused · 1 done');
  });

  it('does not take a service for a person', () => {
    const identity = { principalName: 'loadbalancer', authType: 'service' };
    expect(whoOf({ ...event, data: { ...event.data, identity } })).toBe('service loadbalancer');
    const itself = { principalName: 'service', authType: 'service' };
    expect(whoOf({ ...event, data: { ...event.data, identity: itself } })).toBe('service');
  });

  it('is exported without formulas, each event on one line', () => {
    const identity = { principalName: '@SUM(A1)', authType: 'user' };
    const [header, line, ...rest] = eventsCsv([
      { ...event, data: { ...event.data, identity } },
    ]).trimEnd().split('\r\n');
    expect(header).toContain('time,outcome,who');
    expect(line).toContain("refused,'@SUM(A1)");
    expect(line).toContain('a/b/c');
    expect(rest).toEqual([]);
  });
});
