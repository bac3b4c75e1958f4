import { createFakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { createTabLock } from '../../src/platform/lock.ts';
import { createGate, never } from './gate.ts';

describe('the lock of a tab', () => {
  it('lets one in at a time, in the order in which they came', async () => {
    const lock = createTabLock(createFakeClock());
    const order: string[] = [];
    let inside = 0;
    let most = 0;
    const turn = (name: string): Promise<void> =>
      lock.request('order', 1000, never(), async () => {
        inside += 1;
        most = Math.max(most, inside);
        await Promise.resolve();
        order.push(name);
        inside -= 1;
      });
    await Promise.all(['a', 'b', 'c', 'd'].map(turn));
    expect(order).toEqual(['a', 'b', 'c', 'd']);
    expect(most).toBe(1);
  });

  it('is one lock for all who use its name, and none for another name', async () => {
    const clock = createFakeClock();
    const { opened, open } = createGate();
    const order: string[] = [];
    const first = createTabLock(clock).request('shared', 1000, never(), async () => {
      await opened;
      order.push('first');
    });
    const second = createTabLock(clock).request('shared', 1000, never(), async () => void order.push('second'));
    await createTabLock(clock).request('other', 1000, never(), async () => void order.push('other'));
    open();
    await Promise.all([first, second]);
    expect(order).toEqual(['other', 'first', 'second']);
  });

  it('gives the result, or the error, of whoever was inside, and goes on to the next', async () => {
    const lock = createTabLock(createFakeClock());
    const failed = lock.request('errors', 1000, never(), () => Promise.reject(new Error('inside')));
    const thrown = lock.request('errors', 1000, never(), () => {
      throw new Error('at once');
    });
    await expect(failed).rejects.toThrow('inside');
    await expect(thrown).rejects.toThrow('at once');
    await expect(lock.request('errors', 1000, never(), async () => 'next')).resolves.toBe('next');
  });

  it('tells who had to wait, and is nobody else’s for as long as one is inside', async () => {
    const lock = createTabLock(createFakeClock());
    const turns = await Promise.all(
      [1, 2].map(() => lock.request('turns', 1000, never(), async (turn) => [turn.wasContended, turn.isMineFor(1e9)])),
    );
    expect(turns).toEqual([
      [false, true],
      [true, true],
    ]);
  });

  it('is never stolen: who waits too long gives up, is not run later, and does not let anybody else in', async () => {
    const clock = createFakeClock();
    const lock = createTabLock(clock);
    const { opened, open } = createGate();
    const order: string[] = [];
    const holder = lock.request('stuck', 1000, never(), async () => {
      await opened;
      order.push('holder');
    });
    const impatient = lock.request('stuck', 1000, never(), async () => void order.push('impatient'));
    const outcome = impatient.catch((error: unknown) => error);
    await clock.advance(500);
    const patient = lock.request('stuck', 10_000, never(), async () => void order.push('patient'));
    await clock.advance(600);
    expect(await outcome).toMatchObject({ code: 'auth-unavailable' });
    expect(order).toEqual([]);
    open();
    await Promise.all([holder, patient]);
    expect(order).toEqual(['holder', 'patient']);
    expect(clock.pending()).toBe(0);
  });

  it('ends the waiting of an aborted signal, not the turn of whoever is inside (C48)', async () => {
    const clock = createFakeClock();
    const lock = createTabLock(clock);
    const { opened, open } = createGate();
    const leaving = new AbortController();
    const holder = lock.request('abort', 1000, leaving.signal, () => opened.then(() => 'done'));
    const body = vi.fn(async () => {});
    const waiting = lock.request('abort', 1000, leaving.signal, body);
    leaving.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'auth-unavailable' });
    await expect(lock.request('abort', 1000, leaving.signal, body)).rejects.toMatchObject({ code: 'auth-unavailable' });
    open();
    expect(await holder).toBe('done');
    await expect(lock.request('abort', 1000, leaving.signal, body)).rejects.toMatchObject({ code: 'auth-unavailable' });
    expect(body).not.toHaveBeenCalled();
    expect(clock.pending()).toBe(0);
  });

  it('leaves nothing on a signal that outlives it (C48)', async () => {
    const lock = createTabLock(createFakeClock());
    const signal = never();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await Promise.all(Array.from({ length: 50 }, () => lock.request('listeners', 1000, signal, async () => {})));
    expect(added).toHaveBeenCalledTimes(49);
    expect(removed).toHaveBeenCalledTimes(49);
  });
});
