// @vitest-environment node
import fc from 'fast-check';
import { createFakeClock, type FakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import type { Clock, Unsubscribe } from '../../src/platform/clock.ts';
import { createMemoryFence, type Fence } from '../../src/platform/fence.ts';
import { createLease } from '../../src/platform/lease.ts';
import type { Lock, Turn } from '../../src/platform/lock.ts';
import { createGate, never } from './gate.ts';

/** How long a lease lasts, and how long a refresh may take, in milliseconds. */
const LIFE = 45_000;
const TIMEOUT = 30_000;
const WAIT = 45_000;
const HOUR = 3_600_000;
const isTooLate = { code: 'auth-unavailable' };

// The fake clock lets promises settle between its timers: no need to wait a whole millisecond for that each time. It keeps
// the one that it finds when it is loaded.
vi.hoisted(() => {
  Object.assign(globalThis, { setTimeout: (callback: () => void) => setImmediate(callback) });
});

interface Tab {
  readonly lock: Lock;
  freeze(): void;
  thaw(): void;
}

/** Tabs of one device: one clock on the wall, one fence; each may be frozen, and then no timer of it runs. */
function createDevice(fence: Fence = createMemoryFence(), seed = 1) {
  const clock = createFakeClock();
  let state = seed;
  const random = (): number => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  function tab(view: Partial<Clock> = {}): Tab {
    let isFrozen = false;
    let missed: (() => void)[] = [];
    const setTimer = (callback: () => void, delay: number): Unsubscribe => {
      let isCancelled = false;
      const run = (): void => {
        if (isFrozen) missed.push(run);
        else if (!isCancelled) callback();
      };
      const cancel = clock.setTimer(run, delay);
      return () => {
        isCancelled = true;
        cancel();
      };
    };
    return {
      lock: createLease(fence, { ...clock, setTimer, ...view }, random),
      freeze() {
        isFrozen = true;
      },
      thaw() {
        isFrozen = false;
        const due = missed;
        missed = [];
        for (const run of due) run();
      },
    };
  }
  return { clock, fence, tab, random };
}

/** Goes in, and stays until it is let go. */
async function enter(clock: FakeClock, { lock }: Tab): Promise<{ readonly turn: Turn; leave(): Promise<void> }> {
  const { opened, open } = createGate();
  const inside = createGate();
  let turn: Turn | undefined;
  const done = lock.request('n', WAIT, never(), (given) => {
    turn = given;
    inside.open();
    return opened;
  });
  await Promise.race([inside.opened, clock.advance(0)]);
  return {
    turn: turn as Turn,
    async leave() {
      open();
      await done;
    },
  };
}

/** For how long a wish is not granted, in milliseconds, to a tenth of a second. */
async function waited(clock: FakeClock, wish: Promise<unknown>, most = 2 * LIFE): Promise<number> {
  let isGranted = false;
  void wish.then(() => {
    isGranted = true;
  });
  await clock.advance(0);
  let time = 0;
  for (; !isGranted && time < most; time += 100) await clock.advance(100);
  return time;
}

describe('the lease', () => {
  it('lets 50 contenders in one at a time, and waits in no busy loop (L5, L9)', async () => {
    const { clock, tab, fence } = createDevice();
    const update = vi.spyOn(fence, 'update');
    let inside = 0;
    let most = 0;
    let entered = 0;
    const wishes = Array.from({ length: 50 }, () =>
      tab().lock.request('n', 10 * WAIT, never(), async ({ wasContended }) => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise<void>((resolve) => void clock.setTimer(resolve, 10));
        entered += wasContended ? 1 : 100;
        inside -= 1;
      }),
    );
    await clock.advance(60_000);
    await Promise.all(wishes);
    expect(most).toBe(1);
    // One found it free, the others had to wait.
    expect(entered).toBe(100 + 49);
    // A tab looks at most five times in the first second, and about once in each one after that.
    expect(update.mock.calls.length).toBeLessThan(50 * 60);
    expect(clock.pending()).toBe(0);
  });

  it('is one for each name, and gives the result, or the error, of whoever was inside', async () => {
    const { tab } = createDevice();
    const { lock } = tab();
    const other = await lock.request('n', WAIT, never(), () => lock.request('m', WAIT, never(), async () => 'other'));
    expect(other).toBe('other');
    await expect(lock.request('n', WAIT, never(), () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
    const thrown = lock.request('n', WAIT, never(), () => {
      throw new Error('at once');
    });
    await expect(thrown).rejects.toThrow('at once');
    expect(await tab().lock.request('n', WAIT, never(), async ({ wasContended }) => wasContended)).toBe(false);
  });

  it('is handed on within a page at once, and only one of the page looks for it', async () => {
    const { clock, tab, fence } = createDevice();
    const update = vi.spyOn(fence, 'update');
    const { lock } = tab();
    const turns = await Promise.all(
      Array.from({ length: 10 }, () => lock.request('n', WAIT, never(), async ({ wasContended }) => wasContended)),
    );
    expect(turns).toEqual([false, ...Array.from({ length: 9 }, () => true)]);
    expect(clock.monotonic()).toBe(0);
    expect(update).toHaveBeenCalledTimes(20);
  });

  it('makes nobody wait longer than they will, first for others of the page and then for other pages', async () => {
    const { clock, tab, fence } = createDevice();
    const { opened, open } = createGate();
    const { lock } = tab();
    const own = lock.request('n', WAIT, never(), () => opened);
    const body = vi.fn(async () => {});
    const outcome = vi.fn();
    lock.request('n', 10_000, never(), body).catch(outcome);
    await clock.advance(6000);
    await fence.update(['lease:n'], (rows) =>
      rows.set('lease:n', { owner: 'another page', until: clock.now() + LIFE }),
    );
    open();
    await own;
    await clock.advance(3999);
    expect(outcome).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(outcome).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(isTooLate));
    expect(body).not.toHaveBeenCalled();
  });

  it('leaves nothing behind in the fence, and no timer (C48)', async () => {
    const { clock, tab, fence } = createDevice();
    await tab().lock.request('n', WAIT, never(), async () => {});
    expect(await fence.read(['lease:n'])).toEqual(new Map());
    expect(clock.pending()).toBe(0);
  });

  it('looks again after 200 milliseconds, then ever less often, but each second, and not in step with others', async () => {
    const { clock, tab, fence } = createDevice();
    const holder = await enter(clock, tab());
    const looks: number[] = [];
    const update = fence.update.bind(fence);
    fence.update = (keys, change) => {
      looks.push(clock.monotonic());
      return update(keys, change);
    };
    const waiting = tab().lock.request('n', WAIT, never(), async () => {});
    await clock.advance(20_000);
    const pauses = looks.slice(1).map((at, index) => at - (looks[index] as number));
    expect(pauses[0]).toBeGreaterThanOrEqual(200);
    expect(pauses[0]).toBeLessThan(250);
    for (const pause of pauses.slice(5)) {
      expect(pause).toBeGreaterThanOrEqual(1000);
      expect(pause).toBeLessThan(1250);
    }
    expect(new Set(pauses).size).toBe(pauses.length);
    await holder.leave();
    await clock.advance(2000);
    await waiting;
  });

  it('of a tab that is gone costs five others one time to live, no more and no less (L1, L2, L5)', async () => {
    const { clock, tab } = createDevice();
    const gone = tab();
    void gone.lock.request('n', WAIT, never(), () => new Promise(() => {}));
    await clock.advance(5000);
    gone.freeze();
    const order: number[] = [];
    const wishes = Array.from({ length: 4 }, (_, index) =>
      tab().lock.request('n', 2 * LIFE, never(), async () => void order.push(index)),
    );
    const time = await waited(clock, Promise.race(wishes));
    expect(time).toBeGreaterThanOrEqual(LIFE - 5000);
    expect(time).toBeLessThanOrEqual(LIFE - 5000 + 1300);
    await clock.advance(5000);
    expect(order.sort()).toEqual([0, 1, 2, 3]);
    expect(clock.pending()).toBe(0);
  });

  it('of a tab that went away yesterday costs nothing', async () => {
    const { clock, tab } = createDevice();
    void tab().lock.request('n', WAIT, never(), () => new Promise(() => {}));
    await clock.advance(24 * HOUR);
    expect(await tab().lock.request('n', WAIT, never(), async ({ wasContended }) => wasContended)).toBe(false);
  });

  it.each([undefined, null, 'text', 7, {}, { until: Number.NaN }, { owner: 1, until: '9' }])(
    'is not kept shut by a row that is none: %j (S5)',
    async (row) => {
      const { tab, fence } = createDevice();
      await fence.update(['lease:n'], (rows) => rows.set('lease:n', row));
      expect(await tab().lock.request('n', WAIT, never(), async () => 'in')).toBe('in');
    },
  );
});

describe('whoever waits for a lease', () => {
  it('gives up in time, is not run later, and steals nothing from a frozen page (L3, L7)', async () => {
    const { clock, tab } = createDevice();
    const holder = await enter(clock, tab());
    const body = vi.fn(async () => {});
    const outcome = tab()
      .lock.request('n', 10_000, never(), body)
      .catch((error: unknown) => error);
    await clock.advance(9999);
    expect(clock.pending()).toBe(2);
    await clock.advance(1);
    expect(await outcome).toMatchObject(isTooLate);
    expect(clock.pending()).toBe(0);
    expect(holder.turn.isMineFor(TIMEOUT)).toBe(true);
    await holder.leave();
    await clock.advance(LIFE);
    expect(body).not.toHaveBeenCalled();
  });

  it('gives up when its signal is aborted, or was; whoever is inside stays (C48)', async () => {
    const { clock, tab, fence } = createDevice();
    const leaving = new AbortController();
    const { opened, open } = createGate();
    const holder = tab().lock.request('n', WAIT, leaving.signal, () => opened.then(() => 'done'));
    const body = vi.fn(async () => {});
    const waiting = tab().lock.request('n', WAIT, leaving.signal, body);
    await clock.advance(1000);
    leaving.abort();
    await expect(waiting).rejects.toMatchObject(isTooLate);
    expect(clock.pending()).toBe(0);
    open();
    expect(await holder).toBe('done');
    const update = vi.spyOn(fence, 'update');
    await expect(tab().lock.request('n', WAIT, leaving.signal, body)).rejects.toMatchObject(isTooLate);
    expect(update).not.toHaveBeenCalled();
    expect(body).not.toHaveBeenCalled();
  });

  it('gives a lease back that comes after it has given up', async () => {
    const memory = createMemoryFence();
    const clock = createFakeClock();
    const slow: Fence = {
      ...memory,
      update: async (keys, change) => {
        const result = await memory.update(keys, change);
        await new Promise<void>((resolve) => void clock.setTimer(resolve, 3000));
        return result;
      },
    };
    const body = vi.fn(async () => {});
    const outcome = createLease(slow, clock, Math.random)
      .request('n', 1000, never(), body)
      .catch((error: unknown) => error);
    await clock.advance(1000);
    expect(await outcome).toMatchObject(isTooLate);
    expect((await memory.read(['lease:n'])).size).toBe(1);
    await clock.advance(3000);
    expect((await memory.read(['lease:n'])).size).toBe(0);
    expect(body).not.toHaveBeenCalled();
  });

  it('knows its own lease when the fence had to try twice (S6)', async () => {
    const memory = createMemoryFence();
    const clock = createFakeClock();
    const twice: Fence = {
      ...memory,
      async update(keys, change) {
        await memory.update(keys, change);
        return memory.update(keys, change);
      },
    };
    expect(await createLease(twice, clock, Math.random).request('n', WAIT, never(), async () => 'in')).toBe('in');
    expect(clock.monotonic()).toBe(0);
  });

  it('is told when the fence fails', async () => {
    const clock = createFakeClock();
    const broken: Fence = {
      isShared: true,
      read: () => Promise.reject(),
      update: () => Promise.reject(new Error('broken')),
    };
    const outcome = createLease(broken, clock, Math.random).request('n', WAIT, never(), async () => {});
    await expect(outcome).rejects.toMatchObject({ ...isTooLate, cause: { message: 'broken' } });
    expect(clock.pending()).toBe(0);
  });
});

describe('whoever holds a lease', () => {
  it('may count on it for as long as nobody else can have it', async () => {
    const { clock, tab } = createDevice();
    const { turn, leave } = await enter(clock, tab());
    expect(turn.isMineFor(LIFE)).toBe(true);
    expect(turn.isMineFor(LIFE + 1)).toBe(false);
    await clock.advance(LIFE - TIMEOUT);
    expect(turn.isMineFor(TIMEOUT)).toBe(true);
    await clock.advance(1);
    expect(turn.isMineFor(TIMEOUT)).toBe(false);
    await leave();
  });

  it('and was frozen past its life knows, and does not take the lease of the next one with it (L3, P4)', async () => {
    const { clock, tab } = createDevice();
    const frozen = tab();
    const first = await enter(clock, frozen);
    frozen.freeze();
    await clock.advance(LIFE);
    const second = await enter(clock, tab());
    frozen.thaw();
    expect(first.turn.isMineFor(TIMEOUT)).toBe(false);
    expect(second.turn.isMineFor(TIMEOUT)).toBe(true);
    await first.leave();
    const third = tab().lock.request('n', WAIT, never(), async () => {});
    expect(await waited(clock, third, 5000)).toBe(5000);
    await second.leave();
    expect(await waited(clock, third)).toBeLessThan(1300);
  });

  it.each([
    ['the device slept, and its monotonic clock with it', LIFE],
    ['the wall clock was set forward', HOUR],
  ])('knows that it may be over: %s (T2, T5)', async (_, step) => {
    const { clock, tab } = createDevice();
    const { turn, leave } = await enter(clock, tab());
    clock.step(step);
    expect(turn.isMineFor(TIMEOUT)).toBe(false);
    await leave();
  });

  it('does not believe a wall clock that was set back (T4)', async () => {
    const { clock, tab } = createDevice();
    const { turn, leave } = await enter(clock, tab());
    clock.step(-HOUR);
    expect(turn.isMineFor(TIMEOUT)).toBe(true);
    await clock.advance(LIFE);
    expect(turn.isMineFor(TIMEOUT)).toBe(false);
    await leave();
  });
});

describe('a wall clock that steps', () => {
  it('forward lets nobody in early who waits (T3)', async () => {
    const { clock, tab } = createDevice();
    const holder = await enter(clock, tab());
    const next = tab().lock.request('n', 2 * LIFE, never(), async () => {});
    await clock.advance(1000);
    clock.step(HOUR);
    const time = await waited(clock, next);
    expect(time).toBeGreaterThanOrEqual(LIFE - 1000);
    expect(time).toBeLessThanOrEqual(LIFE + 1000);
    await holder.leave();
  });

  it('back keeps nobody out who waits (T4)', async () => {
    const { clock, tab } = createDevice();
    await enter(clock, tab());
    const next = tab().lock.request('n', 2 * LIFE, never(), async () => {});
    await clock.advance(1000);
    clock.step(-HOUR);
    expect(await waited(clock, next)).toBeLessThanOrEqual(LIFE + 1000);
  });

  it('back before anybody looks keeps nobody out for longer than a lease lasts (T4)', async () => {
    const { clock, tab } = createDevice();
    await enter(clock, tab());
    clock.step(-HOUR);
    const next = tab().lock.request('n', 2 * LIFE, never(), async () => {});
    const time = await waited(clock, next);
    expect(time).toBeGreaterThanOrEqual(LIFE);
    expect(time).toBeLessThanOrEqual(LIFE + 1300);
  });

  it('back keeps nobody out who comes later, however short each waits: one time to live in all (T4)', async () => {
    const { clock, tab } = createDevice();
    await enter(clock, tab());
    clock.step(-HOUR);
    let attempts = 0;
    let isIn = false;
    while (!isIn && attempts < 20) {
      attempts += 1;
      const wish = tab().lock.request('n', 10_000, never(), async () => {
        isIn = true;
      });
      wish.catch(() => {});
      await clock.advance(10_000);
    }
    expect(attempts).toBe(5);
  });
});

describe('leases of many tabs', () => {
  it('are never two that count on the next 30 seconds at once, whatever is frozen, asleep or slow; and all get in (L5)', async () => {
    const tabs = fc.nat(4);
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('request' as const), tab: tabs }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), tab: tabs }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('freeze' as const), tab: tabs }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('thaw' as const), tab: tabs }) },
      { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), time: fc.nat(20_000) }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('step' as const), time: fc.nat(HOUR) }),
      },
    );
    let overlaps = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60, size: 'max' }),
        fc.constantFrom(1, -1),
        fc.integer({ min: 1, max: 1e9 }),
        async (steps, direction, seed) => {
          const memory = createMemoryFence();
          const pause = (time: number) => new Promise<void>((resolve) => void device.clock.setTimer(resolve, time));
          const device = createDevice(
            {
              ...memory,
              async update(keys, change) {
                await pause(device.random() * 1000);
                const result = await memory.update(keys, change);
                await pause(device.random() * 1000);
                return result;
              },
            },
            seed,
          );
          const all = Array.from({ length: 5 }, () => device.tab());
          const inside = new Map<number, { turn: Turn; leave(): void }>();
          const wishes: Promise<unknown>[] = [];
          const check = (): void => {
            expect([...inside.values()].filter(({ turn }) => turn.isMineFor(TIMEOUT)).length).toBeLessThanOrEqual(1);
            if (inside.size > 1) overlaps += 1;
          };
          const busy = new Set<number>();
          const go = async (time: number): Promise<void> => {
            for (let rest = time; rest > 0; rest -= 2500) {
              await device.clock.advance(Math.min(rest, 2500));
              check();
            }
          };
          for (const action of steps) {
            if (action.do === 'wait') await go(action.time);
            else if (action.do === 'step') device.clock.step(direction * action.time);
            else if (action.do === 'freeze') all[action.tab]?.freeze();
            else if (action.do === 'thaw') all[action.tab]?.thaw();
            else if (action.do === 'leave') inside.get(action.tab)?.leave();
            else if (!busy.has(action.tab)) {
              const { tab } = action;
              busy.add(tab);
              const wish = (all[tab] as Tab).lock.request('n', 20 * LIFE, never(), async (turn) => {
                const { opened, open } = createGate();
                inside.set(tab, { turn, leave: open });
                check();
                await opened;
                inside.delete(tab);
              });
              wishes.push(wish.finally(() => busy.delete(tab)));
            }
            check();
          }
          for (const tab of all) tab.thaw();
          for (let round = 0; round < 20 && busy.size > 0; round += 1) {
            for (const { leave } of inside.values()) leave();
            await go(LIFE);
          }
          await Promise.all(wishes);
          await go(5000);
          expect(device.clock.pending()).toBe(0);
          expect(await memory.read(['lease:n'])).toEqual(new Map());
        },
      ),
      { numRuns: 60 },
    );
    // It is the clock that keeps them apart, not luck: some were inside past their time when the next one came.
    expect(overlaps).toBeGreaterThan(0);
  });
});
