import { IDBFactory } from 'fake-indexeddb';
import { createFakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { createMemoryFence, type Fence } from '../../src/platform/fence.ts';
import { createIndexedDbFence } from '../../src/platform/indexed-db-fence.ts';

function createIndexedDb(): Fence {
  vi.stubGlobal('indexedDB', new IDBFactory());
  const fence = createIndexedDbFence(createFakeClock(), (cause) => {
    throw cause;
  });
  return fence as Fence;
}

describe.each([
  ['in memory', createMemoryFence],
  ['in IndexedDB', createIndexedDb],
])('the fence %s', (_, createFence) => {
  it('shows the rows that were asked for, and no others', async () => {
    const fence = createFence();
    await fence.update(['a', 'b'], (rows) => rows.set('a', 1).set('b', 2));
    expect([...(await fence.read(['a', 'c']))]).toEqual([['a', 1]]);
  });

  it('writes nothing when a change throws', async () => {
    const fence = createFence();
    await fence.update(['a'], (rows) => rows.set('a', 1));
    const broken = fence.update(['a'], (rows) => {
      rows.set('a', 2);
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    expect((await fence.read(['a'])).get('a')).toBe(1);
    await fence.update(['a'], (rows) => rows.set('a', 3));
    expect((await fence.read(['a'])).get('a')).toBe(3);
  });

  it('gives what a change gave', async () => {
    const fence = createFence();
    expect(await fence.update(['a'], () => 'result')).toBe('result');
    expect(await fence.update(['a'], () => undefined)).toBeUndefined();
  });

  it('works on no rows, and on one that is named twice', async () => {
    const fence = createFence();
    expect(await fence.update([], (rows) => rows.size)).toBe(0);
    expect(await fence.read([])).toEqual(new Map());
    await fence.update(['a', 'b', 'a'], (rows) => rows.set('a', 1));
    expect(await fence.read(['a', 'a'])).toEqual(new Map([['a', 1]]));
  });

  it('writes and removes only the rows that a change named', async () => {
    const fence = createFence();
    await fence.update(['a', 'b'], (rows) => rows.set('a', 1).set('b', 2));
    await fence.update(['a'], (rows) => {
      rows.delete('a');
      rows.set('b', 'not mine');
    });
    expect([...(await fence.read(['a', 'b']))]).toEqual([['b', 2]]);
  });

  it('runs changes one after another, each on what the one before left', async () => {
    const fence = createFence();
    const add = (): Promise<unknown> => fence.update(['n'], (rows) => rows.set('n', Number(rows.get('n') ?? 0) + 1));
    await Promise.all(Array.from({ length: 50 }, add));
    expect((await fence.read(['n'])).get('n')).toBe(50);
  });

  it('hands out what cannot be used to change it from outside', async () => {
    const fence = createFence();
    let leaked = new Map<string, unknown>();
    await fence.update(['a'], (rows) => {
      leaked = rows.set('a', 1);
    });
    leaked.set('a', 2);
    (await fence.read(['a'])).set('a', 3);
    expect((await fence.read(['a'])).get('a')).toBe(1);
  });

  it('takes a key called __proto__ for a key (PPL-2)', async () => {
    const fence = createFence();
    await fence.update(['__proto__', 'constructor'], (rows) => rows.set('__proto__', { polluted: true }));
    expect((await fence.read(['__proto__'])).get('__proto__')).toEqual({ polluted: true });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
