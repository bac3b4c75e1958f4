import { AuthUnavailableError } from '../errors.ts';
import { within } from './awaitable.ts';
import type { Clock } from './clock.ts';

/** Lets one at a time in. Never stolen: whoever waits too long gives up, because stealing sends a refresh token twice. */
export interface Lock {
  /**
   * Runs the body when nobody else of that name is inside.
   *
   * @param wait How long to wait for the turn, in milliseconds.
   * @throws {AuthUnavailableError} When the turn did not come in time; the body is not run then.
   */
  request<T>(name: string, wait: number, body: () => Promise<T>): Promise<T>;
}

/** For each name, the promise that settles when everybody who is queued by now has left. */
const tails = new Map<string, Promise<void>>();

/** A lock among everything that runs in this tab. */
export function createTabLock(clock: Clock): Lock {
  return {
    async request(name, wait, body) {
      const before = tails.get(name);
      let leave = (): void => {};
      const left = new Promise<void>((resolve) => {
        leave = resolve;
      });
      // Whoever gives up leaves its place in the queue, not the queue: the next one waits for all who came before.
      const tail = before ? before.then(() => left) : left;
      tails.set(name, tail);
      try {
        if (before) await within(clock, wait, () => before, late);
        return await body();
      } finally {
        leave();
        if (tails.get(name) === tail) tails.delete(name);
      }
    },
  };
}

function late(): AuthUnavailableError {
  return new AuthUnavailableError('A refresh elsewhere did not end in time; try again.');
}
