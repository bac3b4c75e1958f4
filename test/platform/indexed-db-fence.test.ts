// @vitest-environment node

import { forceCloseDatabase, IDBFactory } from 'fake-indexeddb';
import fc from 'fast-check';
import { createFakeClock } from 'latchkey/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../src/platform/clock.ts';
import type { Fence } from '../../src/platform/fence.ts';
import { createIndexedDbFence } from '../../src/platform/indexed-db-fence.ts';

const DATABASE = 'latchkey.1';
/** One attempt, in milliseconds. */
const LIMIT = 2000;

let factory: IDBFactory;
/** Every connection that was opened. */
let connections: IDBDatabase[];

beforeEach(() => {
  factory = createFactory();
});

function createFactory(): IDBFactory {
  const made = new IDBFactory();
  const open = made.open.bind(made);
  connections = [];
  made.open = (...options) => {
    const request = open(...options);
    request.addEventListener('success', () => connections.push(request.result));
    return request;
  };
  vi.stubGlobal('indexedDB', made);
  return made;
}

function createTab(clock: Clock = createFakeClock()) {
  const onDegraded = vi.fn();
  return { fence: createIndexedDbFence(clock, onDegraded) as Required<Fence>, onDegraded };
}

function increment(fence: Fence, key = 'n'): Promise<number> {
  return fence.update([key], (rows) => {
    const next = Number(rows.get(key) ?? 0) + 1;
    rows.set(key, next);
    return next;
  });
}

async function valueIn(fence: Fence, key = 'n'): Promise<unknown> {
  return (await fence.read([key])).get(key);
}

function isClosed(connection: IDBDatabase): boolean {
  try {
    connection.transaction('rows').abort();
    return false;
  } catch (error) {
    return (error as DOMException).name === 'InvalidStateError';
  }
}

function eventOf(target: object, ...names: string[]): Promise<string> {
  return new Promise((resolve) => {
    for (const name of names) {
      (target as EventTarget).addEventListener(name, () => resolve(name), { once: true });
    }
  });
}

/** What another page holds, which answers nobody, until it lets go: the rows are out of reach. */
async function occupy(): Promise<{ letGo(): Promise<unknown> }> {
  const request = factory.open(DATABASE);
  await eventOf(request, 'success');
  const transaction = request.result.transaction('rows', 'readwrite');
  const store = transaction.objectStore('rows');
  let isHeld = true;
  const hold = (): void => {
    store.get('n').onsuccess = () => {
      if (isHeld) hold();
    };
  };
  hold();
  return {
    async letGo() {
      isHeld = false;
      await eventOf(transaction, 'complete');
      request.result.close();
    },
  };
}

