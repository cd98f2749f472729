// SPDX-License-Identifier: Apache-2.0
// Several tabs in one process, over real BroadcastChannels; the server and the locks are ours.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Park } from './leader';
import { Live, type News } from './live';

// The locks of one browser, as Web Locks grants them: in order, and freed when a tab is gone.
class Locks {
  private readonly held = new Set<string>();
  private readonly queue: { name: string; grant: () => void }[] = [];

  request = (async (
    name: string,
    options: LockOptions,
    act: (lock: Lock | null) => Promise<unknown>,
  ): Promise<unknown> => {
    if (this.held.has(name)) {
      if (options.ifAvailable) return act(null);
      await new Promise<void>((grant, refuse) => {
        const waiting = { name, grant };
        this.queue.push(waiting);
        options.signal?.addEventListener('abort', () => {
          const at = this.queue.indexOf(waiting);
          if (at < 0) return;
          this.queue.splice(at, 1);
          refuse(new DOMException('given up', 'AbortError'));
        });
      });
    }
    this.held.add(name);
    try {
      return await act({ name, mode: 'exclusive' });
    } finally {
      this.free(name);
    }
  }) as LockManager['request'];

  free(name: string): void {
    this.held.delete(name);
    const at = this.queue.findIndex((one) => one.name === name);
    if (at >= 0) this.queue.splice(at, 1)[0]?.grant();
  }
}

interface Call {
  tab: string;
  path: string;
  park: Park | undefined;
  answer: (body: News) => void;
  fail: () => void;
}

class Browser {
  readonly locks = new Locks();
  parked: Call[] = [];
  asked: string[] = [];
  most = 0;
  private readonly tabs: Live[] = [];

  open(tab: string, session: string | undefined = 'ada'): Live {
    const live = new Live({
      tab,
      locks: this.locks,
      openChannel: (name) => new BroadcastChannel(name),
      ask: (path, park, signal) =>
        new Promise((resolve, reject) => {
          const end = (): void => void this.parked.splice(this.parked.indexOf(call), 1);
          const call: Call = {
            tab,
            path,
            park,
            answer: (body) => (end(), resolve(body)),
            fail: () => (end(), reject(new Error('unreachable'))),
          };
          this.parked.push(call);
          this.asked.push(path);
          this.most = Math.max(this.most, this.parked.length);
          signal.addEventListener('abort', () => {
            if (!this.parked.includes(call)) return;
            end();
            reject(new DOMException('cut', 'AbortError'));
          });
        }),
    });
    live.bind(session);
    this.tabs.push(live);
    return live;
  }

  close(): void {
    for (const tab of this.tabs) tab.bind(undefined);
  }
}

let browser: Browser;
beforeEach(() => {
  browser = new Browser();
});
afterEach(() => {
  browser.close();
  vi.useRealTimers();
});

const until = (met: () => void): Promise<void> => vi.waitFor(met, { timeout: 2000, interval: 2 });
const follow = (live: Live, path: string): number[] => {
  const heard: number[] = [];
  const known = (): number => heard.at(-1) ?? 0;
  live.follow(path, known, ({ position }) => {
    if (position !== known()) heard.push(position);
  });
  return heard;
};

describe('several tabs', () => {
  it('park one call for what all of them follow, and all of them hear it', async () => {
    const heard = ['a', 'b', 'c'].map((tab) => follow(browser.open(tab), '/rollout'));
    await until(() => expect(browser.parked).toHaveLength(1));
    browser.parked[0]?.answer({ position: 1 });
    await until(() => expect(heard).toEqual([[1], [1], [1]]));
    await until(() => expect(browser.parked[0]?.park?.after).toBe(1));
    expect(browser.most).toBe(1);
  });

  it('park two at most when more is followed, each in its turn', async () => {
    const heard = ['1', '2', '3', '4', '5', '6'].map((n) => follow(browser.open(n), `/${n}`));
    await until(() => expect(browser.parked).toHaveLength(2));
    for (let position = 1; !heard.every((one) => one.length >= 2); ++position) {
      expect(position).toBeLessThan(50);
      const before = browser.asked.length;
      browser.parked[0]?.answer({ position });
      await until(() => expect(browser.asked.length).toBeGreaterThan(before));
    }
    expect(browser.most).toBe(2);
    await until(() => expect(browser.parked.map(({ park }) => park?.waitSeconds)).toEqual([2, 2]));
  });

  it('give a third its turn though two had settled for long', async () => {
    follow(browser.open('a'), '/1');
    follow(browser.open('b'), '/2');
    await until(() => expect(browser.parked.map(({ park }) => park?.waitSeconds)).toEqual([20, 20]));
    follow(browser.open('c'), '/3');
    await until(() => expect(browser.parked.map(({ path }) => path)).toContain('/3'));
    expect(browser.most).toBe(2);
  });

  it('are told what was heard between their own question and their following', async () => {
    follow(browser.open('a'), '/rollout');
    await until(() => expect(browser.parked).toHaveLength(1));
    browser.parked[0]?.answer({ position: 7 });
    await until(() => expect(browser.parked[0]?.park?.after).toBe(7));
    const late = follow(browser.open('b'), '/rollout');
    await until(() => expect(late).toEqual([7]));
  });
});

