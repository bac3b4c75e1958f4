import { AuthUnavailableError } from '../errors.ts';
import { TIMED_OUT, within } from './awaitable.ts';
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
      const { promise: left, resolve: leave } = deferred();
      const tail = before === undefined ? left : before.then(() => left);
      tails.set(name, tail);
      try {
        if (before !== undefined && (await within(clock, wait, before)) === TIMED_OUT) {
          throw new AuthUnavailableError('A refresh under way elsewhere did not end in time; try again.');
        }
        return await body();
      } finally {
        leave();
        if (tails.get(name) === tail) tails.delete(name);
      }
    },
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
