// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import type { ListenerOnNode } from '../../api/listener-states';
import { servingOf } from './serving';

const on = (nodeName: string, more: Partial<ListenerOnNode>): ListenerOnNode => ({
  loadBalancerId: 'lb',
  loadBalancerName: 'shop-front',
  listenerName: 'https',
  port: 443,
  nodeId: nodeName,
  nodeName,
  state: 'OPEN',
  troubled: false,
  ...more,
});
const denied = { state: 'CLOSED', troubled: true, reason: 'HAProxy cannot open port 443' } as const;

it('is green only where every node has it open', () => {
  expect(servingOf([on('a', {}), on('b', {})])).toEqual({
    risk: 'GREEN',
    text: 'Open on 2 of 2 nodes',
    reasons: [],
  });
  expect(servingOf([on('a', { state: 'SILENT', reason: 'silent' })]).risk).toBe('AMBER');
  expect(servingOf([]).risk).toBe('AMBER');
});

it('is red with the reason where a node cannot open it, whatever the others do', () => {
  const pending = { state: 'PENDING', reason: 'about to' } as const;
  const serving = servingOf([on('a', pending), on('b', denied), on('c', {})]);
  expect(serving.risk).toBe('RED');
  expect(serving.text).toBe('Open on 1 of 3 nodes');
  expect(serving.reasons.map(({ node }) => node)).toEqual(['b', 'a']);
  expect(servingOf([on('a', pending)]).risk).toBe('BLUE');
});
