// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it, vi } from 'vitest';

import { ApiError } from '../../api/send';
import { sameJson, saveGuarded, type Seen } from './guarded-save';

// A server with one value; `around` moves its etag without it.
function server(value: string) {
  let revision = 1;
  const it = {
    value,
    seen: (): Seen<string> => ({ etag: `e${revision}`, value: it.value }),
    around: () => ++revision,
    set: (next: string) => {
      it.value = next;
      ++revision;
    },
    write: (mine: string, status: number) => (ifMatch: string | undefined) => {
      if (ifMatch !== undefined && ifMatch !== `e${revision}`) {
        return Promise.reject(new ApiError(status, 'NoEtagMatch', 'if-match: has changed'));
      }
      it.set(mine);
      return Promise.resolve('done');
    },
  };
  return it;
}

function save(of: ReturnType<typeof server>, seen: Seen<string>, mine: string, status = 412) {
  const read = vi.fn(() => Promise.resolve(of.seen()));
  const write = vi.fn(of.write(mine, status));
  const same = (a: string, b: string): boolean => a === b;
  return {
    read,
    write,
    outcome: saveGuarded(seen, { read, write, same, wanted: (now) => now === mine }),
  };
}

describe('a guarded save', () => {
  it('writes against what was seen', async () => {
    const it = server('old');
    const { outcome, write } = save(it, it.seen(), 'mine');
    expect(await outcome).toEqual({ saved: true, result: 'done' });
    expect(write).toHaveBeenCalledWith('e1', 'old');
  });

  it.each([412, 409])('overwrites nothing that somebody else changed (%i)', async (status) => {
    const it = server('old');
    const seen = it.seen();
    it.set('theirs');
    const { outcome } = save(it, seen, 'mine', status);
    expect(await outcome).toEqual({ saved: false, theirs: { etag: 'e2', value: 'theirs' } });
    expect(it.value).toBe('theirs');
  });

  it('asks nobody when only something around it has changed', async () => {
    const it = server('old');
    const seen = it.seen();
    it.around();
    expect(await save(it, seen, 'mine').outcome).toEqual({ saved: true, result: 'done' });
    expect(it.value).toBe('mine');
  });

  it('asks nobody when both want the same', async () => {
    const it = server('old');
    const seen = it.seen();
    it.set('mine');
    expect(await save(it, seen, 'mine').outcome).toEqual({ saved: true, result: 'done' });
  });

  it('hands on what is refused for another reason', async () => {
    const it = server('old');
    const busy = new ApiError(409, 'IncorrectState', 'the load balancer is CREATING');
    const seen = it.seen();
    const read = () => Promise.resolve(it.seen());
    const write = () => Promise.reject(busy);
    const guard = { read, write, same: () => true, wanted: () => false };
    await expect(saveGuarded(seen, guard)).rejects.toBe(busy);
    const denied = new ApiError(404, 'NotAuthorizedOrNotFound', 'no');
    await expect(
      saveGuarded(seen, { ...guard, write: () => Promise.reject(denied) }),
    ).rejects.toBe(denied);
  });

  it('gives up when it always moves', async () => {
    const it = server('old');
    const seen = it.seen();
    const write = vi.fn(() => {
      it.around();
      return Promise.reject(new ApiError(412, 'NoEtagMatch', 'x'));
    });
    const read = () => Promise.resolve(it.seen());
    await expect(
      saveGuarded(seen, { read, write, same: () => true, wanted: () => false }),
    ).rejects.toThrow();
    expect(write.mock.calls.length).toBeLessThan(10);
  });
});

it('values are the same whatever the order of their members', () => {
  expect(sameJson({ a: 1, b: [{ c: 2, d: null }] }, { b: [{ d: null, c: 2 }], a: 1 })).toBe(true);
  expect(sameJson([1, 2], [2, 1])).toBe(false);
});
