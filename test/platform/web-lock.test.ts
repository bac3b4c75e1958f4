// @vitest-environment node
import { createFakeClock } from 'latchkey/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Turn } from '../../src/platform/lock.ts';
import { createWebLock, findWebLocks } from '../../src/platform/web-lock.ts';
import { createFakeLocks } from './fake-locks.ts';
import { createGate, never } from './gate.ts';

const WAIT = 45_000;
const isTooLate = { code: 'auth-unavailable' };

function createWorld() {
  const clock = createFakeClock();
  const locks = createFakeLocks();
  const tab = () => {
    const page = locks.page();
    return { ...createWebLock(page, clock), page };
  };
  return { clock, locks, tab };
}

describe('the lock among tabs', () => {
  it('lets 50 contenders in one at a time, in the order in which they came (L9)', async () => {
    const { tab, clock } = createWorld();
    const order: number[] = [];
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        tab().request('n', WAIT, never(), async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise((resolve) => setTimeout(resolve, 0));
          order.push(index);
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(clock.pending()).toBe(0);
  });

  it('asks the platform once where nobody is in the way, and tells who had to wait', async () => {
    const { tab, locks } = createWorld();
    const turn = async ({ wasContended, isMineFor }: Turn) => [wasContended, isMineFor(30_000)];
    const lock = tab();
    expect(await lock.request('n', WAIT, never(), turn)).toEqual([false, true]);
    // Once more at once: the one before, its own, is over by then.
    expect(await lock.request('n', WAIT, never(), turn)).toEqual([false, true]);
    expect(locks.requests()).toBe(2);
    const { opened, open } = createGate();
    const holder = lock.request('n', WAIT, never(), () => opened);
    const others = [tab(), tab()].map((other) => other.request('n', WAIT, never(), turn));
    open();
    await holder;
    expect(await Promise.all(others)).toEqual([
      [true, true],
      [true, true],
    ]);
  });

  it('gives the result, or the error, of whoever was inside, and goes on to the next', async () => {
    const { tab } = createWorld();
    const lock = tab();
    await expect(lock.request('n', WAIT, never(), () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
    const thrown = lock.request('n', WAIT, never(), () => {
      throw new Error('at once');
    });
    await expect(thrown).rejects.toThrow('at once');
    expect(await tab().request('n', WAIT, never(), async () => 'next')).toBe('next');
  });

  it('is free at once when the page inside goes away (L1, L2)', async () => {
    const { tab } = createWorld();
    const closed = tab();
    const entered = createGate();
    void closed.request('n', WAIT, never(), () => {
      entered.open();
      return new Promise(() => {});
    });
    await entered.opened;
    const next = tab().request('n', WAIT, never(), async ({ wasContended }) => wasContended);
    closed.page.crash();
    expect(await next).toBe(true);
  });

  it('of a frozen page is waited for, and given up, never stolen (L3, L4)', async () => {
    const { tab, clock } = createWorld();
    const { opened, open } = createGate();
    const frozen = tab().request('n', WAIT, never(), () => opened.then(() => 'thawed'));
    const body = vi.fn(async () => {});
    const waiting = tab().request('n', WAIT, never(), body);
    const outcome = vi.fn();
    waiting.catch(outcome);
    await clock.advance(WAIT - 1);
    expect(outcome).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(outcome).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(isTooLate));
    open();
    expect(await frozen).toBe('thawed');
    expect(await tab().request('n', WAIT, never(), async () => 'free')).toBe('free');
    expect(body).not.toHaveBeenCalled();
    expect(clock.pending()).toBe(0);
  });

  it('gives up the place in the queue when its signal is aborted, not the turn (C48)', async () => {
    const { tab, clock } = createWorld();
    const leaving = new AbortController();
    const [lock, other] = [tab(), tab()];
    const { opened, open } = createGate();
    const inside = createGate();
    const holder = lock.request('n', WAIT, leaving.signal, () => {
      inside.open();
      return opened.then(() => 'done');
    });
    await inside.opened;
    const body = vi.fn(async () => {});
    const waiting = other.request('n', WAIT, leaving.signal, body);
    await clock.advance(0);
    expect((await lock.page.query()).pending).toHaveLength(1);
    leaving.abort();
    await expect(waiting).rejects.toMatchObject(isTooLate);
    expect((await lock.page.query()).pending).toHaveLength(0);
    open();
    expect(await holder).toBe('done');
    expect(body).not.toHaveBeenCalled();
    expect(clock.pending()).toBe(0);
  });

  it('asks for nothing with a signal that is aborted already (C48)', async () => {
    const { tab, locks, clock } = createWorld();
    const body = vi.fn(async () => {});
    await expect(tab().request('n', WAIT, AbortSignal.abort(), body)).rejects.toMatchObject(isTooLate);
    await clock.advance(WAIT);
    expect(locks.requests()).toBe(0);
    expect(body).not.toHaveBeenCalled();
  });

  it('leaves nothing on a signal that outlives it (C48)', async () => {
    const { tab } = createWorld();
    const signal = never();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    const [one, two] = [tab(), tab()];
    await Promise.all([one, two].map((lock) => lock.request('n', WAIT, signal, async () => {})));
    expect(added).toHaveBeenCalledTimes(2);
    expect(new Set(removed.mock.calls.map(([, listener]) => listener)).size).toBe(2);
  });

  it('that foreign code steals leaves the one inside to its end, and its result counts (L6)', async () => {
    const { tab, locks } = createWorld();
    const lock = tab();
    const { opened, open } = createGate();
    const entered = createGate();
    const body = () => {
      entered.open();
      return opened.then(() => 'committed');
    };
    const outcome = lock.request('n', WAIT, never(), body);
    await entered.opened;
    await locks.page().request('n', { steal: true }, () => {});
    open();
    expect(await outcome).toBe('committed');
  });

  it('that foreign code steals from a body that then fails gives the error of the body (L6)', async () => {
    const { tab, locks } = createWorld();
    const { opened, open } = createGate();
    const entered = createGate();
    const outcome = tab().request('n', WAIT, never(), async () => {
      entered.open();
      await opened;
      throw new Error('inside');
    });
    await entered.opened;
    await locks.page().request('n', { steal: true }, () => {});
    open();
    await expect(outcome).rejects.toThrow('inside');
  });

  it('that never calls back is given up in time, and let go of should it come after all (L7)', async () => {
    const clock = createFakeClock();
    let grant: LockGrantedCallback<unknown> = () => {};
    const request = (_: string, __: unknown, callback: LockGrantedCallback<unknown>) => {
      grant = callback;
      return new Promise(() => {});
    };
    const lock = createWebLock({ request } as never, clock);
    const body = vi.fn(async () => {});
    const outcome = lock.request('n', WAIT, never(), body).catch((error: unknown) => error);
    await clock.advance(WAIT);
    expect(await outcome).toMatchObject(isTooLate);
    await grant({ name: 'n', mode: 'exclusive' });
    expect(body).not.toHaveBeenCalled();
    expect(clock.pending()).toBe(0);
  });

  it.each([
    [
      'throws',
      () => {
        throw new DOMException('denied', 'SecurityError');
      },
    ],
    ['rejects', () => Promise.reject(new DOMException('denied', 'SecurityError'))],
  ])('is unavailable, with the cause, where the platform %s (L5)', async (_, request) => {
    const clock = createFakeClock();
    const body = vi.fn(async () => {});
    const outcome = createWebLock({ request } as never, clock).request('n', WAIT, never(), body);
    await expect(outcome).rejects.toMatchObject({ ...isTooLate, cause: { name: 'SecurityError' } });
    expect(body).not.toHaveBeenCalled();
    expect(clock.pending()).toBe(0);
  });
});

describe('findWebLocks', () => {
  afterEach(() => vi.unstubAllGlobals());
  const locks = { request() {} };

  it('gives those of the page', () => {
    vi.stubGlobal('navigator', { locks });
    vi.stubGlobal('origin', 'https://app.example.com');
    expect(findWebLocks()).toBe(locks);
  });

  it.each([
    ['where they are absent, as on an http page', {}],
    ['where they are null', { locks: null }],
    ['where they cannot request', { locks: {} }],
    ['where there is no navigator', undefined],
    [
      'where a look at them throws',
      {
        get locks() {
          throw new DOMException('denied', 'SecurityError');
        },
      },
    ],
  ])('gives nothing %s (L5)', (_, navigator) => {
    vi.stubGlobal('navigator', navigator);
    expect(findWebLocks()).toBeUndefined();
  });

  it('gives nothing in an opaque origin, where they are there and refuse (L5, STO-5)', () => {
    vi.stubGlobal('navigator', { locks });
    vi.stubGlobal('origin', 'null');
    expect(findWebLocks()).toBeUndefined();
  });
});
