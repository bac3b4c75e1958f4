import { createFakeClock } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';
import { createTabLock } from '../../src/platform/lock.ts';

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('the lock of a tab', () => {
  it('lets one in at a time, in the order in which they came', async () => {
    const lock = createTabLock(createFakeClock());
    const order: string[] = [];
    let inside = 0;
    let most = 0;
    const turn = (name: string): Promise<void> =>
      lock.request('order', 1000, async () => {
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
    const { opened, open } = gate();
    const order: string[] = [];
    const first = createTabLock(clock).request('shared', 1000, async () => {
      await opened;
      order.push('first');
    });
    const second = createTabLock(clock).request('shared', 1000, async () => void order.push('second'));
    await createTabLock(clock).request('other', 1000, async () => void order.push('other'));
    open();
    await Promise.all([first, second]);
    expect(order).toEqual(['other', 'first', 'second']);
  });

  it('gives the result, or the error, of whoever was inside, and goes on to the next', async () => {
    const lock = createTabLock(createFakeClock());
    const failed = lock.request('errors', 1000, () => Promise.reject(new Error('inside')));
    const thrown = lock.request('errors', 1000, () => {
      throw new Error('at once');
    });
    await expect(failed).rejects.toThrow('inside');
    await expect(thrown).rejects.toThrow('at once');
    await expect(lock.request('errors', 1000, async () => 'next')).resolves.toBe('next');
  });

  it('is never stolen: who waits too long gives up, is not run later, and does not let anybody else in', async () => {
    const clock = createFakeClock();
    const lock = createTabLock(clock);
    const { opened, open } = gate();
    const order: string[] = [];
    const holder = lock.request('stuck', 1000, async () => {
      await opened;
      order.push('holder');
    });
    const impatient = lock.request('stuck', 1000, async () => void order.push('impatient'));
    const outcome = impatient.catch((error: unknown) => error);
    await clock.advance(500);
    const patient = lock.request('stuck', 10_000, async () => void order.push('patient'));
    await clock.advance(600);
    expect(await outcome).toMatchObject({ code: 'auth-unavailable' });
    expect(order).toEqual([]);
    open();
    await Promise.all([holder, patient]);
    expect(order).toEqual(['holder', 'patient']);
    expect(clock.pending()).toBe(0);
  });
});
