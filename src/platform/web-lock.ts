import { attempt } from './awaitable.ts';
import type { Clock } from './clock.ts';
import { type Lock, limitWaiting, lockUnavailable } from './lock.ts';

/** How often whoever waits asks who has the lock, in milliseconds. */
const ASK_AROUND = 1000;

/** A lock among all tabs of the origin. The browser keeps it, and frees it when the page inside goes away (L1, L2). */
export function createWebLock(locks: LockManager, clock: Clock): Lock {
  return {
    request: (name, wait, signal, body) =>
      new Promise((resolve, reject) => {
        const waiting = new AbortController();
        let work: ReturnType<typeof body> | undefined;
        let stopAsking = (): void => {};
        const stopLimit = limitWaiting(clock, wait, signal, (error) => {
          stopAsking();
          waiting.abort();
          // Not left to the platform: it may never call back (L7), and nobody steals from whoever is inside (L3).
          reject(error);
        });
        const end = (): void => {
          stopLimit();
          stopAsking();
        };
        /** Chromium lets a page take the lock along into the back/forward cache, until somebody asks who has it. */
        const askAround = (): void => {
          stopAsking = clock.setTimer(() => {
            attempt(() => locks.query()).catch(() => {});
            askAround();
          }, ASK_AROUND);
        };
        const enter = async (options: LockOptions, wasContended: boolean): Promise<boolean> =>
          await locks.request(name, options, async (lock) => {
            // Granted to somebody who has given up, it is free again at once.
            if (!lock || waiting.signal.aborted) return false;
            end();
            work = attempt(() => body({ wasContended, isMineFor: () => true }));
            await work.catch(() => {});
            return true;
          });
        const leave = (cause?: unknown): void => {
          end();
          // Also where foreign code stole the lock meanwhile: whether the result still counts is for the fence to say (L6).
          if (work) resolve(work);
          else reject(lockUnavailable(cause));
        };
        if (signal.aborted) return;
        // Granted at once only where nobody is inside or queued, so this overtakes nobody, and tells who had to wait.
        attempt(() => enter({ ifAvailable: true }, false))
          .then((wasInside) => {
            if (wasInside) return true;
            askAround();
            return enter({ signal: waiting.signal }, true);
          })
          .then(leave, leave);
      }),
  };
}

/** The Web Locks of the page; undefined where there are none, or they cannot be used, as in an opaque origin (L5). */
export function findWebLocks(): LockManager | undefined {
  try {
    const { locks } = globalThis.navigator;
    // An opaque origin, such as that of a sandboxed frame, may have them and refuse every request (STO-5).
    return typeof locks.request === 'function' && globalThis.origin !== 'null' ? locks : undefined;
  } catch {
    return undefined;
  }
}
