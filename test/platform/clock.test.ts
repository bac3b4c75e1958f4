import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';

const LONGEST = 2 ** 31 - 1;

describe('the clock of the platform', () => {
  beforeEach(() => vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) }));
  afterEach(() => vi.useRealTimers());

  it('tells the wall time, and a time of its own that never steps back', () => {
    expect(systemClock.now()).toBe(Date.UTC(2030, 0, 1));
    const before = systemClock.monotonic();
    vi.setSystemTime(Date.UTC(2020, 0, 1));
    expect(systemClock.now()).toBe(Date.UTC(2020, 0, 1));
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
  });

  it('calls back once, and not before the delay has passed', () => {
    const callback = vi.fn();
    systemClock.setTimer(callback, 1000);
    vi.advanceTimersByTime(999);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000_000);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('does not call back after it was cancelled, and cancels twice', () => {
    const callback = vi.fn();
    const cancel = systemClock.setTimer(callback, 1000);
    cancel();
    cancel();
    vi.advanceTimersByTime(2000);
    expect(callback).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['one more than engines take', LONGEST + 1],
    ['30 days', 30 * 24 * 3600_000],
    ['10 years', 10 * 365 * 24 * 3600_000],
  ])('waits %s in full, and never asks the platform for longer than it can (JWT-5, C11)', (_, delay) => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const callback = vi.fn();
    systemClock.setTimer(callback, delay);
    vi.advanceTimersByTime(delay - 1);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledTimes(1);
    expect(timers.mock.calls.map(([, asked = 0]) => asked).filter((asked) => asked > LONGEST)).toEqual([]);
    expect(timers).toHaveBeenCalledTimes(Math.ceil(delay / LONGEST));
  });

  it('can be cancelled after it has gone beyond the longest delay of the platform (JWT-5)', () => {
    const callback = vi.fn();
    const cancel = systemClock.setTimer(callback, 3 * LONGEST);
    vi.advanceTimersByTime(LONGEST + 5);
    cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'never calls back, and arms nothing, for a delay of %s (JWT-5)',
    (delay) => {
      const callback = vi.fn();
      const cancel = systemClock.setTimer(callback, delay);
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(2 * LONGEST);
      expect(callback).not.toHaveBeenCalled();
      cancel();
    },
  );

  it.each([0, -1, -1e300])('calls back at the next turn, not at once, for a delay of %s (JWT-5)', (delay) => {
    const callback = vi.fn();
    systemClock.setTimer(callback, delay);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledTimes(1);
  });
});
