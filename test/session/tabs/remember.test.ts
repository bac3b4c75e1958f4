// @vitest-environment node
import { rememberStore, type TokenStore } from 'latchkey';
import { describe, expect, it } from 'vitest';
import { createTabsWorld, type TabsWorld } from '../../support/tabs.ts';
import type { Slot } from '../../support/tabs-stores.ts';
import { ALICE } from '../../support/world.ts';
import { ask, LIFE, load, mostPresented, userOf } from './open-tabs.ts';
import { createShelf, type Shelf } from './shelf.ts';

/** A tab that keeps what is to be remembered on the shelf, and everything else in its own slot. */
function storeOf(world: TabsWorld, shelf: Shelf, slot: Slot): TokenStore {
  return rememberStore({ persistent: shelf.view().store, temporary: world.stores.tab(slot) });
}

async function openWorld(remember: boolean) {
  const world = createTabsWorld();
  const shelf = createShelf();
  const slots: Slot[] = [{ text: undefined }, { text: undefined }];
  const [one, two] = await Promise.all(slots.map((slot) => load(world, { store: storeOf(world, shelf, slot) })));
  if (!one || !two) throw new Error('There are two.');
  await world.until(one.session.signIn(ALICE, { remember }));
  await world.settle();
  return { world, shelf, slots, one, two };
}

describe('a session that is to be remembered, or not', () => {
  it.each([true, false])('is the same in all tabs, which refresh once for all (%s) (ROT-1)', async (remember) => {
    const { world, one, two } = await openWorld(remember);
    expect([one, two].map(userOf)).toEqual(['alice', 'alice']);
    for (let round = 0; round < 4; round += 1) {
      await world.advance(LIFE);
      const [first, second] = round % 2 ? [one, two] : [two, one];
      expect(await Promise.all([ask(world, first), ask(world, second)])).toEqual([200, 200]);
    }
    expect(world.server.sent).toHaveLength(4);
    expect(mostPresented(world)).toBe(1);
  });

  it.each([true, false])('ends in all tabs, and is nowhere any more (%s) (C36, OUT-8)', async (remember) => {
    const { world, shelf, slots, one, two } = await openWorld(remember);
    await world.until(two.session.signOut());
    await world.advance(1000);
    expect([one, two].map(userOf)).toEqual([undefined, undefined]);
    expect([shelf.text, ...slots.map(({ text }) => text)]).toEqual([undefined, undefined, undefined]);
  });

  it('and is not, is not on the shelf, and survives the reload of its own tab', async () => {
    const { world, shelf, slots, one } = await openWorld(false);
    expect(shelf.text).toBeUndefined();
    one.close();
    const page = await load(world, { store: storeOf(world, shelf, slots[0] as Slot) });
    expect(userOf(page)).toBe('alice');
    expect(page.events).toEqual([]);
  });

  it('and is, is on the shelf only, also after a refresh by another tab', async () => {
    const { world, shelf, slots, two } = await openWorld(true);
    await world.until(two.session.refresh());
    await world.settle();
    expect(shelf.record()).toMatchObject({ generation: 2, remember: true });
    expect(slots.map(({ text }) => text)).toEqual([undefined, undefined]);
  });
});
