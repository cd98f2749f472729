// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import type { AuditEvent } from '../../api/audit';
import {
  actionInWords,
  briefly,
  isRefused,
  matches,
  parametersOf,
  viewOf,
  whoOf,
  windowOf,
} from './filter';

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
    identity: { principalName: 'dana', principalId: 'ocid1.user.x' },
    response: { status: '404', headers: {}, payload: {} },
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
  });
});

it('says an OCID as a person does', () => {
  expect(briefly('ocid1.loadbalancer.perennial.home-1.4qbna46njxuj7gxbhn3qethf3fsxcz5qllabvhex')).toBe(
    'load balancer …llabvhex',
  );
  expect(briefly('administrator')).toBe('administrator');
});
