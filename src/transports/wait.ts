import { AuthUnavailableError } from '../errors.ts';
import type { Engine } from '../session/engine.ts';
import type { Epoch } from '../session/held.ts';
import type { Wire } from './authorized.ts';

/** One request on its way through the policy. */
export interface Way<Call> {
  readonly call: Call;
  /** To which it belongs. */
  readonly epoch: Epoch;
  /** When it has to be done, by the monotonic clock; undefined when it did not say. */
  readonly deadline: number | undefined;
}

/**
 * Waits for a refresh, or for the restore, no longer than the request itself would: its signal, its time-out, the end of
 * its session, and the session's patience all end it at once. The refresh goes on for the others (C19, ROT-5).
 */
export function waitFor<T, Call>(
  work: Promise<T>,
  engine: Engine,
  wire: Wire<Call, unknown>,
  way: Way<Call>,
): Promise<T> {
  const { call, epoch } = way;
  let stop = (): void => {};
  return new Promise<T>((resolve, reject) => {
    // First of all, so that its rejection is heard by somebody even if nobody waits for it any more.
    work.then(resolve, reject);
    if (epoch.over) return reject(epoch.over);
    const { patience, clock } = engine;
    const left = timeLeft(engine, way) ?? Number.POSITIVE_INFINITY;
    epoch.flights.add(reject);
    const stopAbort = wire.onAbort(call, reject);
    const stopTimer = clock.setTimer(
      () => reject(left <= patience ? wire.timeoutError(call) : impatience(engine)),
      Math.min(left, patience),
    );
    stop = () => {
      epoch.flights.delete(reject);
      stopTimer();
      stopAbort();
    };
  }).finally(() => stop());
}

/** How long a request may still take as a whole, in milliseconds; undefined when it did not say. */
export function timeLeft({ clock }: Engine, { deadline }: Way<unknown>): number | undefined {
  return deadline && Math.max(deadline - clock.monotonic(), 1);
}

function impatience({ patience, diagnose }: Engine): AuthUnavailableError {
  diagnose(
    'refresh-stuck',
    'A request lost its patience: is the URL of backend.refresh, on an attached client, in backend.endpoints?',
  );
  return new AuthUnavailableError(`No token came within ${patience} ms: try again.`);
}
