// @vitest-environment node
import { customStore, type TokenStore } from 'latchkey';
import { describe, expect, it } from 'vitest';
import { encodeRecord, type SessionRecord } from '../../src/token/session-record.ts';
import { createTabsWorld, type SimTab, type TabsWorld, type TabsWorldOptions } from '../support/tabs.ts';
import { ALICE, BOB } from '../support/world.ts';
import { ask, hold, look, openTab, openTabs, outcome, rowOf, sessionOf, userOf } from './tabs/open-tabs.ts';
import { createShelf } from './tabs/shelf.ts';

describe('a store that is empty all of a sudden', () => {
  async function onShelf() {
    const world = createTabsWorld();
    const shelf = createShelf();
    const tab = await openTab(world, { store: shelf.view().store });
    const { text } = shelf;
    shelf.text = undefined;
    return { world, shelf, tab, text };
  }

  it('for a moment only ends nothing (S9)', async () => {
    const { world, shelf, tab, text } = await onShelf();
    const found = look(tab);
    await world.advance(100);
    shelf.text = text;
    expect(await world.until(found)).toBe('nothing');
    expect(tab.events).toEqual([]);
  });

  it('and cannot be read after that ends nothing: it may have anything in it (I5)', async () => {
    const { world, shelf, tab } = await onShelf();
    const found = look(tab);
    await world.advance(100);
    shelf.text = '{"version":1,';
    expect(await world.until(found)).toBe('nothing');
    expect(userOf(tab)).toBe('alice');
  });

  it('ends the session of a tab that has one of its own, also where nobody ever signed out', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const tab = await openTab(world);
    tab.slot.text = undefined;
    expect(await world.until(look(tab))).toBe('storage-cleared');
  });

  it('ends nothing in a copy of the tab, if the user signs in anew here before that counts', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const tab = await openTab(world);
    const copy = tab.duplicate();
    await world.until(copy.session.ready);
    tab.slot.text = undefined;
    const found = look(tab);
    await world.advance(100);
    await world.until(tab.session.signIn(ALICE));
    tab.slot.text = undefined;
    await world.until(found);
    expect(rowOf(world, sessionOf(copy))).not.toHaveProperty('ended');
    expect(await world.until(look(copy))).toBe('nothing');
  });
});

describe('a store that did not take a sign-in', () => {
  /** A store of the app's that counts what it is given. */
  function counting(isSynchronous: boolean) {
    const told = { text: undefined as string | undefined, saves: 0, isBroken: false, until: Promise.resolve() };
    const refuse = (): void => {
      if (told.isBroken) throw new Error('It is full.');
    };
    const write = (text: string | undefined): void => {
      refuse();
      told.text = text;
    };
    const load = (): unknown => told.text;
    const clear = (): void => write(undefined);
    const save = (_: string, record: SessionRecord): void => {
      told.saves += 1;
      write(encodeRecord(record));
    };
    const late = async (name: string, record: SessionRecord): Promise<void> => {
      const text = encodeRecord(record);
      told.saves += 1;
      refuse();
      await told.until;
      told.text = text;
      void name;
    };
    const store: TokenStore = isSynchronous
      ? { scope: 'origin', synchronous: true, load, save, clear }
      : customStore({ scope: 'origin', load, save: late, clear });
    return { told, store };
  }

  it('is given it again with the next look, once it works (S1)', async () => {
    const { told, store } = counting(false);
    told.isBroken = true;
    const world = createTabsWorld();
    const tab = await openTab(world, { store });
    expect(told.text).toBeUndefined();
    told.isBroken = false;
    tab.wake();
    await world.settle();
    expect(told.text).toContain(sessionOf(tab));
  });

  it('in time, but shows it now, is not given it again', async () => {
    const { told, store } = counting(false);
    let land = (): void => {};
    told.until = new Promise((resolve) => {
      land = resolve;
    });
    const world = createTabsWorld();
    const tab = await openTab(world, { store });
    land();
    await world.settle();
    expect(told).toMatchObject({ text: expect.stringContaining(sessionOf(tab)), saves: 1 });
    tab.wake();
    await world.settle();
    expect(told.saves).toBe(1);
  });

  it('though it is synchronous is not asked again with each look: the session is in the memory', async () => {
    const { told, store } = counting(true);
    const world = createTabsWorld();
    const tab = await openTab(world, { store });
    told.isBroken = true;
    await world.until(tab.session.signIn(BOB));
    told.saves = 0;
    expect(await world.until(look(tab))).toBe('nothing');
    expect(told.saves).toBe(0);
    expect(userOf(tab)).toBe('bob');
  });
});

