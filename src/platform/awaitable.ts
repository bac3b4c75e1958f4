import type { Clock } from './clock.ts';

/**
 * Runs work and waits for it, but not for ever; the work itself goes on. It may throw at once or give no promise at all,
 * as a user's own function may.
 *
 * @param limit In milliseconds.
 * @param late Gives what to reject with when the time was over first.
 */
export function within<T>(clock: Clock, limit: number, work: () => T | PromiseLike<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    // In two steps: after a page was frozen, its timers may run before the answer that has come meanwhile.
    let cancel = clock.setTimer(() => {
      cancel = clock.setTimer(() => reject(late()), 0);
    }, limit);
    attempt(work)
      .then(resolve, reject)
      .finally(() => cancel());
  });
}

/** Runs work that may throw at once or give no promise at all, and always gives a promise. */
export async function attempt<T>(work: () => T | PromiseLike<T>): Promise<T> {
  return await work();
}
