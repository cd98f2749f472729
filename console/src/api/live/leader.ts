// SPDX-License-Identifier: Apache-2.0
// The one tab that parks calls, for what all tabs in sight follow: at most as many at a time as there
// are places, in turn when more is followed.

// What can be followed: its position grows with each change.
export interface News {
  position: number;
}
// Paths, with the position up to which each is known.
export type Wants = Record<string, number>;
export interface Park {
  after: number;
  waitSeconds: number;
}

export interface LeaderSeams {
  locks: Pick<LockManager, 'request'>;
  // Without `park` it answers at once.
  ask: (path: string, park: Park | undefined, signal: AbortSignal) => Promise<News>;
  news: (path: string, body: News, at: number) => void;
  // Asks every tab to say again what it wants.
  roll: () => void;
}

// Held by whoever parks, for as long as one call lasts: whatever else goes wrong, all tabs of the
// browser hold no more than these.
const PLACES = ['perennial-parked-1', 'perennial-parked-2'];
const WAIT_SECONDS = 20;
// When more is followed than there are places.
const TURN_SECONDS = 2;
// The answer of a parked call may be this late before we take its connection for dead.
const LATE_MS = 10_000;
const PAUSE_MS = 3_000;
export const ROLL_MS = 10_000;

export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}

export class Leader {
  // What each tab wants, and whether it has said so since the last roll call.
  private readonly tabs = new Map<string, { wants: Wants; answered: boolean }>();
  private readonly heard = new Map<string, { body: News; at: number }>();
  private readonly parked = new Map<string, { call: AbortController; long: boolean }>();
  // When each path was asked last, counted in turns.
  private readonly turns = new Map<string, number>();
  private turn = 0;
  private idle: (() => void)[] = [];

  constructor(
    private readonly seams: LeaderSeams,
    // Leadership ends with it.
    private readonly signal: AbortSignal,
  ) {}

  // run resolves when leadership has ended and nothing is parked any more, so that the next leader
  // finds the places free.
  async run(): Promise<void> {
    const stop = (): void => {
      this.cut();
      this.rouse();
    };
    this.signal.addEventListener('abort', stop);
    this.seams.roll();
    const rolls = setInterval(() => this.roll(), ROLL_MS);
    await Promise.all(PLACES.map(() => this.work()));
    clearInterval(rolls);
  }

  // told: a tab says what it wants; nothing, when it is out of sight.
  told(tab: string, wants: Wants): void {
    if (Object.keys(wants).length === 0) this.tabs.delete(tab);
    else this.tabs.set(tab, { wants, answered: true });
    // It may have asked for itself just before something that we have heard and it has not.
    for (const [path, position] of Object.entries(wants)) {
      const last = this.heard.get(path);
      if (last !== undefined && last.body.position > position) {
        this.seams.news(path, last.body, last.at);
      }
    }
    this.arrange();
  }

  // cut ends what is parked; what is still wanted is asked anew, at once.
  cut(): void {
    for (const { call } of this.parked.values()) call.abort();
  }

  // A tab that was closed or frozen answers no roll call, and what it wanted is forgotten.
  private roll(): void {
    for (const [tab, entry] of this.tabs) {
      if (!entry.answered) this.tabs.delete(tab);
      entry.answered = false;
    }
    this.arrange();
    this.seams.roll();
  }

  private wanted(): Map<string, number> {
    const all = new Map<string, number>();
    for (const { wants } of this.tabs.values()) {
      for (const [path, position] of Object.entries(wants)) {
        all.set(path, Math.max(position, all.get(path) ?? 0));
      }
    }
    return all;
  }

  private arrange(): void {
    const wanted = this.wanted();
    const waiting = [...wanted.keys()].some((path) => !this.parked.has(path));
    const crowded = waiting && this.parked.size >= PLACES.length;
    for (const [path, { call, long }] of this.parked) {
      // Who parked for long did so when there was room for all.
      if ((crowded && long) || !wanted.has(path)) call.abort();
    }
    for (const path of [...this.heard.keys()]) if (!wanted.has(path)) this.heard.delete(path);
    for (const path of [...this.turns.keys()]) if (!wanted.has(path)) this.turns.delete(path);
    this.rouse();
  }

  private rouse(): void {
    const idle = this.idle;
    this.idle = [];
    for (const go of idle) go();
  }

  private next(): string | undefined {
    return [...this.wanted().keys()]
      .filter((path) => !this.parked.has(path))
      .sort((a, b) => (this.turns.get(a) ?? 0) - (this.turns.get(b) ?? 0))[0];
  }

  private async work(): Promise<void> {
    while (!this.signal.aborted) {
      const path = this.next();
      if (path === undefined) await new Promise<void>((resolve) => this.idle.push(resolve));
      else await this.ask(path);
    }
  }

  private async ask(path: string): Promise<void> {
    const wanted = this.wanted();
    const call = new AbortController();
    const long = wanted.size <= PLACES.length;
    const waitSeconds = long ? WAIT_SECONDS : TURN_SECONDS;
    this.parked.set(path, { call, long });
    this.turns.set(path, ++this.turn);
    const after = Math.max(wanted.get(path) ?? 0, this.heard.get(path)?.body.position ?? 0);
    const late = setTimeout(() => call.abort(), waitSeconds * 1000 + LATE_MS);
    const since = Date.now();
    try {
      const parked = await this.inPlace(() =>
        this.seams.ask(path, { after, waitSeconds }, call.signal),
      );
      const body = parked ?? (await this.seams.ask(path, undefined, call.signal));
      const at = Date.now();
      if (!this.signal.aborted && this.wanted().has(path)) {
        this.heard.set(path, { body, at });
        this.seams.news(path, body, at);
      }
      // No place was free, or the server answers without news and without waiting, as one does that
      // is about to stop: a short question now and then is enough.
      const early = body.position <= after && at - since < waitSeconds * 500;
      if (parked === undefined || early) await pause(PAUSE_MS, this.signal);
    } catch {
      if (!call.signal.aborted) await pause(PAUSE_MS, this.signal);
    } finally {
      clearTimeout(late);
      this.parked.delete(path);
    }
  }

  // inPlace acts holding one of the places; undefined without a free one.
  private async inPlace(act: () => Promise<News>): Promise<News | undefined> {
    for (const place of PLACES) {
      const news = await this.seams.locks.request(place, { ifAvailable: true }, async (lock) =>
        lock === null ? undefined : act(),
      );
      if (news !== undefined) return news;
    }
    return undefined;
  }
}
