// SPDX-License-Identifier: Apache-2.0
// @vitest-environment jsdom
import { beforeEach, expect, it, vi } from 'vitest';

beforeEach(() => {
  localStorage.clear();
  vi.resetModules();
});

it('is the clock of whoever reads, until they choose', async () => {
  const { currentZone } = await import('./zone');
  expect(currentZone()).toBe('local');
});

it('is kept in the browser', async () => {
  const { chooseZone } = await import('./zone');
  chooseZone('utc');
  vi.resetModules();
  const { currentZone } = await import('./zone');
  expect(currentZone()).toBe('utc');
});

it('takes what is not a zone for the usual one', async () => {
  localStorage.setItem('perennial.zone', 'mars');
  const { currentZone } = await import('./zone');
  expect(currentZone()).toBe('local');
});
