import { attempt, TIMED_OUT, within } from '../platform/awaitable.ts';
import type { Clock } from '../platform/clock.ts';
import type { TokenStore } from '../stores/token-store.ts';
import { type DecodedRecord, decodeRecord, type SessionRecord } from '../token/session-record.ts';
import type { DiagnosticCode } from './emitter.ts';

/**
 * The session's way to its store: what is read is checked, what fails is a diagnostic and never an error, what hangs is
 * given up (C42, S1, S11).
 */
export interface Keeper {
  load(): Promise<DecodedRecord>;
  save(record: SessionRecord): Promise<void>;
  clear(): Promise<void>;
  /** The same three inside a fence transaction: they do nothing, and `loadNow` shows nothing, unless the store is synchronous. */
  loadNow(): DecodedRecord;
  saveNow(record: SessionRecord): void;
  clearNow(): void;
  /** Whether the store is known to have a record: only then does an empty one mean that somebody emptied it. */
  isKept(): boolean;
}

/** How long one call of an asynchronous store may take, in milliseconds. */
const STORE_LIMIT = 2000;
const FAILED = Symbol('failed');

export function createKeeper(
  store: TokenStore,
  name: string,
  clock: Clock,
  diagnose: (code: DiagnosticCode, message: string) => void,
): Keeper {
  let kept = false;

  function fail(error: unknown): typeof FAILED {
    diagnose('store-failed', error instanceof Error ? error.message : 'The token store failed.');
    return FAILED;
  }
  function now<T>(work: () => T): T | typeof FAILED {
    try {
      return work();
    } catch (error) {
      return fail(error);
    }
  }
  async function later<T>(work: () => T): Promise<Awaited<T> | typeof FAILED> {
    try {
      const result = await within(clock, STORE_LIMIT, attempt(work));
      return result === TIMED_OUT ? fail(new Error('The token store did not answer within 2 seconds.')) : result;
    } catch (error) {
      return fail(error);
    }
  }
  function read(stored: unknown): DecodedRecord {
    if (stored === FAILED) return { record: undefined, problem: 'The token store failed.' };
    const decoded = decodeRecord(stored);
    if (decoded.problem !== undefined) diagnose('record-ignored', decoded.problem);
    if (decoded.record !== undefined) kept = true;
    return decoded;
  }

  return {
    load: async () => read(store.synchronous ? now(() => store.load(name)) : await later(() => store.load(name))),
    async save(record) {
      kept = (await later(() => store.save(name, record))) !== FAILED;
    },
    async clear() {
      await later(() => store.clear(name));
    },
    loadNow: () => (store.synchronous ? read(now(() => store.load(name))) : { record: undefined }),
    saveNow(record) {
      if (store.synchronous) kept = now(() => store.save(name, record)) !== FAILED;
    },
    clearNow() {
      if (store.synchronous) void now(() => store.clear(name));
    },
    isKept: () => kept,
  };
}
