// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { rangeInView } from './rows-in-view';

it('shows what is in sight and a little beyond', () => {
  expect(rangeInView(0, 500, 50, 10_000, 0)).toEqual({ first: 0, end: 10 });
  expect(rangeInView(-5_000, 500, 50, 10_000, 2)).toEqual({ first: 98, end: 112 });
});

it('never leaves the list', () => {
  expect(rangeInView(-10_000_000, 500, 50, 100)).toEqual({ first: 100, end: 100 });
  expect(rangeInView(5_000, 500, 50, 100)).toEqual({ first: 0, end: 0 });
  expect(rangeInView(0, 500, 50, 0)).toEqual({ first: 0, end: 0 });
});
