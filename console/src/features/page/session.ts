// SPDX-License-Identifier: Apache-2.0
import { useSyncExternalStore } from 'react';

import { currentReach, type Reach, subscribeReach } from '../../api/reach';
import { sessionState, type SessionState, subscribeSession } from '../../api/session';

export function useSession(): SessionState {
  return useSyncExternalStore(subscribeSession, sessionState);
}

export function useReach(): Reach {
  return useSyncExternalStore(subscribeReach, currentReach);
}
