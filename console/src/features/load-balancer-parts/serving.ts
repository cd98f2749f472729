// SPDX-License-Identifier: Apache-2.0
// What the nodes make of one listener, in words. Pure.
import type { Risk } from '../../api/certificates';
import type { ListenerOnNode } from '../../api/listener-states';

export interface Serving {
  risk: Risk;
  text: string;
  // One for each node that does not have it open, with the reason.
  reasons: { node: string; reason: string; troubled: boolean }[];
}

export function servingOf(states: readonly ListenerOnNode[]): Serving {
  const open = states.filter(({ state }) => state === 'OPEN').length;
  const reasons = states
    .filter(({ state }) => state !== 'OPEN')
    .sort((a, b) => Number(b.troubled) - Number(a.troubled))
    .map(({ nodeName, reason, troubled }) => ({ node: nodeName, reason: reason ?? '', troubled }));
  const on = `Open on ${open} of ${states.length} node${states.length === 1 ? '' : 's'}`;
  if (states.length === 0) {
    return { risk: 'AMBER', text: 'No node is there to open it', reasons };
  }
  if (states.some(({ troubled }) => troubled)) return { risk: 'RED', text: on, reasons };
  if (states.some(({ state }) => state === 'PENDING')) return { risk: 'BLUE', text: on, reasons };
  return { risk: open === states.length ? 'GREEN' : 'AMBER', text: on, reasons };
}
