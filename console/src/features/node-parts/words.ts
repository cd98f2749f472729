// SPDX-License-Identifier: Apache-2.0
// What a node's state means for traffic. Pure.
import type { Node, NodePool, NodeToken } from '../../api/nodes';
import type { Risk } from '../../api/certificates';
import { shellLine } from '../certificate-parts/words';

// A node that did not speak for so long is called silent, as the command line does: identity hears from
// an agent when it renews its token, at the latest every seven and a half minutes.
export const SILENT_AFTER_MS = 16 * 60_000;

export interface Verdict {
  risk: Risk;
  word: string;
  reason: string;
}

// verdictOf: silence is red only where something is owed; a silent node goes on serving what it has.
export function verdictOf(node: Node, now: Date): Verdict {
  if (node.state === 'REMOVED') {
    return { risk: 'GREY', word: 'Removed', reason: 'It is no longer part of this installation.' };
  }
  const seen = node.timeLastSeen === undefined ? undefined : Date.parse(node.timeLastSeen);
  const owes = (node.wantedCount ?? 0) - (node.servedCount ?? 0);
  const owing = `${owes} of ${node.wantedCount ?? 0} certificates not yet proved on it.`;
  if (seen === undefined) {
    return { risk: 'BLUE', word: 'Joined', reason: 'It has joined; its agent has not spoken yet.' };
  }
  if (now.getTime() - seen > SILENT_AFTER_MS) {
    return owes > 0
      ? { risk: 'RED', word: 'Silent', reason: `Its agent is silent, and ${owing}` }
      : {
          risk: 'AMBER',
          word: 'Silent',
          reason: 'Its agent is silent. What it serves, it goes on serving; renewals do not reach it.',
        };
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
