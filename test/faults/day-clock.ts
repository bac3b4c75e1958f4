import { setImmediate as macrotask } from 'node:timers/promises';
import type { Clock } from '../../src/platform/clock.ts';

/** A clock of virtual time, on a device that sleeps and whose wall clock is set now and then. */
export interface DayClock extends Clock {
  /** Milliseconds since 1970, as everybody else has it. */
  truth(): number;
  /** For how long the device was awake, in milliseconds. */
  awake(): number;
  /** Lets time pass while the device is awake. */
  advance(time: number): Promise<void>;
  /** Lets time pass while it sleeps: no timer runs, and each is late by as much. */
  sleep(time: number): void;
  /** Sets its wall clock. */
  step(time: number): void;
  /** How many timers are armed. */
  pending(): number;
}

export function createDayClock(start: number = Date.UTC(2030, 0, 1)): DayClock {
  const timers = new Set<{ readonly due: number; readonly callback: () => void }>();
  let [elapsed, slept, offset] = [0, 0, 0];
  return {
    truth: () => start + elapsed + slept,
    awake: () => elapsed,
    now: () => start + elapsed + slept + offset,
    monotonic: () => elapsed + slept,
    setTimer(callback, delay) {
      if (!Number.isFinite(delay)) return () => {};
      const timer = { due: elapsed + Math.max(delay, 0), callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(time) {
      const end = elapsed + time;
      // All that is asynchronous here is promises, and those have settled when the next macrotask comes.
      await macrotask();
      for (;;) {
        let next: { readonly due: number; readonly callback: () => void } | undefined;
        for (const timer of timers) if (timer.due <= end && (!next || timer.due < next.due)) next = timer;
        if (!next) break;
        timers.delete(next);
        elapsed = Math.max(elapsed, next.due);
        next.callback();
        await macrotask();
      }
      elapsed = end;
    },
    sleep(time) {
      slept += time;
    },
    step(time) {
      offset += time;
    },
    pending: () => timers.size,
  };
}
