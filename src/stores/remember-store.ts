import { decodeRecord } from '../token/session-record.ts';
import type { TokenStore } from './token-store.ts';
import { localStorageStore, sessionStorageStore } from './web-storage-store.ts';

export interface RememberStoreOptions {
  /** Where the session of a user who wants to be remembered is kept. Default is `localStorageStore()`. */
  readonly persistent?: TokenStore;
  /** Where that of everybody else is kept. Default is `sessionStorageStore()`: it ends with the tab. */
  readonly temporary?: TokenStore;
}

/**
 * "Remember me": `signIn(credentials, { remember: true })` keeps the session in the persistent store, anything else in
 * the temporary one. A refresh keeps it where it is.
 *
 * @throws {TypeError} When one of the two stores is asynchronous.
 * @example
 * createSession({ backend, store: rememberStore() })
 */
export function rememberStore(options: RememberStoreOptions = {}): TokenStore {
  const { persistent = localStorageStore(), temporary = sessionStorageStore() } = options;
  if (!persistent.synchronous || !temporary.synchronous) {
    throw new TypeError('rememberStore: both stores must be synchronous; customStore() is not.');
  }
  return {
    scope: persistent.scope,
    synchronous: true,
    // A session that is not to be remembered lasts as long as one of its tabs is open.
    handsOver: (record) => record !== undefined && record.remember !== true && temporary.scope === 'tab',
    load(name) {
      // What the one cannot read, or nobody can use, does not hide what the other has.
      let stored: unknown;
      try {
        stored = persistent.load(name);
      } catch (error) {
        stored = temporary.load(name);
        if (decodeRecord(stored).record === undefined) throw error;
        return stored;
      }
      return decodeRecord(stored).record === undefined ? (temporary.load(name) ?? stored) : stored;
    },
    save(name, record) {
      const [used, other] = record.remember === true ? [persistent, temporary] : [temporary, persistent];
      void used.save(name, record);
      // After the save: a failed one must leave what was there (STO-3).
      void other.clear(name);
    },
    clear(name) {
      // A failure of the one must not spare the other.
      try {
        void persistent.clear(name);
      } finally {
        void temporary.clear(name);
      }
    },
    subscribe(name, listener) {
      const subscriptions = [persistent.subscribe?.(name, listener), temporary.subscribe?.(name, listener)];
      return () => {
        for (const unsubscribe of subscriptions) unsubscribe?.();
      };
    },
  };
}
