// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import type { Rollout, RolloutLine } from '../../api/certificates';
import { chapters, headline, isLive, matrixOf, sightsOf, verdict } from './story';

const line: RolloutLine = {
  associationId: 'a',
  resourceId: 'lb',
  nodeId: 'n1',
  wave: 0,
  live: true,
  wantedVersion: 4,
};
const rollout: Rollout = {
  id: 'r',
  certificateId: 'c',
  state: 'ROLLING',
  paused: false,
  forced: false,
  fromVersion: 3,
  toVersion: 4,
  position: 1,
  timeStarted: '2026-01-01T00:00:00.000Z',
  nodeCount: 3,
  servedCount: 2,
  owingCount: 1,
};

it('says how many nodes serve it', () => {
  expect(headline(rollout)).toBe('2 of 3 nodes serve version 4');
  expect(headline({ ...rollout, nodeCount: 1, servedCount: 1 })).toBe(
    '1 of 1 node serves version 4',
  );
});

it('tells each cell by a word, and a failure by its reason', () => {
  expect(verdict({ ...line, servedVersion: 4, result: 'PROVED' }, 4).word).toBe('Proved');
  expect(verdict({ ...line, servedVersion: 3, result: 'PROVED' }, 4).word).toBe('On its way');
  expect(verdict({ ...line, wantedVersion: 3 }, 4).word).toBe('Waiting');
  expect(verdict({ ...line, live: false, servedVersion: 3 }, 4).word).toBe('Absent');
  const failed = verdict({ ...line, result: 'FAILED', lastError: 'timed out' }, 4);
  expect(failed).toMatchObject({ word: 'Failed', text: 'timed out' });
});

it('shows what was seen at each address, and before that what the line knows', () => {
  const seen = { vantage: 'agent', timeObserved: '2026-01-01T00:00:02.000Z' } as const;
  const places = ['10.0.0.1', '10.0.0.2'].map(
    (address) => ({ ...seen, address, result: 'PROVED', fingerprintSha256: address }) as const,
  );
  expect(sightsOf({ ...line, ...seen, places })).toEqual(places);
  expect(sightsOf({ ...line, ...seen, places: [] })).toEqual([seen]);
});

it('keeps its story, without what never came to pass', () => {
  const back = chapters({
    ...rollout,
    state: 'ROLLED_BACK',
    reason: 'the chain is broken',
    timeFinished: '2026-01-01T00:01:00.000Z',
  });
  expect(back.map((chapter) => chapter.title)).toEqual(['Version 4 issued', 'Rolled back']);
  expect(back.at(-1)?.text).toBe('The chain is broken. A new try follows by itself.');
  expect(isLive({ ...rollout, state: 'ROLLED_BACK' })).toBe(false);
  expect(headline({ ...rollout, state: 'ROLLED_BACK' })).toBe(
    'Version 4 was taken back; version 3 serves on',
  );
  expect(verdict({ ...line, wantedVersion: 3, servedVersion: 3 }, 4, true).word).toBe('Not asked');
  // The server goes no further with it, so there is nothing to follow and nothing to roll back.
  expect(isLive({ ...rollout, state: 'STALLED' })).toBe(false);
});

it('does not show what was proved before as what was seen when it failed', () => {
  const failed = { ...line, result: 'FAILED', fingerprintSha256: 'aa' } as const;
  expect(sightsOf(failed)).toEqual([{}]);
  expect(sightsOf({ ...failed, result: 'PROVED' })).toEqual([{ fingerprintSha256: 'aa' }]);
});

it('puts the canary first', () => {
  const matrix = matrixOf([{ ...line, nodeId: 'n2', wave: 1 }, line]);
  expect(matrix.nodes).toEqual(['n1', 'n2']);
  expect(matrix.at('n1', 'lb')).toBe(line);
  expect(matrix.at('n1', 'other')).toBeUndefined();
});
