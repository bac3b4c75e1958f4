import { memoryStore, type SessionRecord, type TokenStore } from 'latchkey';
import { createFakeBackend, createFakeClock } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';
import type { Core } from '../../src/session/core.ts';
import { coreOf } from '../../src/session/core-of.ts';
import { end } from '../../src/session/ending.ts';
import { changeFacts, raise } from '../../src/session/facts.ts';
import type { Held } from '../../src/session/held.ts';
import { createKeeper } from '../../src/session/keeper.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { encodeRecord } from '../../src/token/session-record.ts';
import { createTabsWorld, type SimTab } from '../support/tabs.ts';
import { ALICE, BOB } from '../support/world.ts';
import { createCookieWorld, openCookieTab } from './tabs/cookie-world.ts';
import { load, openTab, rowOf, stateOf, userOf } from './tabs/open-tabs.ts';
import { createShelf } from './tabs/shelf.ts';

/** What the engine has of a tab in which somebody is signed in. */
function inside({ session }: SimTab): { readonly core: Core; readonly held: Held; readonly record: SessionRecord } {
  const core = coreOf(session);
  if (!core?.held) throw new Error('Nobody is signed in.');
  return { core, held: core.held, record: core.held.record };
}

describe('what the fence knows of a session', () => {
  it('is forgotten once another one has taken its place, or it has ended: a database does not grow with each sign-in', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const [head, first] = [...world.fence.rows.keys()];
    await world.until(tab.session.signIn(BOB));
    expect([...world.fence.rows.keys()]).toEqual([head, `row:${inside(tab).record.sessionId}`]);
    expect(world.fence.rows.has(first ?? '')).toBe(false);
    await world.until(tab.session.signOut());
    await world.settle();
    expect([...world.fence.rows.keys()]).toEqual([head]);
  });

  it('stays where the one that was to take its place was not written', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const { core, record } = inside(tab);
    const isWritten = await world.until(changeFacts(core, { sessionId: 'next' }, () => false, record));
    expect([isWritten, rowOf(world, record.sessionId)?.generation]).toEqual([false, 1]);
  });

  it('is never set back by a tab that is behind, nor begun by it, and a refresh under way stays known (I10)', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const { core, record } = inside(tab);
    const attempt = { generation: 3, sentAt: world.clock.now(), tab: 'other' };
    const row = { ...rowOf(world, record.sessionId), generation: 3, tab: 'other', attempt };
    world.fence.rows.set(`row:${record.sessionId}`, row);
    for (const generation of [1, 3]) {
      await world.until(raise(core, { ...record, generation }));
      expect(rowOf(world, record.sessionId)).toEqual(row);
    }
    await world.until(raise(core, { ...record, sessionId: 'unknown' }));
    expect(rowOf(world, 'unknown')).toBeUndefined();
    await world.until(raise(core, { ...record, generation: 4 }));
    expect(rowOf(world, record.sessionId)).toMatchObject({ generation: 4, tab: core.tab, attempt: undefined });
  });
});

describe('a session in the store of which the fence knows nothing, while it knows another', () => {
  it.each([
    ['counts where a server writes the store', true, 'bob'],
    ['is nobody’s where tabs write it', false, undefined],
  ])('%s', async (_, isReadOnly, user) => {
    const world = createTabsWorld();
    const shelf = createShelf();
    const tab = await openTab(world, { store: shelf.view().store });
    const { record } = inside(tab);
    tab.close();
    const { accessToken: token } = (await createFakeBackend({ now: world.clock.now }).signIn?.(BOB, {} as never)) ?? {};
    const tokens = { ...record.tokens, accessToken: token };
    shelf.text = encodeRecord({ ...record, sessionId: 'another', subject: 'bob', tokens });
    const next = await load(world, { store: { ...shelf.view().store, isReadOnly } });
    expect(userOf(next)).toBe(user);
  });
});

describe('a sign-in right after a sign-out, over an asynchronous store', () => {
  it('outlives the clear of the session before, which may land on top of its save', async () => {
    const world = createTabsWorld({ store: 'slow' });
    const tab = await openTab(world);
    await world.until(tab.session.signOut());
    await world.until(tab.session.signIn(ALICE));
    await world.settle();
    const { record } = inside(tab);
    tab.events.length = 0;
    world.stores.clear();
    tab.wake();
    await world.advance(1000);
    expect([userOf(tab), tab.events]).toEqual(['alice', []]);
    expect(world.stores.current()).toMatchObject({ sessionId: record.sessionId });
  });
});