describe('the fence in IndexedDB', () => {
  it('touches nothing before it is used, and then keeps one connection open', async () => {
    const open = vi.spyOn(factory, 'open');
    const { fence } = createTab();
    expect(open).not.toHaveBeenCalled();
    await Promise.all([fence.read(['a']), fence.read(['b']), increment(fence)]);
    await increment(fence);
    expect(open).toHaveBeenCalledExactlyOnceWith(DATABASE);
    expect(await factory.databases()).toEqual([{ name: DATABASE, version: 1 }]);
  });

  it.each([
    ['where there is none', () => vi.stubGlobal('indexedDB', undefined)],
    [
      'where a look at it throws',
      () =>
        Object.defineProperty(globalThis, 'indexedDB', {
          configurable: true,
          get: () => {
            throw new DOMException('denied', 'SecurityError');
          },
        }),
    ],
  ])('is not there %s (STO-5)', (_, arrange) => {
    arrange();
    expect(createIndexedDbFence(createFakeClock(), () => {})).toBeUndefined();
  });

  it('loses none of 500 interleaved changes of two tabs', async () => {
    const tabs = [createTab(), createTab()];
    const results = await Promise.all(
      Array.from({ length: 500 }, (_, index) => increment((tabs[index % 2] ?? createTab()).fence)),
    );
    expect(results.sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    expect(connections).toHaveLength(2);
    for (const { fence, onDegraded } of tabs) {
      expect(await valueIn(fence)).toBe(500);
      expect(onDegraded).not.toHaveBeenCalled();
    }
  });

  it('shows what one tab has completed to every other, at once', async () => {
    const [one, two] = [createTab().fence, createTab().fence];
    for (let round = 1; round <= 20; round += 1) {
      await increment(one);
      expect(await valueIn(two)).toBe(round);
    }
  });

  it('serialises whatever tabs do, and loses nothing of it (I10)', async () => {
    const operation = fc.record({
      tab: fc.nat(2),
      keys: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
      kind: fc.constantFrom('add', 'throw', 'remove', 'read', 'yield'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 30, size: 'max' }), async (operations) => {
        createFactory();
        const tabs = [createTab(), createTab(), createTab()];
        const model = new Map<string, number>();
        const under: Promise<unknown>[] = [];
        for (const { tab, keys, kind } of operations) {
          const { fence } = tabs[tab] as ReturnType<typeof createTab>;
          if (kind === 'yield') await Promise.allSettled(under);
          else if (kind === 'read') under.push(fence.read(keys));
          else {
            const changed = fence.update(keys, (rows) => {
              // Each change sees what all before it left, whichever tab they were of.
              for (const key of ['a', 'b', 'c'])
                expect(rows.get(key)).toBe(keys.includes(key) ? model.get(key) : undefined);
              for (const key of keys) {
                if (kind === 'remove') rows.delete(key);
                else rows.set(key, Number(rows.get(key) ?? 0) + 1);
              }
              if (kind === 'throw') throw new Error('on purpose');
              for (const key of keys) {
                if (kind === 'remove') model.delete(key);
                else model.set(key, Number(model.get(key) ?? 0) + 1);
              }
            });
            under.push(changed.catch((error: Error) => expect(error.message).toBe('on purpose')));
          }
        }
        await Promise.all(under);
        for (const { fence, onDegraded } of tabs) {
          expect(await fence.read(['a', 'b', 'c'])).toEqual(new Map([...model].sort()));
          expect(onDegraded).not.toHaveBeenCalled();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('writes nothing of a change that throws, rejects with its error, and is not degraded by it', async () => {
    const clock = createFakeClock();
    const { fence, onDegraded } = createTab(clock);
    await increment(fence);
    const change = vi.fn((rows: Map<string, unknown>) => {
      rows.set('n', 99);
      throw new TypeError('mine');
    });
    await expect(fence.update(['n'], change)).rejects.toThrow(new TypeError('mine'));
    expect(change).toHaveBeenCalledTimes(1);
    expect(await valueIn(createTab().fence)).toBe(1);
    expect(await increment(fence)).toBe(2);
    expect(onDegraded).not.toHaveBeenCalled();
    expect(connections).toHaveLength(2);
    expect(clock.pending()).toBe(0);
  });

  it('resolves only once the change is complete, and not with what was never written', async () => {
    const { fence } = createTab();
    await increment(fence);
    const [connection] = connections as [IDBDatabase];
    const completed: string[] = [];
    const begin = connection.transaction.bind(connection);
    connection.transaction = (...options) => {
      const transaction = begin(...options);
      transaction.addEventListener('complete', () => completed.push('complete'));
      return transaction;
    };
    await increment(fence).then(() => completed.push('resolved'));
    expect(completed).toEqual(['complete', 'resolved']);
  });

  it('writes only the rows that changed', async () => {
    const { fence } = createTab();
    await fence.update(['a', 'b', 'c'], (rows) => rows.set('a', { v: 1 }).set('b', { v: 1 }));
    const [connection] = connections as [IDBDatabase];
    const store = connection.transaction('rows').objectStore('rows');
    const put = vi.spyOn(Object.getPrototypeOf(store), 'put');
    const remove = vi.spyOn(Object.getPrototypeOf(store), 'delete');
    await fence.update(['a', 'b', 'c'], (rows) => rows.set('b', { v: 2 }));
    expect(put.mock.calls).toEqual([[{ v: 2 }, 'b']]);
    expect(remove).not.toHaveBeenCalled();
    await fence.update(['a', 'b', 'c'], (rows) => rows.delete('a'));
    const keys = connection.transaction('rows').objectStore('rows').getAllKeys();
    await eventOf(keys, 'success');
    expect(keys.result).toEqual(['b']);
  });
});

describe('a fence that lost its connection', () => {
  it('that the browser closed has both its tries left (S6)', async () => {
    const { fence, onDegraded } = createTab();
    await increment(fence);
    forceCloseDatabase(connections[0] as never);
    vi.spyOn(factory, 'open').mockImplementationOnce(() => {
      throw new DOMException('not yet', 'UnknownError');
    });
    expect(await increment(fence)).toBe(2);
    expect(onDegraded).not.toHaveBeenCalled();
  });

  it.each([
    ['closed under it, as Safari does (InvalidStateError)', (database: IDBDatabase) => database.close()],
    ['closed by the browser', (database: IDBDatabase) => forceCloseDatabase(database as never)],
  ])('opens it anew, once: %s (S6)', async (_, lose) => {
    const { fence, onDegraded } = createTab();
    await increment(fence);
    lose(connections[0] as IDBDatabase);
    expect(await Promise.all([increment(fence), increment(fence), increment(fence)])).toEqual([2, 3, 4]);
    expect(connections).toHaveLength(2);
    expect(onDegraded).not.toHaveBeenCalled();
  });

  it('tries a transaction once more that was aborted under it (S6)', async () => {
    const { fence, onDegraded } = createTab();
    await increment(fence);
    const [connection] = connections as [IDBDatabase];
    const begin = connection.transaction.bind(connection);
    connection.transaction = (...options) => {
      const transaction = begin(...options);
      transaction.objectStore('rows').get('n').onsuccess = () => queueMicrotask(() => transaction.abort());
      return transaction;
    };
    const change = vi.fn((rows: Map<string, unknown>) => rows.set('n', 2));
    await fence.update(['x', 'n'], change);
    expect(change).toHaveBeenCalledTimes(1);
    expect(await valueIn(createTab().fence)).toBe(2);
    expect(onDegraded).not.toHaveBeenCalled();
  });

  it('stands in nobody’s way who deletes the database, and goes on with an empty one (S4, S6)', async () => {
    const [one, two] = [createTab(), createTab()];
    await Promise.all([increment(one.fence), increment(two.fence)]);
    await eventOf(factory.deleteDatabase(DATABASE), 'success');
    expect(await factory.databases()).toEqual([]);
    expect(await increment(one.fence)).toBe(1);
    expect(await increment(two.fence)).toBe(2);
    expect(one.onDegraded).not.toHaveBeenCalled();
  });

  it('closes when it is told to, after what is under way, and opens for whatever comes later (C48)', async () => {
    const clock = createFakeClock();
    const { fence } = createTab(clock);
    const underWay = increment(fence);
    fence.close();
    fence.close();
    expect(await underWay).toBe(1);
    expect(connections.map(isClosed)).toEqual([true]);
    expect(clock.pending()).toBe(0);
    expect(await increment(fence)).toBe(2);
    expect(connections).toHaveLength(2);
  });
});

describe('a fence that is late', () => {
  it('opens one connection more, however many wait, and whenever each of them is late (S6)', async () => {
    const clock = createFakeClock();
    const { fence, onDegraded } = createTab(clock);
    await increment(fence);
    const other = await occupy();
    const first = increment(fence);
    await clock.advance(LIMIT / 2);
    const second = increment(fence);
    await clock.advance(LIMIT);
    await other.letGo();
    expect([await first, await second]).toEqual([2, 3]);
    // Its own two, and that of whoever was in the way.
    expect(connections).toHaveLength(3);
    expect(onDegraded).not.toHaveBeenCalled();
  });

  it('tries once more, after the late transaction was aborted: its change never runs (S6)', async () => {
    const clock = createFakeClock();
    const { fence, onDegraded } = createTab(clock);
    await increment(fence);
    const other = await occupy();
    const change = vi.fn((rows: Map<string, unknown>) => rows.set('n', Number(rows.get('n')) + 1));
    const changed = fence.update(['n'], change);
    await clock.advance(LIMIT);
    expect(change).not.toHaveBeenCalled();
    await other.letGo();
    await changed;
    expect(change).toHaveBeenCalledTimes(1);
    expect(await valueIn(createTab().fence)).toBe(2);
    expect(onDegraded).not.toHaveBeenCalled();
    expect(connections.slice(0, 1).map(isClosed)).toEqual([true]);
    expect(clock.pending()).toBe(0);
  });

  it('runs a change again whose commit was not heard of, and it sees what it wrote (S6)', async () => {
    const clock = createFakeClock();
    const { fence, onDegraded } = createTab(clock);
    await increment(fence);
    const [connection] = connections as [IDBDatabase];
    const begin = connection.transaction.bind(connection);
    // Nothing of this transaction is heard once it was committed.
    connection.transaction = (...options) => {
      const transaction = begin(...options);
      return new Proxy(transaction, {
        set: (target, key, value) => key === 'oncomplete' || Reflect.set(target, key, value),
        get: (target, key) => {
          const value = Reflect.get(target, key);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    };
    const seen: unknown[] = [];
    const changed = fence.update(['n'], (rows) => {
      seen.push(rows.get('n'));
      rows.set('n', 2);
    });
    await clock.advance(LIMIT);
    await changed;
    expect(seen).toEqual([1, 2]);
    expect(onDegraded).not.toHaveBeenCalled();
  });

  it('serves this page from memory when it is late twice, beginning with the rows last seen (S6)', async () => {
    const clock = createFakeClock();
    const { fence, onDegraded } = createTab(clock);
    await fence.update(['a', 'n', 'x'], (rows) => rows.set('a', 'kept').set('n', 1).set('x', 'removed'));
    await fence.update(['x'], (rows) => rows.delete('x'));
    await increment(createTab().fence);
    await fence.read(['n']);
    const other = await occupy();
    const changes = Promise.all([increment(fence), increment(fence), increment(fence)]);
    await clock.advance(2 * LIMIT - 1);
    expect(onDegraded).not.toHaveBeenCalled();
    expect(fence.isShared).toBe(true);
    await clock.advance(1);
    expect((await changes).sort()).toEqual([3, 4, 5]);
    expect(onDegraded).toHaveBeenCalledExactlyOnceWith(expect.any(Error));
    expect(fence.isShared).toBe(false);
    await other.letGo();
    expect(await fence.read(['a', 'n', 'x'])).toEqual(
      new Map<string, unknown>([
        ['a', 'kept'],
        ['n', 5],
      ]),
    );
    expect(await increment(fence)).toBe(6);
    // Nothing that was late has reached the others.
    expect(await valueIn(createTab().fence)).toBe(2);
    expect(clock.pending()).toBe(0);
  });

  it('counts a change that was completed after another had degraded the page', async () => {
    const clock = createFakeClock();
    const { fence, onDegraded } = createTab(clock);
    await increment(fence);
    const other = await occupy();
    const first = [increment(fence), increment(fence)];
    await clock.advance(2 * LIMIT - 100);
    const second = increment(fence);
    await clock.advance(100);
    expect(await Promise.all(first)).toEqual([2, 3]);
    expect(onDegraded).toHaveBeenCalledTimes(1);
    await other.letGo();
    expect(await second).toBe(4);
    expect(await valueIn(fence)).toBe(4);
  });

  it('is not late because the page was: timers that run before the answers wait for them (L4, T1)', async () => {
    let elapsed = 0;
    const timers = new Map<() => void, number>();
    const clock: Clock = {
      now: () => elapsed,
      monotonic: () => elapsed,
      setTimer(callback, delay) {
        timers.set(callback, elapsed + delay);
        return () => timers.delete(callback);
      },
    };
    const { fence, onDegraded } = createTab(clock);
    const changed = increment(fence);
    elapsed = 600_000;
    for (const [callback, due] of [...timers]) {
      timers.delete(callback);
      if (due <= elapsed) callback();
    }
    expect(await changed).toBe(1);
    expect(connections).toHaveLength(1);
    expect(onDegraded).not.toHaveBeenCalled();
    expect(timers.size).toBe(0);
  });

  it('closes a connection that comes when nobody waits for it any more (C48)', async () => {
    const clock = createFakeClock();
    const { fence, onDegraded } = createTab(clock);
    const other = createTab().fence;
    await other.read(['n']);
    const held: (() => void)[] = [];
    const open = factory.open;
    factory.open = (...options) => {
      const request = open(...options);
      let onsuccess = (): void => {};
      return Object.defineProperty(Object.create(request, { result: { get: () => request.result } }), 'onsuccess', {
        set(listener: () => void) {
          onsuccess = listener;
          request.onsuccess = () => held.push(onsuccess);
        },
      });
    };
    const changed = increment(fence);
    await clock.advance(2 * LIMIT);
    expect(await changed).toBe(1);
    expect(onDegraded).toHaveBeenCalledTimes(1);
    expect(held).toHaveLength(2);
    for (const arrive of held) arrive();
    await clock.advance(0);
    expect(await valueIn(other)).toBeUndefined();
    expect(connections.map(isClosed)).toEqual([false, true, true]);
  });
});

describe('a fence that cannot be opened', () => {
  const refused = new DOMException('denied', 'SecurityError');

  it.each([
    [
      'at once, as in an opaque origin',
      () => {
        throw refused;
      },
    ],
    [
      'a little later, as in a private window',
      () => {
        const request = { error: refused, onerror: (_: object) => {} };
        queueMicrotask(() => request.onerror({ preventDefault() {} }));
        return request;
      },
    ],
  ])('serves this page from memory: %s (S6, L5)', async (_, open) => {
    const clock = createFakeClock();
    const { fence, onDegraded } = createTab(clock);
    factory.open = vi.fn(open) as never;
    expect(await increment(fence)).toBe(1);
    expect(await increment(fence)).toBe(2);
    expect(factory.open).toHaveBeenCalledTimes(2);
    expect(onDegraded).toHaveBeenCalledExactlyOnceWith(refused);
    expect(clock.pending()).toBe(0);
  });

  it('does not show its failure as an error of the page', async () => {
    const preventDefault = vi.fn();
    factory.open = (() => {
      const request = { error: refused, onerror: (_: object) => {} };
      queueMicrotask(() => request.onerror({ preventDefault }));
      return request;
    }) as never;
    await createTab().fence.read(['n']);
    expect(preventDefault).toHaveBeenCalledTimes(2);
  });

  it('waits no longer than twice the limit behind a deletion that others block (S6)', async () => {
    const blocker = factory.open(DATABASE);
    await eventOf(blocker, 'success');
    expect(await eventOf(factory.deleteDatabase(DATABASE), 'blocked', 'success')).toBe('blocked');
    const clock = createFakeClock();
    const { fence, onDegraded } = createTab(clock);
    const changed = increment(fence);
    await clock.advance(2 * LIMIT);
    expect(await changed).toBe(1);
    expect(onDegraded).toHaveBeenCalledTimes(1);
    blocker.result.close();
  });

  it('serves this page from memory where the database is not what it should be', async () => {
    const other = factory.open(DATABASE, 7);
    await eventOf(other, 'success');
    other.result.close();
    const { fence, onDegraded } = createTab();
    expect(await increment(fence)).toBe(1);
    expect(onDegraded).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: 'NotFoundError' }));
  });

  it('works beside a later release that has raised the version of the database (V1, V4)', async () => {
    const later = factory.open(DATABASE, 7);
    later.onupgradeneeded = () => later.result.createObjectStore('rows');
    await eventOf(later, 'success');
    const { fence, onDegraded } = createTab();
    expect(await increment(fence)).toBe(1);
    expect(onDegraded).not.toHaveBeenCalled();
  });
});
