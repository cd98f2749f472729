// SPDX-License-Identifier: Apache-2.0
// Nodes, node pools and the tokens that nodes join with: our own calls of identity, /20260101.
import type { NodeServing, NodeServingCollection } from './generated/certificates';
import type {
  CreateNodePoolDetails,
  CreateNodeTokenDetails,
  Node,
  NodePool,
  NodeToken,
} from './generated/identity';
import { readAll } from './list';
import { send } from './send';

export type { Node, NodePool, NodeToken } from './generated/identity';
export type { NodeServing } from './generated/certificates';

type Signal = AbortSignal | undefined;

export function listNodes(signal?: Signal): Promise<Node[]> {
  return readAll('/20260101/nodes', { limit: 500 }, signal);
}
// When each node polled last, and what it has proved: identity hears of a node only with its tokens.
export async function listNodeServing(signal?: Signal): Promise<NodeServing[]> {
  const call = { method: 'GET', path: '/20260101/nodeServing', signal } as const;
  return (await send<NodeServingCollection>(call)).body.items;
}
export function listNodePools(signal?: Signal): Promise<NodePool[]> {
  return readAll('/20260101/nodePools', { limit: 500 }, signal);
}
export async function createNodePool(
  body: CreateNodePoolDetails,
  retryToken: string,
): Promise<NodePool> {
  const call = { method: 'POST', path: '/20260101/nodePools', body, retryToken } as const;
  return (await send<NodePool>(call)).body;
}
export async function createNodeToken(body: CreateNodeTokenDetails): Promise<NodeToken> {
  return (await send<NodeToken>({ method: 'POST', path: '/20260101/nodeTokens', body })).body;
}
export async function actOnNode(id: string, action: 'drain' | 'remove' | 'pollNow'): Promise<void> {
  const path = `/20260101/nodes/${encodeURIComponent(id)}/actions/${action}`;
  await send({ method: 'POST', path, body: {} });
}
