import type { Clock } from './clock.ts';

/** What `within` answers when the time was over first. */
export const TIMED_OUT: unique symbol = Symbol('timed out');

/**
 * Waits for work, but not for ever. The work itself goes on.
 *
 * @param limit In milliseconds.
 */
export function within<T>(clock: Clock, limit: number, work: Promise<T>): Promise<T | typeof TIMED_OUT> {
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimer(() => resolve(TIMED_OUT), limit);
    work.then(resolve, reject).finally(cancel);
  });
}

/** Runs work that may throw at once or give no promise at all, as a user's own function may, and always gives a promise. */
export async function attempt<T>(work: () => T | PromiseLike<T>): Promise<T> {
  return await work();
}
