import { createFakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';

describe('createFakeClock', () => {
  it('stands still until it is told to move', async () => {
    const clock = createFakeClock(1000);
    expect([clock.now(), clock.monotonic(), clock.pending()]).toEqual([1000, 0, 0]);
    await clock.advance(250);
    expect([clock.now(), clock.monotonic()]).toEqual([1250, 250]);
    expect(createFakeClock().now()).toBe(Date.UTC(2030, 0, 1));
  });

  it('runs what falls due in the order of time, then of arming, each at its own moment', async () => {
    const clock = createFakeClock(0);
    const ran: string[] = [];
    for (const [name, delay] of [
      ['c', 300],
      ['a', 100],
      ['b1', 200],
      ['b2', 200],
      ['late', 301],
    ] as const) {
      clock.setTimer(() => ran.push(`${name}@${clock.now()}`), delay);
    }
    await clock.advance(300);
    expect(ran).toEqual(['a@100', 'b1@200', 'b2@200', 'c@300']);
    expect(clock.pending()).toBe(1);
    await clock.advance(1);
    expect(ran.at(-1)).toBe('late@301');
  });

  it('runs what a timer arms on the way, if that falls due too', async () => {
    const clock = createFakeClock(0);
    const ran: number[] = [];
    const again = (): void => {
      ran.push(clock.monotonic());
      clock.setTimer(again, 100);
    };
    clock.setTimer(again, 100);
    await clock.advance(350);
    expect(ran).toEqual([100, 200, 300]);
    expect([clock.monotonic(), clock.pending()]).toEqual([350, 1]);
  });

  it('waits for the promises that a timer settles before the next one runs', async () => {
    const clock = createFakeClock(0);
    const ran: string[] = [];
    clock.setTimer(() => {
      void Promise.resolve()
        .then(() => {})
        .then(() => {})
        .then(() => ran.push('then'));
    }, 1);
    clock.setTimer(() => ran.push('next'), 2);
    await clock.advance(2);
    expect(ran).toEqual(['then', 'next']);
  });

  it('runs at once what was due already, and never what has no end', async () => {
    const clock = createFakeClock(0);
    const ran: string[] = [];
    clock.setTimer(() => ran.push('past'), -5);
    clock.setTimer(() => ran.push('now'), 0);
    clock.setTimer(() => ran.push('never'), Number.POSITIVE_INFINITY);
    clock.setTimer(() => ran.push('nonsense'), Number.NaN);
    expect(ran).toEqual([]);
    await clock.advance(0);
    expect(ran).toEqual(['past', 'now']);
    expect(clock.pending()).toBe(0);
  });

  it('forgets a timer that was cancelled, also by another timer of the same moment', async () => {
    const clock = createFakeClock(0);
    const ran: string[] = [];
    const cancel = clock.setTimer(() => ran.push('cancelled'), 10);
    clock.setTimer(() => cancelSecond(), 20);
    const cancelSecond = clock.setTimer(() => ran.push('cancelled by the first'), 20);
    cancel();
    cancel();
    expect(clock.pending()).toBe(2);
    await clock.advance(20);
    expect(ran).toEqual([]);
  });

  it('steps the wall clock alone, forward and back: no timer runs, and none moves', async () => {
    const clock = createFakeClock(1000);
    const ran: number[] = [];
    clock.setTimer(() => ran.push(clock.monotonic()), 100);
    clock.step(3_600_000);
    expect([clock.now(), clock.monotonic(), ran]).toEqual([3_601_000, 0, []]);
    clock.step(-7_200_000);
    expect(clock.now()).toBe(1000 - 3_600_000);
    await clock.advance(100);
    expect(ran).toEqual([100]);
  });

  it("needs no fake timers, and is not stopped by a runner's own", async () => {
    vi.useFakeTimers();
    try {
      const clock = createFakeClock(0);
      const ran = vi.fn();
      clock.setTimer(ran, 100);
      await clock.advance(100);
      expect(ran).toHaveBeenCalledTimes(1);
    } finally {
      vi.useRealTimers();
    }
  });
});
