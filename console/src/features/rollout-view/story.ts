// SPDX-License-Identifier: Apache-2.0
// A rollout in words.
import type { Rollout, RolloutLine, RolloutPlace, RolloutState } from '../../api/certificates';

export const STATES: Record<RolloutState, { word: string; color: string; live: boolean }> = {
  PENDING: { word: 'About to begin', color: 'blue', live: true },
  CANARY: { word: 'Proving on a few nodes', color: 'blue', live: true },
  ROLLING: { word: 'Going to all nodes', color: 'blue', live: true },
  COMPLETE: { word: 'Complete', color: 'teal', live: false },
  ROLLED_BACK: { word: 'Rolled back', color: 'red', live: false },
  STALLED: { word: 'Stalled', color: 'red', live: false },
  SUPERSEDED: { word: 'Superseded', color: 'gray', live: false },
};

export function isLive(rollout: Rollout): boolean {
  return STATES[rollout.state].live;
}

// headline: "2 of 3 nodes serve version 4".
export function headline(rollout: Rollout): string {
  const { nodeCount, servedCount, toVersion, fromVersion } = rollout;
  if (rollout.state === 'ROLLED_BACK' && fromVersion !== undefined) {
    return `Version ${toVersion} was taken back; version ${fromVersion} serves on`;
  }
  if (nodeCount === 0) return `No node has to serve version ${toVersion}`;
  const nodes = nodeCount === 1 ? 'node serves' : 'nodes serve';
  return `${servedCount} of ${nodeCount} ${nodes} version ${toVersion}`;
}

export interface Chapter {
  title: string;
  text: string;
  time?: string;
  done: boolean;
}

// chapters tell what was done and what comes: issue, canary, waves, promotion, end.
export function chapters(rollout: Rollout): Chapter[] {
  const { state, timeStarted, timeCanaryProved, timePromoted, timeFinished, toVersion } = rollout;
  const from = rollout.fromVersion;
  const told: Chapter[] = [
    {
      title: `Version ${toVersion} issued`,
      text: from === undefined ? 'The first to be served.' : `To follow version ${from}.`,
      time: timeStarted,
      done: true,
    },
    {
      title: 'Proved on the first nodes',
      text: 'By full handshakes on every address.',
      ...(timeCanaryProved === undefined ? {} : { time: timeCanaryProved }),
      done: timeCanaryProved !== undefined,
    },
    {
      title: `Version ${toVersion} is current`,
      text: rollout.forced ? 'Without proof: expiry was nearer than caution.' : 'In waves, to all.',
      ...(timePromoted === undefined ? {} : { time: timePromoted }),
      done: timePromoted !== undefined,
    },
  ];
  const ends: Partial<Record<RolloutState, [string, string]>> = {
    COMPLETE: ['Complete', 'Every live node has proved it.'],
    ROLLED_BACK: ['Rolled back', 'A new try follows by itself.'],
    SUPERSEDED: ['Superseded', 'Another version took its place.'],
    STALLED: ['Stalled', 'It goes no further without proof.'],
  };
  const [title, text] = ends[state] ?? ['Complete', 'When every live node has proved it.'];
  // What never came to pass is not told as if it were still to come.
  const begun = state === 'ROLLED_BACK' || state === 'SUPERSEDED' ? told.filter((c) => c.done) : told;
  return [
    ...begun,
    {
      title,
      text: rollout.reason === undefined ? text : [sentence(rollout.reason), text].join(' '),
      ...(timeFinished === undefined ? {} : { time: timeFinished }),
      done: timeFinished !== undefined,
    },
  ];
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

// verdict is one cell of the matrix, of a rollout that goes on or is over.
export function verdict(
  line: RolloutLine,
  toVersion: number,
  over = false,
): { word: string; color: string; text: string } {
  const served = line.servedVersion;
  const has = served === undefined ? 'nothing seen yet' : `serves version ${served}`;
  if (!line.live) {
    return { word: 'Absent', color: 'gray', text: `${has}; takes it when the node is back` };
  }
  if (line.result === 'REFUSED_BY_GATE') {
    return { word: 'Refused', color: 'red', text: line.lastError ?? 'The agent refused it.' };
  }
  if (line.result === 'FAILED') {
    return { word: 'Failed', color: 'red', text: line.lastError ?? 'The handshake failed.' };
  }
  if (line.result === 'INCONCLUSIVE') {
    const text = line.lastError ?? 'It could not be told from here.';
    return { word: 'Inconclusive', color: 'yellow', text };
  }
  if (served === toVersion) return { word: 'Proved', color: 'teal', text: has };
  if (line.wantedVersion === toVersion) {
    return { word: 'On its way', color: 'blue', text: has };
  }
  if (over) return { word: 'Not asked', color: 'gray', text: has };
  return { word: 'Waiting', color: 'gray', text: `${has}; its turn is later` };
}

// One sight of what a node serves: of one address, name and kind of key, or of the node as a whole.
export type Sight = Partial<Omit<RolloutPlace, 'result'>>;

// sightsOf lists what was seen at each address; before anything was, what the line itself knows.
export function sightsOf(line: RolloutLine): Sight[] {
  if (line.places !== undefined && line.places.length > 0) return line.places;
  const { fingerprintSha256, vantage, timeObserved } = line;
  // What the line proved last is not what was seen when it failed.
  const failed = line.result !== undefined && line.result !== 'PROVED';
  return [
    {
      ...(fingerprintSha256 === undefined || failed ? {} : { fingerprintSha256 }),
      ...(vantage === undefined ? {} : { vantage }),
      ...(timeObserved === undefined ? {} : { timeObserved }),
    },
  ];
}

export interface Matrix {
  nodes: string[];
  resources: string[];
  at: (node: string, resource: string) => RolloutLine | undefined;
}

export function matrixOf(lines: RolloutLine[]): Matrix {
  const key = (node: string, resource: string): string => `${node}\n${resource}`;
  const cells = new Map(lines.map((line) => [key(line.nodeId, line.resourceId), line]));
  const sorted = [...lines].sort((a, b) => a.wave - b.wave);
  return {
    nodes: [...new Set(sorted.map((line) => line.nodeId))],
    resources: [...new Set(sorted.map((line) => line.resourceId))],
    at: (node, resource) => cells.get(key(node, resource)),
  };
}

// shortFingerprint is enough to compare by eye; the whole one is on hover.
export function shortFingerprint(fingerprint: string): string {
  return (fingerprint.slice(0, 16).match(/.{1,4}/g) ?? []).join(' ');
}
