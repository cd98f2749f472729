// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { parseBackends } from './backend-set';

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
