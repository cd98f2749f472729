// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { joined, joinLine, newcomer, servedOf, type SeenNode, verdictOf } from './words';

const now = new Date('2026-05-01T12:00:00Z');
const node: SeenNode = {
  id: 'n1',
  tenancyId: 't',
  name: 'edge-1',
  state: 'ACTIVE',
  nodePoolIds: ['p'],
  productKinds: ['loadbalancer'],
  addresses: ['10.0.0.1'],
  timeEnrolled: '2026-04-01T00:00:00Z',
  timeLastSeen: '2026-05-01T11:59:30Z',
  wantedCount: 5,
  servedCount: 5,
  pollsKnown: true,
};

describe('a node', () => {
  it('is green only when everything wanted is proved', () => {
    expect(verdictOf(node, now).risk).toBe('GREEN');
    expect(verdictOf({ ...node, servedCount: 4 }, now)).toMatchObject({ risk: 'BLUE' });
  });

  it('that is silent is late, and red where it owes', () => {
    // Where only its tokens are known, ten minutes are no silence.
    const between = { ...node, pollsKnown: false, timeLastSeen: '2026-05-01T11:50:00Z' };
    expect(verdictOf(between, now).risk).toBe('GREEN');
    const silent = { ...node, timeLastSeen: '2026-05-01T11:00:00Z' };
    expect(verdictOf(silent, now).risk).toBe('AMBER');
    expect(verdictOf({ ...silent, servedCount: 4 }, now).risk).toBe('RED');
    expect(verdictOf({ ...silent, state: 'REMOVED' }, now).risk).toBe('GREY');
  });

  it('that has just joined is on its way', () => {
    const { timeLastSeen: _, ...fresh } = node;
    expect(verdictOf(fresh, now).word).toBe('Joined');
  });

  it('is red where a listener cannot be opened', () => {
    const closed = {
      loadBalancerId: 'lb',
      loadBalancerName: 'front',
      listenerName: 'https',
      port: 443,
      nodeId: 'n1',
      nodeName: 'edge-1',
      state: 'CLOSED',
      troubled: true,
    } as const;
    expect(verdictOf(node, now, [closed])).toMatchObject({ risk: 'RED', word: 'Needs you' });
    expect(verdictOf(node, now, [{ ...closed, state: 'OPEN', troubled: false }]).risk).toBe('GREEN');
  });

  it('is seen when it polls, not only when it takes a token', () => {
    const { pollsKnown: _, servedCount: __, ...known } = node;
    const old = { ...known, timeLastSeen: '2026-05-01T11:50:00Z' };
    expect(verdictOf({ ...old, pollsKnown: false }, now).word).toBe('On its way');
    const serving = { nodeId: 'n1', timeLastSeen: '2026-05-01T11:59:50Z', wantedCount: 2, servedCount: 2 };
    const [seen] = joined([old], [serving]);
    expect(seen).toMatchObject({ timeLastSeen: serving.timeLastSeen, wantedCount: 2 });
    expect(seen && verdictOf(seen, now).risk).toBe('GREEN');
    const [other] = joined([old], [{ ...serving, timeLastSeen: '2026-05-01T11:55:00Z' }]);
    expect(other && verdictOf(other, now).word).toBe('Silent');
    expect(joined([old], [])[0]?.pollsKnown).toBe(false);
  });

  it('says what it serves of what is wanted', () => {
    expect(servedOf({ ...node, servedCount: 4 })).toBe('4 of 5');
    expect(servedOf({ ...node, wantedCount: 0 })).toBe('nothing wanted');
    const { wantedCount: _, servedCount: __, ...shared } = node;
    expect(servedOf(shared)).toContain('shared');
    expect(verdictOf(shared, now).reason).toContain('other tenancies');
  });
});

describe('joining', () => {
  const token = { id: 'x', token: 'pnj_abc', caHash: 'sha256:00ff', timeExpires: '' };

  it('is one command, in which no name becomes another', () => {
    const line = joinLine(token, { url: 'https://pki:8643', name: 'a;reboot', address: '10.0.0.9' });
    expect(line).toContain(`--name 'a;reboot'`);
    expect(line).toContain('--ca-hash sha256:00ff --token pnj_abc');
  });

  it('turns green for a new node of this pool only', () => {
    const other = { ...node, id: 'n2', nodePoolIds: ['q'] };
    const fresh = { ...node, id: 'n3' };
    expect(newcomer([node, other], new Set(['n1']), 'p')).toBeUndefined();
    expect(newcomer([node, other, fresh], new Set(['n1']), 'p')?.id).toBe('n3');
  });
});
