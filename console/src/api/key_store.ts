// SPDX-License-Identifier: Apache-2.0
// Where the session and its key live: IndexedDB, which every tab shares; where that is refused, as in
// some private windows, in this tab's memory. A CryptoKey is stored as itself: its bytes never exist
// for a script.

export interface KeptSession {
  id: string;
  token: string;
  userId: string;
  userName: string;
  tenancyId: string;
  tenancyName: string;
  timeExpires: string;
  timeEnds: string;
  key: CryptoKey;
}

const DATABASE = 'perennial-console';
const STORE = 'session';
const CURRENT = 'current';
let inTab: KeptSession | undefined;

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
    request.onblocked = () => reject(new Error('IndexedDB is blocked'));
  });
}

async function run<T>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB'));
    });
  } finally {
    database.close();
  }
}

export async function readSession(): Promise<KeptSession | undefined> {
  try {
    return (await run<KeptSession | undefined>('readonly', (s) => s.get(CURRENT))) ?? inTab;
  } catch {
    return inTab;
  }
}

export async function writeSession(session: KeptSession): Promise<void> {
  try {
    await run('readwrite', (store) => store.put(session, CURRENT));
    inTab = undefined;
  } catch {
    inTab = session;
  }
}

export async function deleteSession(): Promise<void> {
  inTab = undefined;
  try {
    await run('readwrite', (store) => store.delete(CURRENT));
  } catch {
    // Nothing was kept there.
  }
}
