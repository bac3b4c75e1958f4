import { IDBFactory } from 'fake-indexeddb';
import {
  cookieStore,
  customStore,
  localStorageStore,
  memoryStore,
  type SessionRecord,
  type TokenStore,
  TokenStoreError,
} from 'latchkey';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeRecord } from '../../src/token/session-record.ts';
import { createShelf } from '../session/tabs/shelf.ts';
import { denyCookies, restoreCookies } from '../stores/cookies.ts';
import { createTabsWorld } from '../support/tabs.ts';
import { ALICE, API, createWorld, type World } from '../support/world.ts';
import { outcome } from './fault-world.ts';

const LIFE = 300_001;

const works = ({ api }: World): Promise<number | string> => outcome(api.get(`${API}/x`));

/** Lets time pass that a database of the test's own takes, too. */
async function pass({ clock }: World, time: number): Promise<void> {
  for (let rest = time; rest > 0; rest -= 250) await clock.advance(Math.min(rest, 250));
}

/** What every touch of a database does where the browser does not want it. */
function denied(): never {
  throw new DOMException('denied', 'SecurityError');
}

/** A database that the browser closes once behind the back of whoever has opened it, as Safari does. */
function losingOnce(): { open(name: string): IDBOpenDBRequest } {
  const factory = new IDBFactory();
  let isLost = false;
  return {
    open(name) {
      const request = factory.open(name);
      request.addEventListener('success', () => {
        if (!isLost) request.result.close();
        isLost = true;
      });
      return request;
    },
  };
}

/** The browser takes cookies, and keeps none; until `restoreCookies`. */
function dropCookies(): void {
  Object.defineProperty(document, 'cookie', { configurable: true, get: () => '', set() {} });
}

beforeEach(() => localStorage.clear());
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('storage', () => {
  it.each<[string, { open(name: string): IDBOpenDBRequest } | undefined, number]>([
    ['is not there', undefined, 1],
    ['throws', { open: denied }, 1],
    ['never answers, as one whose upgrade is blocked', { open: () => ({}) as IDBOpenDBRequest }, 1],
    ['has lost its connection once', losingOnce(), 0],
  ])(
    'for the facts of all tabs that %s is opened once more, then done without, and said so (S6)',
    async (_, factory, told) => {
      const open = factory && vi.spyOn(factory, 'open');
      Object.defineProperty(globalThis, 'indexedDB', { value: factory, configurable: true, writable: true });
      const world = createWorld({ store: localStorageStore() });
      const signedIn = world.session.signIn(ALICE);
      await pass(world, 9000);
      await signedIn;
      await world.session.refresh();
      expect([await works(world), open?.mock.calls.length ?? 2, world.backend.calls.refresh]).toEqual([200, 2, 1]);
      expect(world.events.filter((event) => event === 'diagnostic:tabs-uncoordinated')).toHaveLength(told);
    },
  );

  it.each([
    ['has the newer one, of which the fence has not heard', 2, 1, { status: 'signed-in' }, []],
    ['has the older one, and nobody the newer', 1, 2, { status: 'signed-out', reason: 'storage-cleared' }, []],
  ])('written in two steps, between which the page died, that %s (S7)', async (_, stored, known, status, sent) => {
    const shelf = createShelf();
    const { store } = shelf.view();
    const world = createTabsWorld();
    const tab = world.openTab({ store });
    await world.until(tab.session.signIn(ALICE));
    tab.crash();
    const record = shelf.record() as SessionRecord;
    shelf.text = encodeRecord({ ...record, generation: stored });
    const attempt = known < stored ? { generation: known, sentAt: world.clock.now(), tab: 'gone' } : undefined;
    world.fence.rows.set(`row:${record.sessionId}`, { generation: known, tab: 'gone', epoch: 0, attempt });

    const { session } = world.openTab({ store });
    await world.until(session.ready);
    expect([session.getState(), world.server.sent]).toMatchObject([status, sent]);
    const token = status.status === 'signed-in' ? await world.until(session.getAccessToken()) : undefined;
    expect(token).toBe(token && record.tokens.accessToken);
  });

  it('that shows another tab what was there before is waited for, and no old refresh token is sent (S9)', async () => {
    const world = createTabsWorld({ lag: 1500 });
    const [one, two] = [world.openTab(), world.openTab()];
    await world.until(one.session.signIn(ALICE));
    await world.advance(LIFE);
    const asked = await world.until(Promise.all([outcome(one.api.get('/one')), outcome(two.api.get('/two'))]));
    expect(asked).toEqual([200, 200]);
    expect(world.server.sent).toHaveLength(1);
    expect([...world.server.presented.values()]).toEqual([1]);
  });

  it.each([
    ['too large', 'x'.repeat(5000), () => {}],
    ['blocked', 'x', denyCookies],
    ['dropped without a word', 'x', dropCookies],
  ])('in cookies that are %s fails, and the session lives in memory (S10)', async (_, token, fail) => {
    restoreCookies();
    fail();
    const record = { tokens: { accessToken: token } } as SessionRecord;
    expect(() => cookieStore().save('default', record)).toThrow(TokenStoreError);
    const world = createWorld({ store: cookieStore() });
    await world.session.signInWithTokens({ accessToken: token, refreshToken: 'r' });
    expect(await world.session.getAccessToken()).toBe(token);
    expect(world.events).toEqual(['diagnostic:store-failed', 'signed-in']);
    restoreCookies();
  });

  it('of the app’s own that never answers is given 2 seconds for each step (S11)', async () => {
    const never = (): Promise<never> => new Promise(() => {});
    const world = createWorld({ store: customStore({ load: never, save: never, clear: never }) });
    await world.clock.advance(2000);
    expect(world.session.getState().status).toBe('signed-out');
    const signedIn = outcome(world.session.signIn(ALICE));
    await world.clock.advance(2000);
    expect([await signedIn, await works(world)]).toEqual(['done', 200]);
    expect(world.events).toEqual(['diagnostic:store-failed', 'signed-in']);
  });

  it('of the app’s own, let go of in the middle of a save, is not emptied: the session is restored from it (S7, S11)', async () => {
    const shelf = memoryStore();
    let finish = (): void => {};
    let saving: Promise<void> | undefined;
    const slow = (): TokenStore =>
      customStore({
        scope: 'origin',
        load: (name) => shelf.load(name),
        save: (name, record) => Promise.resolve(saving).then(() => shelf.save(name, record)),
        clear: (name) => shelf.clear(name),
      });
    const world = createWorld({ store: slow() });
    await world.session.signIn(ALICE);
    const save = vi.spyOn(shelf, 'save');
    saving = new Promise((resolve) => {
      finish = resolve;
    });
    const refreshed = outcome(world.session.refresh());
    await vi.waitFor(() => expect(world.backend.calls.refresh).toBe(1));
    await pass(world, 1000);
    expect(save).not.toHaveBeenCalled();
    // As a hot reload does, and a component that is mounted anew.
    world.session.dispose();
    finish();
    await refreshed;
    await pass(world, 1000);
    expect(shelf.load('default')).toMatchObject({ generation: 2 });
    const next = createWorld({ store: slow() });
    await next.session.ready;
    expect(next.session.getState()).toMatchObject({ status: 'signed-in' });
  });
});
