import { customStore, localStorageStore } from 'latchkey';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ALICE, createWorld } from '../support/world.ts';

const KEY = 'latchkey.1.default';
const GOOD = {
  version: 1,
  sessionId: 'a-session',
  generation: 1,
  receivedAt: Date.UTC(2030, 0, 1),
  subject: 'alice',
  tokens: { accessToken: 'opaque-access', refreshToken: 'opaque-refresh', tokenType: 'Bearer', lifetime: 300_000 },
};

/** What a store holds, as text, and why it is no session. */
const unusable: readonly (readonly [what: string, stored: string])[] = [
  ['text that is no JSON', 'user 12; admin'],
  ['a JSON that was cut off', JSON.stringify(GOOD).slice(0, -20)],
  ['a JSON of another kind: a number', '42'],
  ['a JSON of another kind: a list', JSON.stringify([GOOD])],
  ['a JSON of another kind: null', 'null'],
  ['a record of another library', JSON.stringify({ access_token: 'x', expires_at: 1, user: {} })],
  ['a record of an older schema', JSON.stringify({ ...GOOD, version: 0 })],
  ['a record of a newer schema', JSON.stringify({ ...GOOD, version: 2 })],
  ['a version that is text', JSON.stringify({ ...GOOD, version: '1' })],
  ['half a record: no session id', JSON.stringify({ ...GOOD, sessionId: undefined })],
  ['half a record: no generation', JSON.stringify({ ...GOOD, generation: undefined })],
  ['half a record: no time of receipt', JSON.stringify({ ...GOOD, receivedAt: undefined })],
  ['half a record: no tokens', JSON.stringify({ ...GOOD, tokens: undefined })],
  ['tokens that are a list', JSON.stringify({ ...GOOD, tokens: ['opaque-access'] })],
  ['a generation that is no count', JSON.stringify({ ...GOOD, generation: 1.5 })],
  ['a generation below one', JSON.stringify({ ...GOOD, generation: 0 })],
  ['a subject that is an object', JSON.stringify({ ...GOOD, subject: { id: 1 } })],
  ['a token that would split a header', JSON.stringify({ ...GOOD, tokens: { accessToken: 'a\r\nX-Evil: 1' } })],
  ['a token that is an object', JSON.stringify({ ...GOOD, tokens: { accessToken: {} } })],
  ['a token of a type that is no scheme', JSON.stringify({ ...GOOD, tokens: { accessToken: 'a', tokenType: 'DPoP' } })],
  ['a negative lifetime', JSON.stringify({ ...GOOD, tokens: { accessToken: 'a', lifetime: -1 } })],
  ['more than anybody would store', JSON.stringify({ ...GOOD, padding: 'x'.repeat(300_000) })],
  ['a prototype in place of its fields', `{"__proto__":${JSON.stringify(GOOD)}}`],
];

afterEach(() => localStorage.clear());