describe('a session that has ended', () => {
  it('is not begun again by the page that ended it, from a store that could not be cleared, without a shared fence (I3)', async () => {
    const world = createTabsWorld({ fence: 'none' });
    const { store } = createShelf().view();
    const clear = (): void => {
      throw new Error('denied');
    };
    const tab = await openTab(world, { store: { ...store, clear } });
    const { core, held } = inside(tab);
    await world.until(end(core, core.epoch, held, 'idle'));
    tab.wake();
    await world.advance(1000);
    expect(stateOf(tab)).toEqual({ status: 'signed-out', reason: 'idle' });
  });

  it('is told with its reason to the copy of its tab, where each tab has a session of its own', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const tab = await openTab(world);
    const copy = tab.duplicate();
    await world.until(copy.session.ready);
    const { core, held } = inside(tab);
    await world.until(end(core, core.epoch, held, 'max-age'));
    await world.settle();
    expect(copy.events).toEqual(['signed-out:max-age']);
  });

  it('need not be known: who signs out on a first visit has whatever cookie there is logged out', async () => {
    const world = createCookieWorld();
    const tab = await openCookieTab(world);
    await world.until(tab.session.signOut());
    expect(world.log).toEqual(['log-out nobody']);
  });
});

describe('a session’s way to its store', () => {
  const tokens = { accessToken: 'opaque', tokenType: 'Bearer', refreshToken: 'r0', scope: undefined };
  const recordOf = (sessionId: string, generation = 1): SessionRecord =>
    ({ version: 1, sessionId, generation, receivedAt: 1, tokens }) as never;

  function createWay(own: Partial<TokenStore> = {}) {
    const store: TokenStore = { ...memoryStore(), ...own };
    const clock = createFakeClock();
    const told: string[] = [];
    const options = normalizeOptions({ backend: createFakeBackend() as never, store, clock });
    const keeper = createKeeper(options, (code, message) => told.push(`${code}: ${message}`));
    return { clock, store, keeper, told };
  }
  const denied = (): never => {
    throw new Error('denied');
  };

  it('tells a store that fails from one that is empty, and says once that it does (STO-5)', async () => {
    const { keeper, told } = createWay({ load: denied });
    expect(createWay().keeper.load()).toEqual({ record: undefined });
    expect(keeper.load()).toEqual({ record: undefined, problem: '' });
    await keeper.load();
    expect(told).toEqual(['store-failed: denied']);
  });

  it('says of a store that does not answer for how long it was waited (C42)', async () => {
    const { clock, keeper, told } = createWay({ synchronous: false, load: () => new Promise(() => {}) });
    const loaded = keeper.load();
    await clock.advance(3000);
    expect(await loaded).toEqual({ record: undefined, problem: '' });
    expect(told).toEqual([expect.stringContaining('2 seconds')]);
  });

  it('writes over what a newer release has written with a sign-in only (V1)', async () => {
    const newer = { ...recordOf('newer'), version: 2 };
    const { keeper, store } = createWay();
    await store.save('default', newer as never);
    await keeper.load();
    await keeper.save(recordOf('mine', 2));
    expect(store.load('default')).toBe(newer);
    await keeper.save(recordOf('mine', 1));
    expect(store.load('default')).toMatchObject({ sessionId: 'mine' });
  });

  it('leaves nobody in the store who was replaced by a user whose save fails', async () => {
    const plain = memoryStore();
    const { keeper } = createWay({
      ...plain,
      save: (name, record) => (record.sessionId === 'bob' ? denied() : plain.save(name, record)),
    });
    await keeper.save(recordOf('alice'));
    await keeper.save(recordOf('bob'));
    expect(plain.load('default')).toBeUndefined();
  });

  it('leaves the older generation of the same session there where the save of the next one fails (STO-3)', async () => {
    const plain = memoryStore();
    const { keeper } = createWay({
      ...plain,
      save: (name, record) => (record.generation > 1 ? denied() : plain.save(name, record)),
    });
    await keeper.save(recordOf('alice'));
    await keeper.save(recordOf('alice', 2));
    expect(plain.load('default')).toMatchObject({ generation: 1 });
  });

  it('says that the store cannot be cleared once, and again only after it could (STO-5)', async () => {
    let isDenied = true;
    const { keeper, told } = createWay({ clear: () => (isDenied ? denied() : undefined) });
    await keeper.clear();
    await keeper.clear();
    expect(told).toHaveLength(1);
    isDenied = false;
    await keeper.clear();
    isDenied = true;
    await keeper.clear();
    expect(told).toHaveLength(2);
  });
});
