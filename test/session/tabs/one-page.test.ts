import axios from 'axios';
import { createSession, localStorageStore, memoryStore, type Session, type SessionOptions } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { createFakeBackend, createFakeClock, type FakeCredentials } from 'latchkey/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ALICE, BOB } from '../../support/world.ts';

const sessions: Session<FakeCredentials>[] = [];

function create(options: Partial<SessionOptions<FakeCredentials>> = {}): Session<FakeCredentials> {
  const session = createSession<FakeCredentials>({
    backend: createFakeBackend(),
    store: localStorageStore(),
    ...options,
  });
  sessions.push(session);
  return session;
}

afterEach(() => {
  for (const session of sessions.splice(0)) session.dispose();
  localStorage.clear();
});

describe('two sessions of one name on one page', () => {
  it('made alike are one: one engine, one state, one refresh (V2, C47)', async () => {
    const backend = createFakeBackend();
    const [one, two] = [create({ backend }), create({ backend })];
    expect(two).toBe(one);
    await one.signIn(ALICE);
    await Promise.all([one.refresh(), two.refresh()]);
    expect(backend.calls.refresh).toBe(1);
    expect(two.getState()).toBe(one.getState());
  });

  it('made alike by two bundles, each with a store and a backend of its own, are one as well (V2)', () => {
    expect(create({ store: localStorageStore() })).toBe(create({ store: localStorageStore() }));
  });

  it.each([
    ['another store', { store: memoryStore() }],
    ['another backend', { backend: { ...createFakeBackend(), endpoints: ['/other'] } }],
  ])(
    'made with %s: the first is disposed of, and says whose place was taken, and how to mend it (V2)',
    async (_, other) => {
      const first = create();
      await first.signIn(ALICE);
      const told = vi.fn();
      first.on('signed-out', told);
      const second = create(other);
      expect(second).not.toBe(first);
      const error = await first.getAccessToken().catch((cause) => cause);
      expect(error).toMatchObject({ code: 'auth-unavailable' });
      expect(error.message).toContain("createSession({ name: 'default' })");
      expect(told).not.toHaveBeenCalled();
      await second.signIn(BOB);
      expect(second.getState().status).toBe('signed-in');
    },
  );

  it('one after the other was disposed of: the next is new, and takes up what is stored', async () => {
    const backend = createFakeBackend();
    const first = create({ backend });
    await first.signIn(ALICE);
    first.dispose();
    const second = create({ backend });
    expect(second).not.toBe(first);
    await second.ready;
    expect(second.getState().status).toBe('signed-in');
  });
});

describe('two sessions of two names on one page', () => {
  it('are two: what one does is nothing to the other (V2, C6)', async () => {
    const [shop, admin] = [create({ name: 'shop' }), create({ name: 'admin' })];
    const events: string[] = [];
    admin.on('signed-in', () => events.push('signed-in'));
    admin.on('signed-out', () => events.push('signed-out'));
    await Promise.all([shop.signIn(ALICE), admin.ready]);
    expect(admin.getState()).toEqual({ status: 'signed-out' });
    await admin.signIn(BOB);
    await shop.signOut();
    expect(admin.getState().status).toBe('signed-in');
    expect(events).toEqual(['signed-in']);
  });
});

describe('the protocol version', () => {
  it('is in the names of the database, the lock, the channel and the key, and in each message (V1, STO-6)', async () => {
    const locks: string[] = [];
    const channels: string[] = [];
    const messages: unknown[] = [];
    const request = async (name: string, ...rest: unknown[]): Promise<unknown> => {
      locks.push(name);
      return (rest.at(-1) as (lock: object) => unknown)({ name });
    };
    vi.stubGlobal('navigator', { locks: { request, query: async () => ({}) } });
    vi.stubGlobal(
      'BroadcastChannel',
      class extends EventTarget {
        constructor(name: string) {
          super();
          channels.push(name);
        }
        postMessage(message: unknown): void {
          messages.push(message);
        }
        close(): void {}
      },
    );
    const session = create({ name: 'shop' });
    await session.signIn(ALICE);
    await session.refresh();
    expect((await indexedDB.databases()).map(({ name }) => name)).toEqual(['latchkey.1']);
    expect(new Set(locks)).toEqual(new Set(['latchkey.1:shop']));
    expect(channels).toEqual(['latchkey.1:shop']);
    expect(Object.keys(localStorage)).toEqual(['latchkey.1.shop']);
    expect(JSON.parse(localStorage.getItem('latchkey.1.shop') ?? '')).toMatchObject({ version: 1 });
    expect(messages).toEqual([
      { version: 1, type: 'changed' },
      { version: 1, type: 'changed' },
    ]);
  });
});

describe('an event of localStorage', () => {
  async function withLooks() {
    const clock = createFakeClock();
    const store = localStorageStore();
    const load = vi.fn(store.load);
    const session = create({ clock, store: { ...store, load } });
    await session.signIn(ALICE);
    await clock.advance(0);
    load.mockClear();
    const events: string[] = [];
    session.on('signed-out', ({ reason }) => events.push(reason));
    return { clock, session, load, events };
  }

  it('of another key is ignored: nothing is read (S8)', async () => {
    const { clock, load, events } = await withLooks();
    for (const key of ['theme', 'latchkey.1.other', 'latchkey.2.default', '']) {
      window.dispatchEvent(Object.assign(new Event('storage'), { key }));
    }
    await clock.advance(0);
    expect(load).not.toHaveBeenCalled();
    expect(events).toEqual([]);
  });

  it('of the same value changes nothing (S8)', async () => {
    const { clock, session, events } = await withLooks();
    const before = session.getState();
    window.dispatchEvent(Object.assign(new Event('storage'), { key: 'latchkey.1.default' }));
    await clock.advance(0);
    expect(session.getState()).toBe(before);
    expect(events).toEqual([]);
  });

  it('that everything was cleared ends the session, with its reason (S8, S4, C40)', async () => {
    const { clock, session, events } = await withLooks();
    localStorage.clear();
    window.dispatchEvent(Object.assign(new Event('storage'), { key: null }));
    await clock.advance(1000);
    expect(events).toEqual(['storage-cleared']);
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'storage-cleared' });
  });
});

describe('one session in several clients', () => {
  it('of two copies of axios’ instances makes one refresh for all of them (V3, C6, C22)', async () => {
    const clock = createFakeClock();
    const backend = createFakeBackend({ now: () => clock.now() });
    const session = create({ clock, backend });
    await session.signIn(ALICE);
    const seen: unknown[] = [];
    const instance = axios.create({
      baseURL: 'https://api.example.com',
      adapter: async (config) => {
        seen.push(config.headers.get('Authorization'));
        return { data: '', status: 200, statusText: '', headers: {}, config };
      },
    });
    attachSession(instance, session);
    const child = instance.create();
    attachSession(child, session);
    attachSession(instance, session);
    await clock.advance(300_001);
    await Promise.all([instance.get('/1'), child.get('/2'), instance.get('/3')]);
    expect(backend.calls.refresh).toBe(1);
    expect(new Set(seen)).toEqual(new Set([`Bearer ${await session.getAccessToken()}`]));
    expect(seen).toHaveLength(3);
  });
});
