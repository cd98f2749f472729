// SPDX-License-Identifier: Apache-2.0
// What was entered outlives a reload and a session that ended. Never for secrets.
import { useCallback, useState } from 'react';

const PREFIX = 'perennial.form.';

function read<T>(key: string): T | undefined {
  try {
    const text = sessionStorage.getItem(PREFIX + key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

// useKeptForm is useState whose value stays in this tab until `forget`, called when it was sent.
export function useKeptForm<T>(
  key: string,
  initial: T | (() => T),
): [T, (next: T) => void, () => void] {
  const [value, setValue] = useState<T>(
    () => read<T>(key) ?? (initial instanceof Function ? initial() : initial),
  );
  const set = useCallback(
    (next: T) => {
      setValue(next);
      try {
        sessionStorage.setItem(PREFIX + key, JSON.stringify(next));
      } catch {
        // Full or refused: then it lives as long as the page.
      }
    },
    [key],
  );
  const forget = useCallback(() => sessionStorage.removeItem(PREFIX + key), [key]);
  return [value, set, forget];
}
