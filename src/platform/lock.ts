import { AuthUnavailableError } from '../errors.ts';
import type { Clock, Unsubscribe } from './clock.ts';

/** What somebody knows who is inside a lock. */
export interface Turn {
  /** Whether it had to wait for somebody else. */
  readonly wasContended: boolean;
  /**
   * Whether nobody else can be inside before `time` milliseconds are over. Always true where the platform itself keeps
   * the lock; a lease runs out under a page that was frozen.
   */
  isMineFor(time: number): boolean;
}

/** Lets one at a time in. Never stolen: whoever waits too long gives up, because stealing sends a refresh token twice. */
export interface Lock {
  /**
   * Runs the body when nobody else of that name is inside.
   *
   * @param wait How long to wait for the turn, in milliseconds.
   * @param signal Ends the waiting; whoever is inside stays.
   * @throws {AuthUnavailableError} When the turn did not come; the body is not run then.
   */
  request<T>(name: string, wait: number, signal: AbortSignal, body: (turn: Turn) => Promise<T>): Promise<T>;
}

/** For each name, the promise that settles when everybody who is queued by now has left. */
const tails = new Map<string, Promise<void>>();

/**
 * A lock among everything that runs in this tab.
 *
 * @param queues Whoever shares these waits for each other. Default is one table for all.
 */
export function createTabLock(clock: Clock, queues: Map<string, Promise<void>> = tails): Lock {
  return {
    async request(name, wait, signal, body) {
      const before = queues.get(name);
      let leave = (): void => {};
      const left = new Promise<void>((resolve) => {
        leave = resolve;
      });
      // Whoever gives up leaves its place in the queue, not the queue: the next one waits for all who came before.
      const tail = before ? before.then(() => left) : left;
      queues.set(name, tail);
      try {
        if (before || signal.aborted) {
          await new Promise<void>((resolve, reject) => {
            const end = limitWaiting(clock, wait, signal, reject);
            void before?.then(end).then(resolve);
          });
        }
        return await body({ wasContended: before !== undefined, isMineFor: () => true });
      } finally {
        leave();
        if (queues.get(name) === tail) queues.delete(name);
      }
    },
  };
}

/**
 * Lets whoever waits for a turn give up: once, when `wait` milliseconds are over or the signal is aborted, or was.
 *
 * @returns Ends the waiting; to be called when the turn has come.
 */
export function limitWaiting(
  clock: Clock,
  wait: number,
  signal: AbortSignal,
  giveUp: (error: AuthUnavailableError) => void,
): Unsubscribe {
  const tire = (): void => {
    end();
    giveUp(lockUnavailable());
  };
  const cancel = clock.setTimer(tire, wait);
  // One signal outlives many turns, so that nothing of them may stay on it (C48).
  const end = (): void => {
    cancel();
    signal.removeEventListener('abort', tire);
  };
  if (signal.aborted) tire();
  else signal.addEventListener('abort', tire);
  return end;
}

/** What whoever did not get the turn is told. */
export function lockUnavailable(cause?: unknown): AuthUnavailableError {
  return new AuthUnavailableError('A refresh elsewhere did not end in time; try again.', { cause });
}