describe('what a store holds', () => {
  it('is a session when it is whole', async () => {
    localStorage.setItem(KEY, JSON.stringify(GOOD));
    const { session, events } = createWorld({ store: localStorageStore() });
    await session.ready;
    expect(session.getState()).toMatchObject({ status: 'signed-in' });
    expect(await session.getAccessToken()).toBe('opaque-access');
    expect(events).toEqual([]);
  });

  it.each(unusable)('is no session but a diagnostic when it is %s (STO-2, C40)', async (_, stored) => {
    localStorage.setItem(KEY, stored);
    const { session, events, backend, clock } = createWorld({ store: localStorageStore() });
    await session.ready;
    await clock.advance(60_000);

    expect(session.getState()).toEqual({ status: 'signed-out' });
    expect(events).toEqual(['diagnostic:record-ignored']);
    expect(backend.calls).toEqual({ signIn: 0, refresh: 0, revoke: 0 });
    expect(localStorage.getItem(KEY)).toBe(stored);
  });

  it.each(unusable)('gives way to a sign-in when it is %s (STO-2)', async (_, stored) => {
    localStorage.setItem(KEY, stored);
    const { session } = createWorld({ store: localStorageStore() });
    await session.signIn(ALICE);
    const reloaded = createWorld({ store: localStorageStore() }).session;
    await reloaded.ready;
    expect(reloaded.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'alice' } });
  });

  it.each(unusable)('does not touch a running session when it turns into %s (STO-2, S5)', async (_, stored) => {
    const { session, backend, events } = createWorld({ store: localStorageStore() });
    await session.signIn(ALICE);
    localStorage.setItem(KEY, stored);
    window.dispatchEvent(new StorageEvent('storage', { key: KEY }));
    await session.refresh();

    expect(session.getState()).toMatchObject({ status: 'signed-in' });
    expect(backend.calls.refresh).toBe(1);
    expect(events.filter((event) => event.startsWith('signed-out'))).toEqual([]);
    // What a newer release wrote is left to it, until somebody signs in here (V1).
    const isNewer = stored.includes('"version":2');
    expect(localStorage.getItem(KEY)).toContain(isNewer ? stored : 'refresh-2-alice');
  });

  it('says in its diagnostic why it is not used, and quotes none of it (STO-2)', async () => {
    const messages: string[] = [];
    for (const stored of [JSON.stringify({ ...GOOD, version: 2 }), 'eyJ.secret.token', 'x'.repeat(300_000)]) {
      localStorage.setItem(KEY, stored);
      const { session } = createWorld({ store: localStorageStore() });
      session.on('diagnostic', ({ message }) => messages.push(message));
      await session.ready;
    }
    expect(messages).toEqual([
      'The stored session cannot be used: its version is 2, this is 1.',
      'The stored session cannot be used: it is damaged.',
      'The stored session cannot be used: it is too long.',
    ]);
  });

  it.each([
    [
      'an object with a getter that throws',
      {
        ...GOOD,
        get tokens(): never {
          throw new Error('trap');
        },
      },
    ],
    ['an object whose fields are inherited', Object.create(GOOD)],
    ['a promise of a list', Promise.resolve([GOOD])],
    ['a function', () => GOOD],
    [
      'a proxy that throws at each touch',
      new Proxy(
        {},
        {
          getOwnPropertyDescriptor: () => {
            throw new Error('trap');
          },
        },
      ),
    ],
  ])('is no session but a diagnostic when a custom store gives %s (STO-2)', async (_, stored) => {
    const { session, events } = createWorld({ store: customStore({ load: () => stored, save() {}, clear() {} }) });
    await session.ready;
    expect(session.getState()).toEqual({ status: 'signed-out' });
    expect(events).toEqual(['diagnostic:record-ignored']);
  });

  it('is not made whole by a polluted prototype (STO-2, PPL-1)', async () => {
    const pollution = { ...GOOD, accessToken: 'evil', refreshToken: 'evil', remember: true };
    localStorage.setItem(
      KEY,
      JSON.stringify({ version: 1, sessionId: 'x', generation: 1, receivedAt: GOOD.receivedAt }),
    );
    const worlds: ReturnType<typeof createWorld>[] = [];
    try {
      for (const [key, value] of Object.entries(pollution)) {
        Object.defineProperty(Object.prototype, key, { value, configurable: true, writable: true });
      }
      worlds.push(createWorld({ store: localStorageStore() }));
      await worlds[0]?.session.ready;
    } finally {
      for (const key of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, key);
    }
    expect(worlds[0]?.session.getState().status).toBe('signed-out');
    expect(worlds[0]?.seen).toEqual([]);
  });

  it('that is whole stays as it is under a polluted prototype (STO-2, PPL-1)', async () => {
    const { session } = createWorld({ store: localStorageStore() });
    await session.signIn(ALICE);
    const token = await session.getAccessToken();
    const clean = localStorage.getItem(KEY);
    const spy = vi.fn();
    try {
      for (const key of ['subject', 'remember', 'scope', 'expires', 'maxAge']) {
        Object.defineProperty(Object.prototype, key, { value: 'evil', configurable: true, writable: true });
      }
      const reloaded = createWorld({ store: localStorageStore({ maxAge: 60_000_000_000 }) });
      reloaded.session.on('diagnostic', spy);
      await reloaded.session.ready;
      expect(await reloaded.session.getAccessToken()).toBe(token);
    } finally {
      for (const key of ['subject', 'remember', 'scope', 'expires', 'maxAge'])
        Reflect.deleteProperty(Object.prototype, key);
    }
    expect(localStorage.getItem(KEY)).toBe(clean);
    expect(spy).not.toHaveBeenCalled();
  });
});
