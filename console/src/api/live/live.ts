// SPDX-License-Identifier: Apache-2.0
// What a person watches while it changes, over all tabs of one session together. A browser gives an
// origin six connections: with a call parked by each of six tabs the seventh request would not be
// sent. So one tab in sight leads and parks for all (leader.ts); the others hear it from there.
import { Leader, type LeaderSeams, type News, type Wants } from './leader';

export type { News } from './leader';

type Message =
  | { kind: 'roll' }
  | { kind: 'wants'; tab: string; wants: Wants }
  | { kind: 'news'; path: string; body: News; at: number };

export interface Seams {
  // Which tab this is, among all.
  tab: string;
  locks: Pick<LockManager, 'request'>;
  openChannel: (name: string) => BroadcastChannel;
  ask: LeaderSeams['ask'];
}

interface Following {
  path: string;
  // What this tab knows already.
  position: () => number;
  hear: (body: News, at: number) => void;
}

export class Live {
  private readonly following = new Set<Following>();
  private inSight = true;
  private session: string | undefined;
  private channel: BroadcastChannel | undefined;
  private candidacy: AbortController | undefined;
  private leader: Leader | undefined;

  constructor(private readonly seams: Seams) {}

  // follow tells `hear` each change of what GET `path` answers, and when it was heard, until the
  // function that it returns is called. That nothing changed is told too, now and then.
  follow(path: string, position: () => number, hear: Following['hear']): () => void {
    const entry = { path, position, hear };
    this.following.add(entry);
    this.changed();
    return () => {
      this.following.delete(entry);
      this.changed();
    };
  }

  // bind: what one session may read is told to tabs of that session only. Without one all is quiet.
  bind(session: string | undefined): void {
    if (session === this.session) return;
    this.changed('leave');
    this.channel?.close();
    this.session = session;
    this.channel = undefined;
    if (session === undefined) return;
    this.channel = this.seams.openChannel(nameOf(session));
    this.channel.onmessage = ({ data }: MessageEvent<Message>) => this.take(data);
    this.changed();
  }

  // show: a tab out of sight neither parks nor has others park for it.
  show(inSight: boolean): void {
    if (inSight === this.inSight) return;
    this.inSight = inSight;
    this.changed();
  }

  // wake: the connections of what was parked may be dead without our having been told.
  wake(): void {
    this.leader?.cut();
  }

  private wants(): Wants {
    if (!this.inSight) return {};
    return Object.fromEntries(
      [...this.following].map(({ path, position }) => [path, position()]),
    );
  }

  private changed(leave?: 'leave'): void {
    if (this.session === undefined) return;
    const wants = leave === undefined ? this.wants() : {};
    this.say({ kind: 'wants', tab: this.seams.tab, wants });
    if (Object.keys(wants).length > 0) this.stand(this.session);
    else {
      this.candidacy?.abort();
      this.candidacy = undefined;
    }
  }

  // stand queues for leadership; it passes on as soon as the one before ends it, or is no more.
  private stand(session: string): void {
    if (this.candidacy !== undefined) return;
    const candidacy = new AbortController();
    this.candidacy = candidacy;
    const { signal } = candidacy;
    const { locks, ask } = this.seams;
    const lead = async (): Promise<void> => {
      if (signal.aborted) return;
      const leader = new Leader(
        {
          locks,
          ask,
          news: (path, body, at) => this.say({ kind: 'news', path, body, at }),
          roll: () => this.say({ kind: 'roll' }),
        },
        signal,
      );
      this.leader = leader;
      try {
        await leader.run();
      } finally {
        if (this.leader === leader) this.leader = undefined;
      }
    };
    // It throws when we gave up before it was our turn.
    locks.request(nameOf(session), { signal }, lead).catch(() => undefined);
  }

  // say tells every tab, this one included.
  private say(message: Message): void {
    this.channel?.postMessage(message);
    this.take(message);
  }

  private take(message: Message): void {
    switch (message.kind) {
      case 'roll':
        return this.say({ kind: 'wants', tab: this.seams.tab, wants: this.wants() });
      case 'wants':
        return this.leader?.told(message.tab, message.wants);
      case 'news':
        for (const { path, hear } of this.following) {
          if (path === message.path) hear(message.body, message.at);
        }
    }
  }
}

function nameOf(session: string): string {
  return `perennial-live-${session}`;
}
