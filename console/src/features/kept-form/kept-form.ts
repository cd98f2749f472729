// SPDX-License-Identifier: Apache-2.0
import { useCallback, useState } from 'react';

import { sessionState } from '../../api/session';
import { Kept } from './kept';

export interface KeptForm<T extends object> {
  value: T;
  // What was entered, without the usual values.
  changes: Partial<T>;
  change: (part: Partial<T>) => void;
  // forget is called when it was sent; what is on the screen stays.
  forget: () => void;
  // See Kept.
  send: <B, R>(
    what: string,
    make: () => B,
    post: (body: B, retryToken: string) => Promise<R>,
  ) => Promise<R>;
  // It came from an earlier page, and the person should be told.
  restored: boolean;
  // startAgain gives it up.
  startAgain: () => void;
}

// useKeptForm keeps what is changed of the usual values. Never for secrets.
export function useKeptForm<T extends object>(key: string, usual: T): KeptForm<T> {
  const [kept] = useState(() => {
    const session = sessionState();
    const user = 'person' in session ? session.person.userId : '';
    return new Kept<T>(key, user, sessionStorage);
  });
  const [changes, setChanges] = useState(kept.changes);
  const [restored, setRestored] = useState(kept.found);
  const change = useCallback(
    (part: Partial<T>) => {
      kept.change(part);
      setChanges(kept.changes);
    },
    [kept],
  );
  return {
    value: { ...usual, ...changes },
    changes,
    change,
    forget: () => kept.forget(),
    send: (what, make, post) => kept.send(what, usual, make, post),
    restored,
    startAgain: () => {
      kept.forget();
      setChanges({});
      setRestored(false);
    },
  };
}
