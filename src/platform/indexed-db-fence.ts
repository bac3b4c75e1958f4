import type { Clock, Unsubscribe } from './clock.ts';
import { createMemoryFence, type Fence, type FenceRows } from './fence.ts';

/** How long one attempt at a transaction may take, in milliseconds. */
const LIMIT = 2000;
const STORE = 'rows';

/**
 * The fence of all tabs of an origin, in the IndexedDB database `latchkey.1`; undefined where there is none. It is opened
 * when first used, and again whenever it was lost. Nothing in it is secret (STO-11).
 *
 * An operation that fails or takes more than 2000 milliseconds (2 seconds) is tried once more. When that fails, too, the
 * rest of this page is served from memory, beginning with the rows that were last seen (S6). So **a `change` may run more
 * than once**: what it does besides must be idempotent, and it must know a row that it wrote itself when it comes upon
 * it. A row is replaced, never changed in place.
 *
 * @param onDegraded Is called once, with the cause, when this page goes on without IndexedDB.
 */
export function createIndexedDbFence(clock: Clock, onDegraded: (cause: unknown) => void): Fence | undefined {
  const factory = findFactory();
  if (!factory) return undefined;
  /** The rows as this page last saw them, and all that is left when it is degraded. */
  const seen = createMemoryFence();
  let connection: Promise<IDBDatabase> | undefined;
  let isDegraded = false;
  const running = new Set<IDBTransaction>();
  /** While the page may lie in the back/forward cache: settles when it is shown again. */
  let away: Promise<void> | undefined;
  const hide = ({ persisted }: { readonly persisted?: boolean }): void => {
    if (!persisted) return;
    away = new Promise((resolve) => {
      const show = (): void => {
        away = undefined;
        resolve();
      };
      globalThis.addEventListener('pageshow', show, { once: true });
    });
    // WebKit would keep them open in there, and with them every other tab waiting.
    for (const transaction of running) {
      try {
        transaction.abort();
      } catch {
        // It is being committed already.
      }
    }
  };
  globalThis.addEventListener?.('pagehide', hide);

  return {
    get isShared() {
      return !isDegraded;
    },
    read: (keys) => run('readonly', keys, (rows) => rows),
    update: (keys, change) => run('readwrite', keys, change),
    close() {
      globalThis.removeEventListener?.('pagehide', hide);
      if (connection) forget(connection);
    },
  };

  async function run<T>(mode: IDBTransactionMode, keys: readonly string[], change: (rows: FenceRows) => T): Promise<T> {
    if (!isDegraded) {
      const tryNow = (): Promise<() => T> => tryOnce(mode, keys, change);
      const transact = (): Promise<() => T> => (away ? away.then(tryNow) : tryNow());
      const outcome = await transact().catch(transact).catch(degrade);
      // Another operation may have degraded this page meanwhile: then memory alone counts, for this one as well.
      if (outcome && !isDegraded) return outcome();
    }
    return seen.update(keys, change);
  }

  function degrade(cause: unknown): undefined {
    if (!isDegraded) {
      isDegraded = true;
      onDegraded(cause);
    }
  }

  /** Gives what to return or throw; rejects where it is IndexedDB that failed, and then nothing of it is left running. */
  function tryOnce<T>(
    mode: IDBTransactionMode,
    keys: readonly string[],
    change: (rows: FenceRows) => T,
  ): Promise<() => T> {
    return new Promise((resolve, reject) => {
      connection ??= open();
      const opening = connection;
      let transaction: IDBTransaction | undefined;
      let cancel: Unsubscribe;
      let hasFailed = false;
      const fail = (cause: unknown): void => {
        hasFailed = true;
        if (transaction) running.delete(transaction);
        cancel();
        forget(opening);
        try {
          // What is late must not write after the next attempt has read.
          transaction?.abort();
        } catch {
          // It is being committed already; the next attempt waits for it, and sees what it wrote.
        }
        reject(cause);
      };
      // In two steps: after the page was blocked or frozen, its timers may run before the answers that wait for it (L4).
      cancel = clock.setTimer(() => {
        cancel = clock.setTimer(() => fail(new Error('IndexedDB did not answer in time.')), LIMIT / 2);
      }, LIMIT / 2);

      opening
        .then((database) => {
          if (hasFailed) return;
          // Other tabs see what is complete either way. Only a crash of the whole system can undo it; a flush is slow.
          const own = database.transaction(STORE, mode, { durability: 'relaxed' });
          transaction = own;
          running.add(own);
          const store = own.objectStore(STORE);
          const rows: FenceRows = new Map();
          let outcome: () => T;
          own.onabort = () => fail(own.error);
          own.oncomplete = () => {
            cancel();
            running.delete(own);
            if (!isDegraded) void seen.update(keys, (old) => copy(keys, rows, old));
            resolve(outcome);
          };
          keys.forEach((key, index) => {
            const request = store.get(key);
            request.onsuccess = () => {
              if (request.result !== undefined) rows.set(key, request.result);
              // The answers come in the order of the questions.
              if (index === keys.length - 1) decide();
            };
          });
          function decide(): void {
            const changed = new Map(rows);
            try {
              const result = change(changed);
              outcome = () => result;
            } catch (error) {
              outcome = () => {
                throw error;
              };
              return;
            }
            for (const key of keys) {
              const row = changed.get(key);
              if (row === rows.get(key)) continue;
              if (row === undefined) store.delete(key);
              else store.put(row, key);
            }
            copy(keys, changed, rows);
          }
        })
        .catch(fail);
    });
  }

  function open(): Promise<IDBDatabase> {
    const opening = new Promise<IDBDatabase>((resolve, reject) => {
      // No version is asked for: the name has it. So an older release goes on working beside a newer one (V1, V4).
      const request = (factory as IDBFactory).open('latchkey.1');
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onsuccess = () => {
        const database = request.result;
        // Closed for whoever wants to delete it, or by the browser: the next use opens it anew.
        database.onversionchange = database.onclose = () => forget(opening);
        resolve(database);
      };
      request.onerror = (event) => {
        // Else Firefox reports it to the page as an error of nobody's.
        event.preventDefault();
        reject(request.error);
      };
    });
    return opening;
  }

  /** Closes a connection, even one that is only just being opened, once its transactions are complete. */
  function forget(opening: Promise<IDBDatabase>): void {
    if (connection === opening) connection = undefined;
    opening.then(
      (database) => database.close(),
      () => {},
    );
  }
}

/** Makes the rows of these keys in one map the same as in another. */
function copy(keys: readonly string[], from: FenceRows, to: FenceRows): void {
  for (const key of keys) {
    if (from.has(key)) to.set(key, from.get(key));
    else to.delete(key);
  }
}

function findFactory(): IDBFactory | undefined {
  try {
    // The very look at it throws where storage is denied (STO-5).
    return globalThis.indexedDB;
  } catch {
    return undefined;
  }
}
