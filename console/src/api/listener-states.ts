// SPDX-License-Identifier: Apache-2.0
// Which node has which listener open: what the nodes made of what was ordered. Our own call, /20260101.
import type { ListenerOnNode, ListenerStates } from './generated/load_balancer';
import { send } from './send';

export type { ListenerOnNode } from './generated/load_balancer';

interface Which {
  loadBalancerId?: string;
  nodeId?: string;
  filter?: 'troubled';
}

export async function listListenerStates(
  which: Which,
  signal?: AbortSignal,
): Promise<ListenerOnNode[]> {
  const call = { method: 'GET', path: '/20260101/listenerStates', query: { ...which }, signal } as const;
  return (await send<ListenerStates>(call)).body.items;
}
