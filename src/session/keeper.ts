import { within } from '../platform/awaitable.ts';
import { safeCause } from '../token/redact.ts';
import { type DecodedRecord, decodeRecord, type SessionRecord } from '../token/session-record.ts';
import type { DiagnosticCode } from './emitter.ts';
import type { NormalizedOptions } from './options.ts';
import { secretsOf } from './secrets.ts';

/** The three things that one does with a store; each gives its result at once, or in the end. */
interface Keeping<Load, Done> {
  load(): Load;
  save(record: SessionRecord): Done;
  /** @param isWished Whether the user signs out: then also what a newer release has written goes. */
  clear(isWished?: boolean): Done;
}

/**
 * The session's way to its store: what is read is checked, what fails is a diagnostic and never an error, what hangs is
 * given up (C42, S1, S11).
 */
export interface Keeper extends Keeping<DecodedRecord | Promise<DecodedRecord>, void | Promise<void>> {
  /** The same inside a fence transaction; undefined unless the store is synchronous. */
  readonly now: Keeping<DecodedRecord, void> | undefined;
  /** Whether the store is known to have this session: only then is another, or none, somebody else's doing. */
  isKept(record: SessionRecord): boolean;
}

/** How long one call of an asynchronous store may take, in milliseconds. */
const STORE_LIMIT = 2000;
const FAILED = Symbol();

export function createKeeper(
  { clock, name, store }: NormalizedOptions,
  diagnose: (code: DiagnosticCode, message: string) => void,
): Keeper {
  /** The sessions that the store has shown, or taken. */
  const kept = new Set<string>();
  /**
   * What the store showed last. A failed save leaves it there (STO-3), which is right for an older generation, and wrong
   * for a user whom somebody else has replaced: they would be back with the next reload.
   */
  let shown: SessionRecord | undefined;
  /** Whether a newer release has written there: then only a sign-in may write over it (V1). */
  let isNewer = false;
  /** What the app knows to fail: it is told once, not at each refresh, until it has worked again (STO-5). */
  const failing = new Set<unknown>();

  /** At once where the store is synchronous. `done` gets what the work gave, or FAILED. */
  function use<T>(
    what: 'keep' | 'clear',
    work: () => unknown,
    done: (result: unknown) => T,
    record = shown,
  ): T | Promise<Awaited<T>> {
    const fail = (error: unknown): unknown => {
      // A store of the app's may quote what it was given (LOG-1).
      const { message } = safeCause(error, secretsOf(record));
      if (!failing.has(what)) diagnose('store-failed', message);
      failing.add(what);
      return FAILED;
    };
    if (!store.synchronous) {
      return within<unknown>(clock, STORE_LIMIT, work, late).catch(fail).then(done) as Promise<Awaited<T>>;
    }
    let result: unknown;
    try {
      result = work();
    } catch (error) {
      result = fail(error);
    }
    return done(result);
  }
  const load = (): DecodedRecord | Promise<DecodedRecord> =>
    use(
      'keep',
      () => store.load(name),
      (stored) => {
        const decoded: DecodedRecord =
          stored === FAILED ? { record: undefined, problem: '', isNewer: undefined } : decodeRecord(stored);
        isNewer = decoded.isNewer === true;
        if (decoded.problem) diagnose('record-ignored', decoded.problem);
        if (decoded.record) {
          kept.add(decoded.record.sessionId);
          shown = decoded.record;
        }
        return decoded;
      },
    );
  const save = (record: SessionRecord): void | Promise<void> =>
    use(
      'keep',
      () => (isNewer && record.generation > 1 ? undefined : store.save(name, record)),
      (result) => {
        if (result === FAILED) kept.delete(record.sessionId);
        else {
          kept.add(record.sessionId);
          failing.delete('keep');
          shown = record;
        }
        return shown && shown.sessionId !== record.sessionId ? clear() : undefined;
      },
      record,
    );
  const clear = (isWished = false): void | Promise<void> =>
    use(
      'clear',
      () => (isNewer && !isWished ? undefined : store.clear(name)),
      (result) => {
        if (result === FAILED) return;
        failing.delete('clear');
        shown = undefined;
      },
    );
  const keeping = { load, save, clear };
  return {
    ...keeping,
    now: store.synchronous ? (keeping as Keeping<DecodedRecord, void>) : undefined,
    isKept: ({ sessionId }) => kept.has(sessionId),
  };
}

function late(): Error {
  return new Error('The token store did not answer within 2 seconds.');
}
