import { describe, expect, it } from 'vitest';
import { createMemoryFence } from '../../src/platform/fence.ts';

describe('the fence in memory', () => {
  it('shows the rows that were asked for, and no others', async () => {
    const fence = createMemoryFence();
    await fence.update(['a', 'b'], (rows) => rows.set('a', 1).set('b', 2));
    expect([...(await fence.read(['a', 'c']))]).toEqual([['a', 1]]);
  });

  it('writes nothing when a change throws', async () => {
    const fence = createMemoryFence();
    await fence.update(['a'], (rows) => rows.set('a', 1));
    const broken = fence.update(['a'], (rows) => {
      rows.set('a', 2);
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    expect((await fence.read(['a'])).get('a')).toBe(1);
  });

  it('writes and removes only the rows that a change named', async () => {
    const fence = createMemoryFence();
    await fence.update(['a', 'b'], (rows) => rows.set('a', 1).set('b', 2));
    await fence.update(['a'], (rows) => {
      rows.delete('a');
      rows.set('b', 'not mine');
    });
    expect([...(await fence.read(['a', 'b']))]).toEqual([['b', 2]]);
  });

  it('runs changes one after another, each on what the one before left', async () => {
    const fence = createMemoryFence();
    const add = (): Promise<unknown> => fence.update(['n'], (rows) => rows.set('n', Number(rows.get('n') ?? 0) + 1));
    await Promise.all(Array.from({ length: 50 }, add));
    expect((await fence.read(['n'])).get('n')).toBe(50);
  });

  it('hands out what cannot be used to change it from outside', async () => {
    const fence = createMemoryFence();
    let leaked = new Map<string, unknown>();
    await fence.update(['a'], (rows) => {
      leaked = rows.set('a', 1);
    });
    leaked.set('a', 2);
    (await fence.read(['a'])).set('a', 3);
    expect((await fence.read(['a'])).get('a')).toBe(1);
  });

  it('takes a key called __proto__ for a key (PPL-2)', async () => {
    const fence = createMemoryFence();
    await fence.update(['__proto__', 'constructor'], (rows) => rows.set('__proto__', { polluted: true }));
    expect((await fence.read(['__proto__'])).get('__proto__')).toEqual({ polluted: true });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
