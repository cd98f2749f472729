// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import type { BackendSet } from '../../api/load-balancers';
import { detailsOf, differences, draftOf, leavingOf, parseBackends, unchangedOf } from './backend-set';

it('reads backends from lines, spaces or commas', () => {
  expect(parseBackends('10.0.0.3:8080, 10.0.0.4:8080\n[2001:db8::3]:80')).toEqual({
    backends: [
      { ipAddress: '10.0.0.3', port: 8080 },
      { ipAddress: '10.0.0.4', port: 8080 },
      { ipAddress: '2001:db8::3', port: 80 },
    ],
  });
});

it.each(['10.0.0.3', 'app:8080', '10.0.0.3:0', '10.0.0.3:70000', '2001:db8::3:80'])(
  'names the line that is no backend: %s',
  (line) => {
    expect(parseBackends(`10.0.0.9:80 ${line}`).error).toContain(line);
  },
);

const set: BackendSet = {
  name: 'app',
  policy: 'IP_HASH',
  backendMaxConnections: 500,
  healthChecker: {
    protocol: 'HTTP',
    urlPath: '/healthy',
    port: 9000,
    returnCode: 204,
    responseBodyRegex: '',
    retries: 5,
    timeoutInMillis: 900,
    intervalInMillis: 7000,
  },
  backends: [
    { name: '10.0.0.3:8080', ipAddress: '10.0.0.3', port: 8080, weight: 3, drain: false, backup: true, offline: false },
    { name: '[2001:db8::3]:80', ipAddress: '2001:db8::3', port: 80, weight: 1, drain: true, backup: false, offline: false },
  ],
};

it('edits a backend set and keeps what the window does not show', () => {
  const draft = draftOf(set);
  expect(draft.lines).toBe('10.0.0.3:8080\n[2001:db8::3]:80');
  const { name: _, ...unchanged } = set;
  const bare = unchanged.backends.map(({ name: __, ...backend }) => backend);
  expect(detailsOf(draft, parseBackends(draft.lines).backends, set)).toEqual({ ...unchanged, backends: bare });

  const { backends } = parseBackends('10.0.0.3:8080 10.0.0.9:8080');
  const body = detailsOf({ ...draft, policy: 'ROUND_ROBIN', health: 'TCP' }, backends, set);
  expect(body.policy).toBe('ROUND_ROBIN');
  expect(body.backendMaxConnections).toBe(500);
  expect(body.healthChecker).toMatchObject({ protocol: 'TCP', port: 9000, intervalInMillis: 7000 });
  expect(body.healthChecker).not.toHaveProperty('urlPath');
  expect(body.backends).toEqual([bare[0], { ipAddress: '10.0.0.9', port: 8080 }]);
  expect(leavingOf(set, backends)).toEqual(['[2001:db8::3]:80']);
});

it('tells three states of a set apart, in words', () => {
  const before = draftOf(set);
  expect(differences(before, { ...before, policy: 'ROUND_ROBIN' }, { ...before, lines: ' 10.0.0.9:80\n' })).toEqual([
    { label: 'Backends', before: '10.0.0.3:8080, [2001:db8::3]:80', theirs: '10.0.0.3:8080, [2001:db8::3]:80', mine: '10.0.0.9:80' },
    { label: 'Given out', before: 'By the client’s address', theirs: 'In turn', mine: 'By the client’s address' },
    { label: 'Health check', before: 'HTTP, /healthy', theirs: 'HTTP, /healthy', mine: 'HTTP, /healthy' },
  ]);
  expect(unchangedOf(set)).toEqual(detailsOf(before, parseBackends(before.lines).backends, set));
});