describe('leadership', () => {
  it('passes at once when its tab goes out of sight, and comes back to a sole tab', async () => {
    const [a, b] = [browser.open('a'), browser.open('b')];
    follow(a, '/rollout');
    const heard = follow(b, '/rollout');
    await until(() => expect(browser.parked[0]?.tab).toBe('a'));
    browser.parked[0]?.answer({ position: 1 });
    await until(() => expect(heard).toEqual([1]));
    a.show(false);
    await until(() => expect(browser.parked[0]?.tab).toBe('b'));
    browser.parked[0]?.answer({ position: 3 });
    await until(() => expect(heard).toEqual([1, 3]));
    b.show(false);
    await until(() => expect(browser.parked).toEqual([]));
    a.show(true);
    await until(() => expect(browser.parked[0]?.tab).toBe('a'));
    expect(browser.most).toBe(1);
  });

  it('parks nothing for a tab that is out of sight', async () => {
    const [a, b] = [browser.open('a'), browser.open('b')];
    follow(a, '/1');
    follow(b, '/2');
    await until(() => expect(browser.parked).toHaveLength(2));
    b.show(false);
    await until(() => expect(browser.parked.map(({ path }) => path)).toEqual(['/1']));
  });

  it('forgets what a tab wanted that answers no roll call any more', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    follow(browser.open('a'), '/1');
    const gone = new BroadcastChannel('perennial-live-ada');
    await until(() => expect(browser.parked).toHaveLength(1));
    gone.postMessage({ kind: 'wants', tab: 'gone', wants: { '/2': 0 } });
    await until(() => expect(browser.parked).toHaveLength(2));
    gone.close();
    vi.advanceTimersByTime(25_000);
    await until(() => expect(browser.parked.map(({ path }) => path)).toEqual(['/1']));
  });

  it('asks anew at once when the machine woke, and not at once when the server is gone', async () => {
    const a = browser.open('a');
    follow(a, '/1');
    await until(() => expect(browser.parked).toHaveLength(1));
    const before = browser.parked[0];
    a.wake();
    await until(() => expect(browser.parked).toHaveLength(1));
    expect(browser.parked[0]).not.toBe(before);
    browser.parked[0]?.fail();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(browser.asked).toHaveLength(2);
  });

  it('does not hammer a server that answers at once without news', async () => {
    follow(browser.open('a'), '/1');
    await until(() => expect(browser.parked).toHaveLength(1));
    browser.parked[0]?.answer({ position: 0 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(browser.asked).toHaveLength(1);
  });
});

describe('a session', () => {
  it('tells nothing to another', async () => {
    const ada = follow(browser.open('a', 'ada'), '/1');
    const bob = follow(browser.open('b', 'bob'), '/1');
    await until(() => expect(browser.parked).toHaveLength(2));
    browser.parked.find(({ tab }) => tab === 'a')?.answer({ position: 5 });
    await until(() => expect(ada).toEqual([5]));
    expect(bob).toEqual([]);
  });

  it('takes what is parked with it, and what is still followed goes on in the next', async () => {
    const a = browser.open('a');
    const heard = follow(a, '/1');
    await until(() => expect(browser.parked).toHaveLength(1));
    a.bind(undefined);
    await until(() => expect(browser.parked).toEqual([]));
    a.bind('ada-again');
    await until(() => expect(browser.parked).toHaveLength(1));
    browser.parked[0]?.answer({ position: 2 });
    await until(() => expect(heard).toEqual([2]));
  });

  it('leaves room when several are in one browser: two places, whoever asks', async () => {
    for (const name of ['ada', 'bob', 'eve']) follow(browser.open(name, name), `/${name}`);
    await until(() => expect(browser.asked).toHaveLength(3));
    const parked = browser.parked.filter(({ park }) => park !== undefined);
    expect(parked).toHaveLength(2);
  });
});
