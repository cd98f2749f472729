// SPDX-License-Identifier: Apache-2.0
// What a node's state means for traffic. Pure.
import type { ListenerOnNode } from '../../api/listener-states';
import type { Node, NodePool, NodeServing, NodeToken } from '../../api/nodes';
import type { Risk } from '../../api/certificates';
import { shellLine } from '../certificate-parts/words';

// A node that did not speak for so long is called silent: it polls at least once a minute. Where only
// its tokens are known, it speaks every quarter of an hour.
export const SILENT_AFTER_MS = 3 * 60_000;
const TOKEN_SILENT_AFTER_MS = 16 * 60_000;

export interface SeenNode extends Node {
  pollsKnown: boolean;
}

// joined fills in when each node polled last and what it has proved, as far as that may be seen.
export function joined(nodes: readonly Node[], serving: readonly NodeServing[]): SeenNode[] {
  return nodes.map((node) => {
    const found = serving.find(({ nodeId }) => nodeId === node.id);
    if (found === undefined) return { ...node, pollsKnown: false };
    const seen = [node.timeLastSeen, found.timeLastSeen].filter((time) => time !== undefined);
    const last = seen.sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1);
    return {
      ...node,
      ...(last === undefined ? {} : { timeLastSeen: last }),
      wantedCount: found.wantedCount,
      servedCount: found.servedCount,
      pollsKnown: found.timeLastSeen !== undefined,
    };
  });
}

export interface Verdict {
  risk: Risk;
  word: string;
  reason: string;
}

// verdictOf: silence is red only where something is owed; a silent node goes on serving what it has.
export function verdictOf(
  node: SeenNode,
  now: Date,
  listeners: readonly ListenerOnNode[] = [],
): Verdict {
  if (node.state === 'REMOVED') {
    return { risk: 'GREY', word: 'Removed', reason: 'It is no longer part of this installation.' };
  }
  const seen = node.timeLastSeen === undefined ? undefined : Date.parse(node.timeLastSeen);
  const owes = (node.wantedCount ?? 0) - (node.servedCount ?? 0);
  const owing = `${owes} of ${node.wantedCount ?? 0} certificates not yet proved on it.`;
  if (seen === undefined) {
    return { risk: 'BLUE', word: 'Joined', reason: 'It has joined; its agent has not spoken yet.' };
  }
  const patience = node.pollsKnown ? SILENT_AFTER_MS : TOKEN_SILENT_AFTER_MS;
  if (now.getTime() - seen > patience) {
    return owes > 0
      ? { risk: 'RED', word: 'Silent', reason: `Its agent is silent, and ${owing}` }
      : {
          risk: 'AMBER',
          word: 'Silent',
          reason: 'Its agent is silent. What it serves, it goes on serving; renewals do not reach it.',
        };
  }
  const troubled = listeners.filter((one) => one.troubled);
  if (troubled.length > 0) {
    const count = troubled.length === 1 ? 'One listener is' : `${troubled.length} listeners are`;
    return { risk: 'RED', word: 'Needs you', reason: `${count} not served here.` };
  }
  if (node.state === 'DRAINING') {
    return { risk: 'BLUE', word: 'Draining', reason: 'It takes no new load balancers.' };
  }
  if (owes > 0) return { risk: 'BLUE', word: 'On its way', reason: owing };
  if (node.wantedCount === undefined) {
    const reason = 'It serves other tenancies too, so it is not counted here what it has proved.';
    return { risk: 'GREEN', word: 'Serving', reason };
  }
  return { risk: 'GREEN', word: 'Serving', reason: 'It serves and has proved all that is wanted.' };
}

// servedOf: "4 of 5", or that nothing is wanted of it. A node that serves several tenancies is counted
// for none: each certificate shows who serves it.
export function servedOf({ wantedCount, servedCount }: Node): string {
  if (wantedCount === undefined) return 'shared: see each certificate';
  if (wantedCount === 0) return 'nothing wanted';
  return `${servedCount ?? 0} of ${wantedCount}`;
}

export function poolsOf(node: Node, pools: readonly NodePool[]): string {
  if (node.nodePoolIds.length === 0) return '—';
  return node.nodePoolIds
    .map((id) => pools.find((pool) => pool.id === id)?.displayName ?? id)
    .join(', ');
}

export interface JoinChoice {
  url: string;
  name: string;
  address: string;
}

// joinLine is the one command on the new node. The token is in it: it works once.
export function joinLine(token: NodeToken, { url, name, address }: JoinChoice): string {
  return shellLine(
    ...['sudo', 'perennial-agent', 'join', '--url', url, '--ca-hash', token.caHash],
    ...['--token', token.token, '--directory', '/var/lib/perennial-agent'],
    ...['--name', name, '--address', address],
  );
}

// newcomer is the first node of the pool that was not there when the token was made.
export function newcomer(
  nodes: readonly Node[],
  before: ReadonlySet<string>,
  poolId: string,
): Node | undefined {
  return nodes.find(({ id, nodePoolIds }) => !before.has(id) && nodePoolIds.includes(poolId));
}
