// SPDX-License-Identifier: Apache-2.0
// The state of one edit window that somebody else may be editing too.
import { useState } from 'react';

import { type Guard, saveGuarded, type Seen } from './guarded-save';

export interface GuardedSave<T> {
  busy: boolean;
  error: unknown;
  // As it was when the window opened, or when theirs was taken over.
  seen: Seen<T>;
  // What somebody else saved meanwhile: a person has to choose.
  theirs: Seen<T> | undefined;
  save: () => Promise<void>;
  // Save over theirs: but only over what was shown.
  replace: () => Promise<void>;
  // Go on from theirs; the form has to show it.
  take: () => void;
  clearError: () => void;
}

// useGuardedSave: `opened` counts once. What is fetched behind an open window must neither change the
// form under the hands, nor pass for what the person has seen.
export function useGuardedSave<T, R>(
  opened: Seen<T>,
  guard: Guard<T, R>,
  onSaved: (result: R) => void,
): GuardedSave<T> {
  const [seen, setSeen] = useState(opened);
  const [theirs, setTheirs] = useState<Seen<T>>();
  // Knows what this window itself saved last: going back to the form after that is no conflict.
  const [own, setOwn] = useState<(now: T) => boolean>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const from = async (base: Seen<T>): Promise<void> => {
    setBusy(true);
    setError(undefined);
    setSeen(base);
    try {
      const same = (now: T, then: T): boolean => guard.same(now, then) || own?.(now) === true;
      const outcome = await saveGuarded(base, { ...guard, same });
      setTheirs(outcome.saved ? undefined : outcome.theirs);
      if (outcome.saved) {
        setOwn(() => guard.wanted);
        onSaved(outcome.result);
      }
    } catch (thrown) {
      setTheirs(undefined);
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return {
    busy,
    error,
    seen,
    theirs,
    save: () => from(seen),
    replace: () => from(theirs ?? seen),
    take: () => {
      if (theirs !== undefined) setSeen(theirs);
      setTheirs(undefined);
      setError(undefined);
    },
    clearError: () => setError(undefined),
  };
}
