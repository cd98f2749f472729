// SPDX-License-Identifier: Apache-2.0
// Nodes, node pools and the tokens that nodes join with: our own calls of identity, /20260101.
import { type Answer, send } from './send';

type Signal = AbortSignal | undefined;

export interface Node {
  id: string;
  tenancyId: string;
  name: string;
  state: 'ACTIVE' | 'DRAINING' | 'REMOVED';
  nodePoolIds: string[];
  productKinds: string[];
  addresses: string[];
  timeEnrolled: string;
  timeLastSeen?: string;
  agentVersion?: string;
  wantedCount?: number;
  servedCount?: number;
}
export interface NodePool {
  id: string;
  compartmentId: string;
  displayName: string;
  addresses: string[];
  timeCreated: string;
}
export interface NodeToken {
  id: string;
  token: string;
  caHash: string;
  timeExpires: string;
}

async function all<T>(path: string, signal: Signal): Promise<T[]> {
  const found: T[] = [];
  let page: string | undefined;
  do {
    const answer: Answer<{ items: T[] }> = await send({
      method: 'GET',
      path,
      query: { limit: 500, page },
      signal,
    });
    found.push(...answer.body.items);
    page = answer.nextPage;
  } while (page !== undefined);
  return found;
}

export function listNodes(signal?: Signal): Promise<Node[]> {
  return all('/20260101/nodes', signal);
}
export function listNodePools(signal?: Signal): Promise<NodePool[]> {
  return all('/20260101/nodePools', signal);
}
export async function createNodePool(body: {
  displayName: string;
  compartmentId: string;
  addresses: string[];
}): Promise<NodePool> {
  return (await send<NodePool>({ method: 'POST', path: '/20260101/nodePools', body })).body;
}
export async function createNodeToken(body: {
  nodePoolIds: string[];
  productKinds: string[];
  expiresInSeconds: number;
}): Promise<NodeToken> {
  return (await send<NodeToken>({ method: 'POST', path: '/20260101/nodeTokens', body })).body;
}
export async function actOnNode(id: string, action: 'drain' | 'remove' | 'pollNow'): Promise<void> {
  const path = `/20260101/nodes/${encodeURIComponent(id)}/actions/${action}`;
  await send({ method: 'POST', path, body: {} });
}
