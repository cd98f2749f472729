// SPDX-License-Identifier: Apache-2.0
// What a person entered into a form, kept in this tab until it was sent: it outlives a reload, a session
// that ended and an answer that was lost. Never for secrets.

// One sending of the form. Should its answer be lost, the same is sent again under the same token, and
// the server does it once.
interface Attempt {
  // The form as it was.
  of: string;
  body: unknown;
  retryToken: string;
}

interface Entry<T> {
  // Whose it is: nobody else is shown it.
  user: string;
  changes: Partial<T>;
  attempts: Record<string, Attempt>;
}

const PREFIX = 'perennial.form.';

// A refusal says that nothing was done. No answer, and trouble of the server's own, say nothing.
function outcomeKnown(error: unknown): boolean {
  const { status } = error as { status?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500;
}

export class Kept<T extends object> {
  // Whether this is what an earlier page left.
  readonly found: boolean;
  private entry: Entry<T>;

  constructor(
    private readonly key: string,
    private readonly user: string,
    private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
  ) {
    const entry = this.read();
    this.found = entry !== undefined;
    this.entry = entry ?? { user, changes: {}, attempts: {} };
  }

  // What was entered, apart from what would stand there anyway.
  get changes(): Partial<T> {
    return this.entry.changes;
  }

  change(part: Partial<T>): void {
    this.write({ ...this.entry, changes: { ...this.entry.changes, ...part } });
  }

  // forget: it was sent, or given up.
  forget(): void {
    this.entry = { ...this.entry, changes: {}, attempts: {} };
    this.storage.removeItem(PREFIX + this.key);
  }

  // send makes a body and posts it. As long as it is not known what became of that, and the form is the
  // same, the next call posts the same body again. `what` tells the requests of one form apart.
  async send<B, R>(
    what: string,
    usual: T,
    make: () => B,
    post: (body: B, retryToken: string) => Promise<R>,
  ): Promise<R> {
    const of = JSON.stringify({ ...usual, ...this.entry.changes });
    const last = this.entry.attempts[what];
    const attempt =
      last?.of === of ? last : { of, body: make(), retryToken: crypto.randomUUID() };
    this.write({ ...this.entry, attempts: { ...this.entry.attempts, [what]: attempt } });
    try {
      return await post(attempt.body as B, attempt.retryToken);
    } catch (error) {
      if (outcomeKnown(error)) {
        const { [what]: refused, ...attempts } = this.entry.attempts;
        this.write({ ...this.entry, attempts });
      }
      throw error;
    }
  }

  private read(): Entry<T> | undefined {
    try {
      const entry = JSON.parse(this.storage.getItem(PREFIX + this.key) ?? '') as Entry<T>;
      return entry.user === this.user ? entry : undefined;
    } catch {
      return undefined;
    }
  }

  private write(entry: Entry<T>): void {
    this.entry = entry;
    try {
      this.storage.setItem(PREFIX + this.key, JSON.stringify(entry));
    } catch {
      // Full or refused: then it lives as long as the page.
    }
  }
}
