import type { Clock } from '../platform/clock.ts';

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /** Lets time pass, in milliseconds: runs what falls due on the way, in order, and what that sets off. */
  advance(time: number): Promise<void>;
  /** Sets the wall clock forward, or back, as a user or a time server does; nothing else moves. */
  step(time: number): void;
  /** How many timers are armed. */
  pending(): number;
}

/**
 * Makes a clock for tests.
 *
 * @param start Milliseconds since 1970. Default is the first of January 2030.
 */
export function createFakeClock(start: number = Date.UTC(2030, 0, 1)): FakeClock {
  const timers = new Set<{ readonly due: number; readonly callback: () => void }>();
  let elapsed = 0;
  let offset = start;
  return {
    now: () => offset + elapsed,
    monotonic: () => elapsed,
    setTimer(callback, delay) {
      if (!Number.isFinite(delay)) return () => {};
      const timer = { due: elapsed + Math.max(delay, 0), callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(time) {
      const end = elapsed + time;
      await settled();
      for (;;) {
        const [next] = [...timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
        if (next === undefined) break;
        timers.delete(next);
        elapsed = Math.max(elapsed, next.due);
        next.callback();
        await settled();
      }
      elapsed = end;
      await settled();
    },
    step(time) {
      offset += time;
    },
    pending: () => timers.size,
  };
}

/** The platform's own, taken when this is loaded: a runner's fake timers, put in its place later, would never call back. */
const afterMicrotasks = setTimeout;

/** Node's, by which a database in memory goes on; a busy machine may run timers one after the other before it. */
const { setImmediate: afterTimers = afterMicrotasks } = globalThis as {
  setImmediate?: (callback: () => void) => unknown;
};

/** Waits until every promise that can settle without time has done so: a macrotask comes after all of them. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise<void>((resolve) => afterMicrotasks(resolve, 0));
    for (let hop = 0; hop < 5; hop += 1) await new Promise<void>((resolve) => void afterTimers(resolve));
  }
}
