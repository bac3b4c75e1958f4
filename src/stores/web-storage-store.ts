import { TokenStoreError } from '../errors.ts';
import { checkOptions, optional, type Rules } from '../platform/check-options.ts';
import { encodeRecord, isOutdated } from '../token/session-record.ts';
import { storeKey, type TokenStore } from './token-store.ts';

/** What the stores that outlive a page can be told. */
export interface PersistentStoreOptions {
  /**
   * How long a stored session may lie unused, in milliseconds: an older one is removed instead of loaded (STO-8).
   * Default is no limit; the server's refresh token has its own.
   */
  readonly maxAge?: number;
}

/** What is asked of these options. */
export const PERSISTENT_STORE: Rules = {
  maxAge: [optional((maxAge) => typeof maxAge === 'number' && maxAge > 0), 'must be a positive number of milliseconds'],
};

/**
 * Keeps the session in `localStorage`: it survives a reload and a restart of the browser, and all tabs share it.
 * Script in the page can read it, and so can whoever reads the disk.
 *
 * @example
 * createSession({ backend, store: localStorageStore() })
 */
export function localStorageStore(options: PersistentStoreOptions = {}): TokenStore {
  return {
    ...webStorageStore('localStorage', options),
    subscribe(name, listener) {
      const onStorage = (event: StorageEvent): void => {
        // `key` is null when somebody cleared everything (S8).
        if (event.key === null || event.key === storeKey(name)) listener();
      };
      globalThis.addEventListener?.('storage', onStorage);
      return () => globalThis.removeEventListener?.('storage', onStorage);
    },
  };
}

/**
 * Keeps the session in `sessionStorage`: it survives a reload, ends with the tab, and other tabs do not see it.
 * Script in the page can read it.
 *
 * @example
 * createSession({ backend, store: sessionStorageStore() })
 */
export function sessionStorageStore(options: PersistentStoreOptions = {}): TokenStore {
  return webStorageStore('sessionStorage', options);
}

function webStorageStore(area: 'localStorage' | 'sessionStorage', options: PersistentStoreOptions): TokenStore {
  const { maxAge } = checkOptions(`${area}Store`, options, PERSISTENT_STORE);
  /** Reaching for the area may throw already: blocked cookies, an opaque origin (STO-5). */
  function use<T>(what: string, name: string, work: (storage: Storage, key: string) => T): T {
    try {
      return work(globalThis[area], storeKey(name));
    } catch (error) {
      throw new TokenStoreError(`${area} could not ${what} the session.`, error);
    }
  }
  return {
    scope: area === 'localStorage' ? 'origin' : 'tab',
    synchronous: true,
    load(name) {
      // On a server there is no storage, and that is no fault.
      if (!(area in globalThis)) return undefined;
      return use('read', name, (storage, key) => {
        const text = storage.getItem(key);
        if (!isOutdated(text, maxAge, Date.now())) return text ?? undefined;
        storage.removeItem(key);
        return undefined;
      });
    },
    save(name, record) {
      const text = encodeRecord(record);
      use('keep', name, (storage, key) => {
        storage.setItem(key, text);
        // Some private modes and extensions take the write and drop it (S3).
        if (storage.getItem(key) !== text) throw new Error('what was written is not there');
      });
    },
    clear(name) {
      if (!(area in globalThis)) return;
      use('remove', name, (storage, key) => {
        // STO-7: verified, and where removal is refused the value at least is overwritten.
        try {
          storage.removeItem(key);
        } finally {
          if (storage.getItem(key)) storage.setItem(key, '');
        }
        if (storage.getItem(key)) throw new Error('it is still there');
      });
    },
  };
}