describe('a store that knows more than the fence of a page', () => {
  async function apart(server: TabsWorldOptions['server'] = {}) {
    const world = createTabsWorld({ fence: 'none', server });
    const [one, two] = await openTabs(world, 2);
    two.wake();
    await world.settle();
    expect(userOf(two)).toBe('alice');
    return { world, one, two };
  }

  it('of a refresh elsewhere does not stand in the way of a sign-in that is under way here', async () => {
    const { world, one, two } = await apart();
    const release = hold(world, two, 'sign-in answer');
    const signedIn = outcome(two.session.signIn(BOB));
    await world.settle();
    await world.until(one.session.refresh());
    await world.settle();
    expect(two.record()?.generation).toBe(2);
    release();
    await world.until(signedIn);
    expect(userOf(two)).toBe('bob');
  });

  it('lets the page refresh what it has shown', async () => {
    const { world, one, two } = await apart();
    await world.until(one.session.refresh());
    await world.settle();
    await world.until(two.session.refresh());
    expect(two.record()?.generation).toBe(3);
  });

  it('is believed also while nobody knows what became of a refresh of the page', async () => {
    const { world, one, two } = await apart({ reuse: 'grace' });
    world.server.faults.push('lose-response');
    expect(await world.until(outcome(two.session.refresh()))).toBe('auth-unavailable');
    await world.until(one.session.refresh());
    await world.settle();
    expect(two.record()).toEqual(one.record());
  });

  /** Each tab has its own, which its server writes. */
  function writtenByServer(): { readonly world: TabsWorld; open(): Promise<SimTab> } {
    const world = createTabsWorld({ store: 'tab' });
    const open = (): Promise<SimTab> => {
      const slot = { text: undefined };
      return openTab(world, { slot, store: { ...world.stores.tab(slot), isReadOnly: true } });
    };
    return { world, open };
  }

  const next = (tab: SimTab): string => encodeRecord({ ...(tab.record() as SessionRecord), generation: 2 });

  it('is believed also after the databases were cleared', async () => {
    const { world, open } = writtenByServer();
    const tab = await open();
    world.fence.clear();
    tab.slot.text = next(tab);
    expect(await world.until(look(tab))).toBe('generation 2');
  });

  it('is believed in a tab with a session of its own, too, whatever became of a refresh', async () => {
    const { world, open } = writtenByServer();
    const tab = await open();
    world.server.faults.push('lose-response');
    await world.until(outcome(tab.session.refresh()));
    tab.slot.text = next(tab);
    expect(await world.until(look(tab))).toBe('generation 2');
  });

  it('says nothing of the session of another tab: the fence knows that better', async () => {
    const { world, open } = writtenByServer();
    const [one, two] = [await open(), await open()];
    const old = two.slot.text;
    await world.until(two.session.refresh());
    const row = rowOf(world, sessionOf(two));
    one.slot.text = old;
    expect(await world.until(look(one))).toBe('nothing');
    expect(rowOf(world, sessionOf(two))).toEqual(row);
  });
});

describe('a session of one tab that its copy has ended', () => {
  it('ends for the reason that the copy had, though all tabs once shared another', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const tab = await openTab(world);
    const copy = tab.duplicate();
    await world.until(copy.session.ready);
    world.fence.rows.set('head:default', { epoch: 0, sessionId: 'older', subject: 'alice' });
    world.channel.lose(1000);
    world.server.revokeAll();
    await ask(world, copy);
    expect(copy.events).toContain('signed-out:refresh-rejected');
    expect(await world.until(look(tab))).toBe('refresh-rejected');
  });
});
