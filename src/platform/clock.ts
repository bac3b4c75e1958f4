/** Undoes something; calling it again does nothing. */
export type Unsubscribe = () => void;

/** Time, as the engine sees it. Tests put a fake one in its place. */
export interface Clock {
  /** Milliseconds since 1970, as the device believes; may be wrong, and may step. */
  now(): number;
  /** Milliseconds since some moment; never steps back, but may stand still while the device sleeps. */
  monotonic(): number;
  /** Calls back once, not before `delay` milliseconds have passed. A delay that is not finite never calls back. */
  setTimer(callback: () => void, delay: number): Unsubscribe;
}

/** The longest delay that engines take; beyond it they fire at once (JWT-5). */
const MAX_DELAY = 2 ** 31 - 1;

/** The clock of the platform. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(callback, delay) {
    if (!Number.isFinite(delay)) return () => {};
    let handle: ReturnType<typeof setTimeout>;
    const arm = (rest: number): void => {
      const step = Math.min(Math.max(rest, 0), MAX_DELAY);
      handle = setTimeout(() => (rest > step ? arm(rest - step) : callback()), step);
    };
    arm(delay);
    return () => clearTimeout(handle);
  },
};
