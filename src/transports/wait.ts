import { AuthUnavailableError } from '../errors.ts';
import type { Engine } from '../session/engine.ts';
import type { Epoch } from '../session/holder.ts';

/** What may end a request's waiting early, besides the end of its epoch. */
export interface Waiting {
  /** Calls back, at once if it has happened already, when the caller aborts. */
  onAbort(reject: (error: unknown) => void): () => void;
  /** How long the request may still take as a whole, in milliseconds; undefined when it did not say. */
  readonly timeLeft: number | undefined;
  /** What the client throws when a request takes too long. */
  timeoutError(): unknown;
}

/**
 * Waits for a refresh, or for the restore, no longer than the request itself would: its signal, its time-out, the end of
 * its session, and the session's patience all end it at once. The refresh goes on for the others (C19, ROT-5).
 */
export function waitFor<T>(work: Promise<T>, engine: Engine, epoch: Epoch, waiting: Waiting): Promise<T> {
  return new Promise((resolve, reject) => {
    let stopTimer = (): void => {};
    let stopAbort = (): void => {};
    let isSettled = false;
    const settle = (finish: () => void): void => {
      isSettled = true;
      epoch.flights.delete(fail);
      stopTimer();
      stopAbort();
      finish();
    };
    const fail = (error: unknown): void => settle(() => reject(error));
    // First of all, so that its rejection is heard by somebody even if nobody waits for it any more.
    work.then((value) => settle(() => resolve(value)), fail);
    if (epoch.over !== undefined) return reject(epoch.over);
    epoch.flights.add(fail);
    stopAbort = waiting.onAbort(fail);
    // Aborted already: nothing is left behind that could speak up later.
    if (isSettled) return stopAbort();
    const { timeLeft = Number.POSITIVE_INFINITY } = waiting;
    const isOwnLimit = timeLeft <= engine.patience;
    stopTimer = engine.clock.setTimer(
      () => fail(isOwnLimit ? waiting.timeoutError() : impatience(engine)),
      Math.min(timeLeft, engine.patience),
    );
  });
}

function impatience(engine: Engine): AuthUnavailableError {
  engine.diagnose(
    'refresh-stuck',
    'A request waited for a refresh as long as the session’s patience. If backend.refresh uses a client that this session is attached to, name its URL in backend.endpoints.',
  );
  return new AuthUnavailableError(`No token came within ${engine.patience} ms (the session's patience); try again.`);
}
