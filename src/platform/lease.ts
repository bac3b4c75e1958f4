import type { Clock } from './clock.ts';
import type { Fence, FenceRows } from './fence.ts';
import { createTabLock, type Lock, limitWaiting, lockUnavailable, type Turn } from './lock.ts';

/** How long a lease lasts, in milliseconds: longer than the 30 seconds that a refresh may take, else it were a steal. */
const LIFE = 45_000;
/** The first and the longest pause between two looks at somebody else's lease, in milliseconds. */
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 1000;

/**
 * A lock among all tabs of the origin for pages without Web Locks, kept as rows `lease:<name>` of a fence (L5). It lasts
 * 45000 milliseconds (45 seconds), which is what others wait when the page inside is gone without having left. Whoever
 * is inside asks `isMineFor` before each step that nobody else may take: a page that was frozen wakes up past its time.
 *
 * All tabs of a device have one wall clock. Set back, it keeps nobody out for longer than a lease lasts. Set forward, it
 * lets in early only whoever comes after that, and `isMineFor` then is false for whoever was inside, until it is set back.
 *
 * @param random From 0 to 1.
 */
export function createLease(fence: Fence, clock: Clock, random: () => number): Lock {
  // Of all that contend in this page only one looks at the fence, and the next need not wait to look again.
  const queue = createTabLock(clock, new Map());
  return {
    request(name, wait, signal, body) {
      const giveUpAt = clock.monotonic() + wait;
      return queue.request(name, wait, signal, (turn) => enter(turn, name, giveUpAt - clock.monotonic(), signal, body));
    },
  };

  async function enter<T>(
    { wasContended }: Turn,
    name: string,
    wait: number,
    signal: AbortSignal,
    body: (turn: Turn) => Promise<T>,
  ): Promise<T> {
    const key = `lease:${name}`;
    const owner = random();
    let taken = { now: 0, monotonic: 0 };
    /** Whose lease is in the way, and when it is over by this page's own time. */
    let other: unknown;
    let freeAt = 0;

    const take = (rows: FenceRows): boolean => {
      const now = clock.now();
      const monotonic = clock.monotonic();
      const row = rows.get(key) as { readonly owner: unknown; readonly until: number } | undefined;
      if (row && row.owner !== owner) {
        const isTooFar = row.until - now > LIFE;
        // Whoever has once seen a lease waits for its end by a clock that never steps: the wall clock, set forward,
        // would let them in early, and set back would keep them out.
        if (row.owner !== other) freeAt = monotonic + (isTooFar ? LIFE : row.until - now);
        other = row.owner;
        if (monotonic < freeAt) {
          // The wall clock was set back: without this, whoever comes later would wait for it to catch up.
          if (isTooFar) rows.set(key, { owner: row.owner, until: now + LIFE });
          wasContended = true;
          return false;
        }
      }
      taken = { now, monotonic };
      rows.set(key, { owner, until: now + LIFE });
      return true;
    };

    const leave = (): void => {
      fence
        .update([key], (rows) => {
          const row = rows.get(key) as { readonly owner: unknown } | undefined;
          // Past its life it may be somebody else's by now.
          if (row?.owner === owner) rows.delete(key);
        })
        .catch(() => {});
    };

    await new Promise<void>((resolve, reject) => {
      let hasGivenUp = false;
      let pause = FIRST_PAUSE;
      let cancel = (): void => {};
      const end = limitWaiting(clock, wait, signal, (error) => {
        hasGivenUp = true;
        cancel();
        reject(error);
      });
      const look = (): void => {
        fence.update([key], take).then(
          (isMine) => {
            if (hasGivenUp) {
              if (isMine) leave();
            } else if (isMine) {
              end();
              resolve();
            } else {
              // No two tabs in step: one of them would always be the later.
              cancel = clock.setTimer(look, pause * (1 + random() / 4));
              pause = Math.min(pause * 1.5, LONGEST_PAUSE);
            }
          },
          (error: unknown) => {
            end();
            reject(lockUnavailable(error));
          },
        );
      };
      look();
    });
    try {
      return await body({
        wasContended,
        // The larger of the two: the one stands still while the device sleeps, the other may be set back (T5).
        isMineFor: (time) => Math.max(clock.now() - taken.now, clock.monotonic() - taken.monotonic) + time <= LIFE,
      });
    } finally {
      leave();
    }
  }
}
