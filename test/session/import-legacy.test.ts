// @vitest-environment-options { "url": "https://app.example.com/" }
import {
  createSession,
  customStore,
  diagnose,
  importLegacy,
  type LegacyOptions,
  localStorageStore,
  memoryStore,
  rememberStore,
  type Session,
  type SessionOptions,
  type SessionRecord,
  sessionStorageStore,
} from 'latchkey';
import { simpleJwt, withRenewal } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { createFakeBackend, createFakeClock, type FakeCredentials } from 'latchkey/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fakeJwt } from '../../src/testing/fake-jwt.ts';
import { createStorage, denyStorage, quotaExceeded } from '../stores/storage.ts';
import { setHidden } from '../support/page-visibility.ts';
import { ALICE } from '../support/world.ts';

type Options = Partial<SessionOptions<FakeCredentials>>;

const KEYS = { access: 'jwta', refresh: 'jwtr' };
const LIFE = 300_000;
let open: Session<FakeCredentials>[] = [];

afterEach(() => {
  for (const session of open) session.dispose();
  open = [];
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  localStorage.clear();
  sessionStorage.clear();
  for (const pair of document.cookie.split(';')) cookie(`${pair.split('=')[0]?.trim()}=; Path=/; Max-Age=0`);
});

/** An app that was deployed over an older one, whose user is alice. */
function createApp() {
  // Nobody looks: nothing is refreshed but for those who ask.
  setHidden(true);
  const clock = createFakeClock();
  const backend = createFakeBackend({ now: () => clock.now() });
  const tokens = backend.tokensFor('alice') as { readonly accessToken: string; readonly refreshToken: string };
  const events: string[] = [];
  const messages: string[] = [];
  function load(legacy: LegacyOptions = KEYS, options: Options = {}): Session<FakeCredentials> {
    const session = createSession<FakeCredentials>({
      backend,
      store: localStorageStore(),
      migrate: importLegacy(legacy),
      clock,
      ...options,
    });
    open.push(session);
    for (const type of ['signed-in', 'signed-out', 'refreshed'] as const) session.on(type, () => events.push(type));
    session.on('diagnostic', ({ code, message }) => {
      events.push(code);
      messages.push(message);
    });
    return session;
  }
  /** The older app at work. */
  function leave({ accessToken, refreshToken }: { accessToken?: string; refreshToken?: string } = tokens): void {
    if (accessToken !== undefined) localStorage.setItem('jwta', accessToken);
    if (refreshToken !== undefined) localStorage.setItem('jwtr', refreshToken);
  }
  /** The page is left, and loaded again. */
  async function reload(legacy?: LegacyOptions, options?: Options): Promise<Session<FakeCredentials>> {
    for (const session of open) session.dispose();
    const session = load(legacy, options);
    await session.ready;
    return session;
  }
  return { clock, backend, tokens, events, messages, leave, load, reload };
}

function cookie(text: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: that is what the older app does.
  document.cookie = text;
}

const userOf = (session: Session<FakeCredentials>): unknown => {
  const state = session.getState();
  return state.status === 'signed-in' ? state.user.sub : state;
};
const stored = (): SessionRecord | undefined =>
  JSON.parse(localStorage.getItem('latchkey.1.default') ?? 'null') ?? undefined;
const oldKeys = (): (string | null)[] => [localStorage.getItem('jwta'), localStorage.getItem('jwtr')];

describe('what an older client has left', () => {
  it('signs its user in without a request or an event, is kept by the store, and is gone from the old keys', async () => {
    const { backend, clock, events, leave, load, tokens } = createApp();
    leave();
    const session = load();
    await session.ready;
    expect(userOf(session)).toBe('alice');
    expect(session.getState()).toMatchObject({ tokenExpiresAt: clock.now() + LIFE });
    expect(await session.getAccessToken()).toBe(tokens.accessToken);
    expect(stored()).toMatchObject({ generation: 1, subject: 'alice', tokens });
    expect(oldKeys()).toEqual([null, null]);
    expect(events).toEqual([]);
    expect(backend.calls).toEqual({ signIn: 0, refresh: 0, revoke: 0 });
    expect(session.trace().map(({ step }) => step)).toEqual(['imported', 'restored']);
  });

  it('is a session like any other: it is refreshed, survives a reload, and is signed out of', async () => {
    const { backend, clock, leave, load, reload } = createApp();
    leave();
    const session = load();
    await session.ready;
    await clock.advance(LIFE);
    expect(backend.accepts(`Bearer ${await session.getAccessToken()}`)).toBe(true);
    const again = await reload();
    expect(userOf(again)).toBe('alice');
    await again.signOut();
    expect(stored()).toBeUndefined();
    expect(backend.calls).toEqual({ signIn: 0, refresh: 1, revoke: 1 });
  });

  it.each<[string, LegacyOptions, (access: string, refresh: string) => void]>([
    [
      'as JSON text',
      KEYS,
      (access, refresh) => {
        localStorage.setItem('jwta', JSON.stringify(access));
        localStorage.setItem('jwtr', JSON.stringify(refresh));
      },
    ],
    [
      'in the record of axios-jwt',
      { record: 'auth-tokens-production' },
      (accessToken, refreshToken) =>
        localStorage.setItem('auth-tokens-production', JSON.stringify({ accessToken, refreshToken })),
    ],
    [
      'in a record as a server spells it',
      { record: 'auth' },
      (access_token, refresh_token) => localStorage.setItem('auth', JSON.stringify({ access_token, refresh_token })),
    ],
    [
      'in sessionStorage',
      { ...KEYS, from: 'sessionStorage' },
      (access, refresh) => {
        sessionStorage.setItem('jwta', access);
        sessionStorage.setItem('jwtr', refresh);
      },
    ],
    [
      'in cookies',
      { ...KEYS, from: 'cookie' },
      (access, refresh) => {
        cookie(`jwta=${encodeURIComponent(access)}; Path=/`);
        cookie(`jwtr=${encodeURIComponent(refresh)}; Path=/`);
      },
    ],
    [
      'in two places',
      { ...KEYS, from: ['localStorage', 'sessionStorage'] },
      (access, refresh) => {
        sessionStorage.setItem('jwta', access);
        localStorage.setItem('jwtr', refresh);
      },
    ],
    [
      'where only the app knows',
      {
        read() {
          const { auth } = JSON.parse(localStorage.getItem('state') ?? '{}');
          return auth && { accessToken: auth.token, refreshToken: auth.renewal };
        },
        remove: () => localStorage.setItem('state', '{"theme":"dark"}'),
      },
      (token, renewal) => localStorage.setItem('state', JSON.stringify({ theme: 'dark', auth: { token, renewal } })),
    ],
  ])('is found %s, and removed there', async (_, legacy, leave) => {
    const { events, load, tokens } = createApp();
    leave(tokens.accessToken, tokens.refreshToken);
    const session = load(legacy);
    await session.ready;
    expect(userOf(session)).toBe('alice');
    expect(stored()?.tokens).toMatchObject(tokens);
    const rest = `${JSON.stringify({ ...localStorage, 'latchkey.1.default': '' })}${JSON.stringify({ ...sessionStorage })}${document.cookie}`;
    for (const token of Object.values(tokens)) expect(rest).not.toContain(token);
    expect(events).toEqual([]);
  });

  it('and is dead but for its refresh token is refreshed when it is needed; the user is known before (T2)', async () => {
    const { backend, clock, leave, load } = createApp();
    leave();
    await clock.advance(10 * LIFE);
    const session = load();
    await session.ready;
    expect(userOf(session)).toBe('alice');
    expect(backend.calls.refresh).toBe(0);
    expect(backend.accepts(`Bearer ${await session.getAccessToken()}`)).toBe(true);
    expect(backend.calls.refresh).toBe(1);
    expect(session.getState()).toMatchObject({ tokenExpiresAt: clock.now() + LIFE });
  });

  it('and is a refresh token alone is refreshed before anybody is shown', async () => {
    const { backend, leave, load, tokens } = createApp();
    leave({ refreshToken: tokens.refreshToken });
    const session = load({ refresh: 'jwtr' });
    await session.ready;
    expect(userOf(session)).toBe('alice');
    expect(backend.calls.refresh).toBe(1);
  });

  it('and is an access token alone lasts as long as it, and one that is dead signs nobody in', async () => {
    const { clock, events, leave, load, reload, tokens } = createApp();
    leave({ accessToken: tokens.accessToken });
    const session = load({ access: 'jwta' });
    await session.ready;
    expect(session.getState()).toMatchObject({ status: 'signed-in', endsAt: expect.any(Number) });
    await clock.advance(LIFE);
    await vi.waitFor(() => expect(session.getState()).toEqual({ status: 'signed-out', reason: 'expired' }));
    expect(events).toEqual(['signed-out']);
    leave({ accessToken: tokens.accessToken });
    expect(userOf(await reload({ access: 'jwta' }, { name: 'other' }))).toEqual({
      status: 'signed-out',
      reason: 'expired',
    });
    expect(events).toEqual(['signed-out']);
  });

  it('is told to live for what is left of it, and its successor for its own life, whatever iat SimpleJWT copies', async () => {
    const { clock, leave, load } = createApp();
    const day = 86_400;
    const now = clock.now() / 1000;
    /** Signed in a day ago, and refreshed since: `iat` is that of the sign-in, without rotation for ever. */
    const access = (exp: number): string => fakeJwt({ user_id: 1, iat: now - day, exp });
    const refresh = vi.fn(async () => ({ accessToken: access(clock.now() / 1000 + 300) }));
    leave({
      accessToken: access(now + 120),
      refreshToken: fakeJwt({ user_id: 1, iat: now - day, exp: now + 6 * day }),
    });
    const session = load(KEYS, { backend: { refresh } });
    await session.ready;
    expect(session.getState()).toMatchObject({ tokenExpiresAt: (now + 120) * 1000 });
    for (let round = 1; round <= 3; round += 1) {
      await clock.advance(LIFE);
      await session.getAccessToken();
      expect(session.getState()).toMatchObject({ tokenExpiresAt: clock.now() + LIFE });
      expect(refresh).toHaveBeenCalledTimes(round);
    }
  });

  it('takes no limit of the app with it: the user is there, and has just been signed in (C43)', async () => {
    const { clock, leave, load } = createApp();
    leave();
    await clock.advance(100 * LIFE);
    const session = load(KEYS, { idleTimeout: LIFE, maxAge: 2 * LIFE, store: localStorageStore({ maxAge: LIFE }) });
    await session.ready;
    expect(userOf(session)).toBe('alice');
  });
});

describe('what an older client has left is taken over only once, and', () => {
  it('not where the session has a user of its own; the old keys go all the same', async () => {
    const { backend, leave, load, reload } = createApp();
    const session = load();
    await session.signIn({ username: 'bob', password: 'right' });
    leave();
    expect(userOf(await reload())).toBe('bob');
    expect(oldKeys()).toEqual([null, null]);
    expect(backend.calls.revoke).toBe(0);
  });

  it.each([
    ['in localStorage', localStorageStore],
    ['in each tab', sessionStorageStore],
  ])(
    'not after a sign-out, where tokens live %s, whatever an old copy of the app writes since (I3)',
    async (_, store) => {
      const { events, leave, load, reload } = createApp();
      leave();
      const session = load(KEYS, { store: store() });
      await session.ready;
      await session.signOut();
      leave();
      expect(userOf(await reload(KEYS, { store: store() }))).toEqual({ status: 'signed-out' });
      expect(oldKeys()).toEqual([null, null]);
      expect(events).toEqual(['signed-out']);
    },
  );

  it('not after a sign-out of somebody who never had anything of it', async () => {
    const { leave, load, reload } = createApp();
    const session = load();
    await session.signIn(ALICE);
    await session.signOut();
    leave();
    expect(userOf(await reload())).toEqual({ status: 'signed-out' });
    expect(oldKeys()).toEqual([null, null]);
  });

  it('not by a page whose user signs out while it looks: nobody is signed in, and the old keys are gone (C34)', async () => {
    const { leave, load, reload } = createApp();
    leave();
    const session = load();
    await session.signOut();
    await session.ready;
    expect(userOf(session)).toEqual({ status: 'signed-out', reason: 'user' });
    expect([...oldKeys(), stored()]).toEqual([null, null, undefined]);
    expect(userOf(await reload())).toEqual({ status: 'signed-out' });
  });

  it('is replaced by a sign-in while it is looked for, and then made worthless', async () => {
    const { backend, leave, load, tokens } = createApp();
    leave();
    const session = load();
    await session.signIn({ username: 'bob', password: 'right' });
    expect(userOf(session)).toBe('bob');
    expect(oldKeys()).toEqual([null, null]);
    await vi.waitFor(() => expect(backend.accepts(`Bearer ${tokens.accessToken}`)).toBe(false));
  });

  it('loses to a session whose page died before it could remove the old keys', async () => {
    const { backend, clock, leave, load, reload } = createApp();
    leave();
    const session = load();
    await session.ready;
    await session.refresh();
    leave();
    const again = await reload();
    expect([userOf(again), stored()?.generation]).toEqual(['alice', 2]);
    expect(oldKeys()).toEqual([null, null]);
    await clock.advance(LIFE);
    await again.getAccessToken();
    expect(backend.calls.refresh).toBe(2);
  });

  it('stays under its keys where the store does not take it; the page is signed in all the same (S1)', async () => {
    const { events, leave, load, tokens } = createApp();
    leave();
    const full = customStore({
      load: () => undefined,
      save: () => Promise.reject(new Error('full')),
      clear: () => {},
      scope: 'origin',
    });
    const session = load(KEYS, { store: full });
    await session.ready;
    expect(userOf(session)).toBe('alice');
    expect(oldKeys()).toEqual([tokens.accessToken, tokens.refreshToken]);
    await vi.waitFor(() => expect(events).toEqual(['store-failed']));
  });

  it.each([
    ['alice', 'alice', () => {}],
    ['nobody, with the keys of somebody else', undefined, () => ({ accessToken: fakeJwt({ sub: 'bob', exp: 9e9 }) })],
    ['nobody, after a sign-out', undefined, (session: Session) => session.signOut()],
    ['nobody, once it was refreshed', undefined, (session: Session) => session.refresh()],
  ] as const)('and goes on from there for %s, where the store of all tabs is full (S1)', async (_, user, act) => {
    const { clock, events, leave, load, reload, tokens } = createApp();
    let isFull = true;
    const storage = createStorage({
      setItem(key) {
        if (isFull && key.startsWith('latchkey')) throw quotaExceeded();
      },
    });
    vi.stubGlobal('localStorage', storage);
    leave();
    const session = load();
    await session.ready;
    const signedInAt = clock.now();
    const others = await act(session as never);
    isFull = false;
    leave(others ? { ...tokens, ...others } : tokens);
    const next = reload();
    await vi.waitFor(async () => {
      await clock.advance(3000);
      expect(open.at(-1)?.getState().status).not.toBe('restoring');
    });
    const again = await next;
    expect(userOf(again)).toEqual(user ?? { status: 'signed-out' });
    expect(oldKeys()).toEqual([null, null]);
    if (user) expect(stored()).toMatchObject({ generation: 1, signedInAt, tokens });
    expect(events).not.toContain('record-ignored');
  });
});

describe('what is no token', () => {
  it.each<[string, LegacyOptions, string, string]>([
    ['a page', KEYS, 'jwta', '<html> not found'],
    ['an object', KEYS, 'jwta', '{"a":"secret-value"}'],
    ['half of an object', { record: 'jwta' }, 'jwta', '{"accessToken":"secret-value'],
    ['an object without one', { record: 'jwta' }, 'jwta', '{"user":"secret-value"}'],
    ['a number', { record: 'jwta' }, 'jwta', '{"accessToken":7}'],
    ['what split a header', KEYS, 'jwta', 'secret-value\r\nX-Evil: 1'],
  ])('such as %s, is left where it is, and reported', async (_, legacy, key, text) => {
    const { events, load, messages } = createApp();
    localStorage.setItem(key, text);
    const session = load(legacy);
    await session.ready;
    expect(userOf(session)).toEqual({ status: 'signed-out' });
    await vi.waitFor(() => expect(events).toEqual(['record-ignored']));
    expect(messages.join()).toContain('importLegacy');
    expect(messages.join()).not.toContain('secret-value');
    await session.signIn(ALICE);
    expect(localStorage.getItem(key)).toBe(text);
    expect(events).toEqual(['record-ignored', 'signed-in']);
  });

  it.each(['', 'null', 'undefined', '""'])('because nobody was signed in (%j) is nothing to report', async (text) => {
    const { events, load } = createApp();
    localStorage.setItem('jwta', text);
    localStorage.setItem('jwtr', text);
    const session = load();
    await session.ready;
    expect(userOf(session)).toEqual({ status: 'signed-out' });
    await Promise.resolve();
    expect(events).toEqual([]);
  });

  it('does not spoil the refresh token beside it', async () => {
    const { leave, load, tokens } = createApp();
    leave({ accessToken: '[object Object]', refreshToken: tokens.refreshToken });
    const session = load();
    await session.ready;
    expect(userOf(session)).toBe('alice');
    expect(oldKeys()).toEqual([null, null]);
  });

  it('may be one of two cookies of a name, of which neither is trusted (CKI-4)', async () => {
    const { events, load, tokens } = createApp();
    vi.spyOn(document, 'cookie', 'get').mockReturnValue(`jwta=${tokens.accessToken}; jwta=planted`);
    const session = load({ access: 'jwta', from: 'cookie' });
    await session.ready;
    expect(userOf(session)).toEqual({ status: 'signed-out' });
    await vi.waitFor(() => expect(events).toEqual(['record-ignored']));
  });

  it('and no function that throws, stops a page', async () => {
    const { events, load, messages } = createApp();
    const session = load({
      read() {
        throw new Error('secret-value');
      },
      remove() {},
    });
    await session.ready;
    expect(userOf(session)).toEqual({ status: 'signed-out' });
    await vi.waitFor(() => expect(events).toEqual(['record-ignored']));
    expect(messages.join()).not.toContain('secret-value');
  });

  it('and a storage that is denied, is nothing (STO-5)', async () => {
    const { leave, load } = createApp();
    leave();
    denyStorage('localStorage');
    const session = load(KEYS, { store: memoryStore() });
    await session.ready;
    expect(userOf(session)).toEqual({ status: 'signed-out' });
  });
});

describe('a cookie that comes later', () => {
  it('is no news of an old copy of the app: another host of the domain may have planted it (CKI-4)', async () => {
    const { backend, clock, load, tokens } = createApp();
    const write = (access: string, refresh: string): void => {
      cookie(`jwta=${access}; Path=/`);
      cookie(`jwtr=${refresh}; Path=/`);
    };
    write(tokens.accessToken, tokens.refreshToken);
    const session = load({ ...KEYS, from: 'cookie' });
    await session.ready;
    write(fakeJwt({ sub: 'alice', exp: clock.now() / 1000 + 9000 }), 'planted');
    await session.refresh();
    expect(backend.calls.refresh).toBe(1);
    expect(session.getState()).toMatchObject({ status: 'signed-in', endsAt: undefined });
  });
});

describe('a sign-in', () => {
  it('removes what an old copy of the app has written since the page was loaded', async () => {
    const { leave, load } = createApp();
    const session = load();
    await session.ready;
    leave();
    await session.signIn({ username: 'bob', password: 'right' });
    expect(oldKeys()).toEqual([null, null]);
  });
});

describe('a key that cannot be removed', () => {
  it('is reported once, with what can be done about it', async () => {
    const { leave, load, messages, reload } = createApp();
    const refuse = (key: string): void => {
      if (key.startsWith('jwt')) throw new DOMException('no', 'SecurityError');
    };
    vi.stubGlobal('localStorage', createStorage({ removeItem: refuse }));
    leave();
    const session = load();
    await session.ready;
    await session.refresh();
    await session.signOut();
    expect(messages).toEqual(['importLegacy: the old tokens cannot be removed: localStorage refuses it.']);
    vi.unstubAllGlobals();
    const pair = 'jwta=e30.e30.x; jwtr=r';
    vi.spyOn(document, 'cookie', 'get').mockReturnValue(pair);
    const other = await reload({ ...KEYS, from: 'cookie' }, { name: 'other' });
    await other.signOut();
    await vi.waitFor(() => expect(messages.slice(1)).toEqual([expect.stringContaining('give its path and domain')]));
  });
});

describe('a cookie that cannot be removed', () => {
  it('is reported, and signs nobody in again after a sign-out', async () => {
    const { events, load, reload, tokens } = createApp();
    vi.spyOn(document, 'cookie', 'get').mockReturnValue(`jwta=${tokens.accessToken}; jwtr=${tokens.refreshToken}`);
    const legacy: LegacyOptions = { ...KEYS, from: 'cookie' };
    const session = load(legacy);
    await session.ready;
    expect(userOf(session)).toBe('alice');
    await vi.waitFor(() => expect(events).toContain('store-failed'));
    await session.signOut();
    expect(userOf(await reload(legacy))).toEqual({ status: 'signed-out' });
  });
});

describe('how long an imported token lives says nothing of those after it', () => {
  const day = 86_400;
  /** Tokens as SimpleJWT gives them: `iat` is copied from the refresh token. */
  function rest(now: number, left: number) {
    return {
      accessToken: fakeJwt({ user_id: 1, iat: now - day, exp: now + left }),
      refreshToken: fakeJwt({ user_id: 1, iat: now - day, exp: now + day }),
    };
  }

  it('where they come along with an answer', async () => {
    const { clock, leave, load } = createApp();
    const now = clock.now() / 1000;
    leave(rest(now, 30));
    const backend = withRenewal({ refresh: async () => ({}) }, { header: 'X-New-Token' });
    const session = load(KEYS, { backend: backend as never });
    const token = fakeJwt({ user_id: 1, iat: now, exp: now + 300 });
    const get = createAuthorizedFetch(session, {
      resourceServers: ['https://app.example.com'],
      fetch: async () => new Response('', { headers: { 'X-New-Token': token } }),
    });
    await get('https://app.example.com/x');
    await vi.waitFor(() => expect(session.getState()).toMatchObject({ tokenExpiresAt: clock.now() + LIFE }));
  });

  it.each([30, -30])('where migrate was taken out before the first refresh (%i s left)', async (left) => {
    const { clock, leave, load, reload } = createApp();
    const start = clock.now() / 1000;
    leave(rest(start, left));
    const access = (): string => fakeJwt({ user_id: 1, iat: start - day, exp: clock.now() / 1000 + 300 });
    const backend = { refresh: async () => ({ accessToken: access() }) };
    await load(KEYS, { backend }).ready;
    const session = await reload(KEYS, { backend, migrate: undefined as never });
    for (const _ of [1, 2]) {
      await clock.advance(LIFE);
      await session.getAccessToken();
      expect(session.getState()).toMatchObject({ tokenExpiresAt: clock.now() + LIFE });
    }
    expect(stored()).not.toHaveProperty('isRest');
  });

  it('nor does the clock of a device that is ahead, where a token says when it was issued', async () => {
    const { clock, leave, load } = createApp();
    /** The device is 4 minutes ahead of the server. */
    const server = (): number => clock.now() / 1000 - 240;
    const give = () => ({
      accessToken: fakeJwt({ user_id: 1, iat: server(), exp: server() + 300 }),
      refreshToken: fakeJwt({ user_id: 1, iat: server(), exp: server() + day }),
    });
    leave(give());
    await clock.advance(LIFE);
    const session = load(KEYS, { backend: { refresh: async () => give() } });
    await session.ready;
    await session.getAccessToken();
    expect(session.getState()).toMatchObject({ tokenExpiresAt: clock.now() + LIFE });
  });
});

describe('an old copy of the app that has refreshed', () => {
  it('leaves a refresh token that is kept where the server names no newer one', async () => {
    const { clock, leave, load } = createApp();
    let given = 0;
    const access = (): string => {
      given += 1;
      return fakeJwt({ sub: 'alice', exp: clock.now() / 1000 + 300, jti: String(given) });
    };
    leave({ accessToken: access(), refreshToken: 'r0' });
    const sent: unknown[] = [];
    const refresh = async ({ tokens }: SessionRecord) => {
      sent.push(tokens.refreshToken);
      return { accessToken: access() };
    };
    const session = load(KEYS, { backend: { refresh } });
    await session.ready;
    await clock.advance(LIFE);
    leave({ accessToken: access(), refreshToken: 'r1' });
    await session.refresh();
    await clock.advance(LIFE);
    await session.refresh();
    expect(sent).toEqual(['r1', 'r1']);
  });

  it('is not signed out on the server by a session that the server has ended, or that is the same', async () => {
    const { backend, clock, leave, load } = createApp();
    leave();
    const session = load(KEYS, { store: memoryStore() });
    await session.ready;
    leave();
    await session.signOut();
    expect(backend.calls.revoke).toBe(1);
    const other = createApp();
    other.leave();
    const ended = other.load(KEYS, { name: 'other' });
    await ended.ready;
    other.backend.revokeAll();
    other.leave({ accessToken: fakeJwt({ sub: 'bob', exp: clock.now() / 1000 }), refreshToken: 'bob' });
    await other.clock.advance(LIFE);
    const asked = ended.refresh().catch(({ code }) => code);
    await vi.waitFor(() => expect(other.backend.calls.refresh).toBe(1));
    await other.clock.advance(1000);
    expect(await asked).toBe('signed-out');
    expect(other.backend.calls.revoke).toBe(0);
    expect(oldKeys()).toEqual([null, null]);
  });
});

describe('what read gives', () => {
  const source = (tokens: unknown, more: LegacyOptions = {}): LegacyOptions => {
    let left: unknown = tokens;
    return {
      read: () => left as never,
      remove() {
        left = undefined;
      },
      ...more,
    };
  };

  it.each([null, 'undefined', 7, `r${'x'.repeat(65_536)}`])(
    'counts, whatever its other half is (case %#)',
    async (refreshToken) => {
      const { events, load, tokens } = createApp();
      const session = load(source({ accessToken: tokens.accessToken, refreshToken }));
      await session.ready;
      expect(userOf(session)).toBe('alice');
      expect(stored()?.tokens.refreshToken).toBeUndefined();
      expect(events).toEqual([]);
    },
  );

  it.each([null, { accessToken: null, refreshToken: null }, { accessToken: undefined }, { accessToken: '' }])(
    'is nothing to report where it says that nobody is signed in (%j)',
    async (tokens) => {
      const { events, load } = createApp();
      const session = load(source(tokens));
      await session.ready;
      await Promise.resolve();
      expect([userOf(session), events]).toEqual([{ status: 'signed-out' }, []]);
    },
  );

  it.each([7, 'e30.e30.x', ['e30.e30.x'], { token_: 'e30.e30.x' }, { accessToken: 7 }])(
    'is reported where it is none (%j)',
    async (tokens) => {
      const { events, load } = createApp();
      await load(source(tokens)).ready;
      await vi.waitFor(() => expect(events).toEqual(['record-ignored']));
    },
  );

  it('may be as a server spells it, or say more, and is of the scheme that stands beside it', async () => {
    const { clock, load, tokens } = createApp();
    const { accessToken: access, refreshToken: refresh } = tokens;
    const session = load(source({ access, refresh, scope: 'read', lifetime: 1000 }, { tokenType: 'JWT' }));
    await session.ready;
    expect(stored()?.tokens).toMatchObject({ ...tokens, scope: 'read', tokenType: 'JWT' });
    expect(session.getState()).toMatchObject({ tokenExpiresAt: clock.now() + 1000 });
  });

  it.each([
    [undefined, 'localStorage'],
    ['sessionStorage', 'sessionStorage'],
  ] as const)('is remembered for good, unless it is from sessionStorage (%s)', async (from, place) => {
    const { load, tokens } = createApp();
    await load(source(tokens, from && { from }), { store: rememberStore() }).ready;
    expect(Object.keys(globalThis[place])).toContain('latchkey.1.default');
  });

  it.each([
    [undefined, 'r0'],
    ['cookie', 'r0'],
    ['localStorage', 'r1'],
  ] as const)('is listened to later only where no other host can have written it (%s) (CKI-4)', async (from, sent) => {
    const { clock, load } = createApp();
    const give = (refreshToken: string) => ({
      accessToken: fakeJwt({ sub: 'alice', exp: clock.now() / 1000 + 300 }),
      refreshToken,
    });
    let left: ReturnType<typeof give> | undefined = give('r0');
    const remove = (): void => {
      left = undefined;
    };
    const refresh = vi.fn(async (_: SessionRecord) => ({ accessToken: give('').accessToken }));
    const session = load({ read: () => left, remove, ...(from && { from }) }, { backend: { refresh } });
    await session.ready;
    await clock.advance(1000);
    left = give('r1');
    await session.refresh();
    expect(refresh.mock.calls[0]?.[0].tokens.refreshToken).toBe(sent);
  });

  it('is removed when it is not there any more, whatever remove returns, and reported once where it stays', async () => {
    const { events, load, messages, reload, tokens } = createApp();
    const { read, remove } = source(tokens) as Required<LegacyOptions>;
    await load({ read, remove: () => [remove()] as never }).ready;
    expect([read(), events]).toEqual([undefined, []]);
    const session = await reload({ read: () => tokens, remove() {} }, { name: 'other' });
    await session.refresh();
    await session.signOut();
    expect(events.filter((event) => event === 'store-failed')).toHaveLength(1);
    expect(messages.join()).not.toContain('cookie');
  });
});

describe('tokens in several places', () => {
  const from: LegacyOptions = { ...KEYS, from: ['sessionStorage', 'localStorage'] };
  const bob = { accessToken: fakeJwt({ sub: 'bob', exp: 9e9 }), refreshToken: 'bob' };

  it('are those of the first place that has them all', async () => {
    const { leave, load } = createApp();
    leave();
    sessionStorage.setItem('jwta', bob.accessToken);
    const session = load(from);
    await session.ready;
    expect(userOf(session)).toBe('alice');
    expect([...oldKeys(), sessionStorage.getItem('jwta')]).toEqual([null, null, null]);
  });

  it('are never one user’s with another’s: then those of the first place count', async () => {
    const { leave, load } = createApp();
    leave({ refreshToken: fakeJwt({ sub: 'alice', exp: 9e9 }) });
    sessionStorage.setItem('jwta', bob.accessToken);
    const session = load(from);
    await session.ready;
    expect([userOf(session), stored()?.tokens.refreshToken]).toEqual(['bob', undefined]);
  });
});

describe('an old token', () => {
  it.each([
    ['Bearer ', undefined],
    ['bearer ', undefined],
    ['JWT ', 'JWT'],
  ])('with its scheme in front, %j, is the token behind it', async (scheme, tokenType) => {
    const { leave, load, tokens } = createApp();
    leave({ ...tokens, accessToken: `${scheme}${tokens.accessToken}` });
    const session = load({ ...KEYS, ...(tokenType && { tokenType }) });
    await session.ready;
    expect(await session.getAccessToken()).toBe(tokens.accessToken);
  });

  it('whose refresh token is dead, too, ends as expired, and nobody is shown before (ROT-7)', async () => {
    const { backend, clock, events, leave, load, tokens } = createApp();
    leave({ ...tokens, refreshToken: fakeJwt({ sub: 'alice', exp: clock.now() / 1000 + 300 }) });
    await clock.advance(2 * LIFE);
    const session = load();
    const states: string[] = [];
    session.subscribe(() => states.push(session.getState().status));
    await vi.waitFor(() => expect(backend.calls.refresh).toBe(1));
    await clock.advance(1000);
    await session.ready;
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'expired' });
    expect([states, events]).toEqual([['signed-out'], []]);
  });

  it('that says in milliseconds when it dies lasts until it is refused, as at a sign-in (JWT-4)', async () => {
    const { clock, leave, load } = createApp();
    leave({ accessToken: fakeJwt({ sub: 'alice', exp: clock.now() + 9000 }) });
    const session = load({ access: 'jwta' });
    await session.ready;
    expect([userOf(session), session.getState()]).toEqual([
      'alice',
      expect.objectContaining({ tokenExpiresAt: undefined }),
    ]);
  });

  it.each([0, 2])('with %i s left is no fault of the server’s: diagnose() does not say so', async (left) => {
    const { clock, leave, load } = createApp();
    leave();
    await clock.advance(LIFE - 1000 * left);
    const session = load();
    const asked = diagnose(session);
    await session.ready;
    if (left) expect(session.getState()).toMatchObject({ tokenExpiresAt: clock.now() + 1000 * left });
    expect((await asked).map(({ code }) => code)).not.toContain('access-token-short');
  });

  it('that is a refresh token alone, while its server cannot be reached, is a user of whom nothing is known yet', async () => {
    const { backend, clock, leave, load, tokens } = createApp();
    leave({ refreshToken: tokens.refreshToken });
    backend.onRefresh(async () => {
      throw new TypeError('Failed to fetch');
    });
    const session = load({ refresh: 'jwtr' });
    await session.ready;
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: {} });
    expect(userOf(session)).toBeUndefined();
    backend.onRefresh(undefined);
    await clock.advance(120_000);
    await session.refresh();
    expect(userOf(session)).toBe('alice');
  });
});

describe('importLegacy with rememberStore', () => {
  it.each([
    ['localStorage', true],
    ['sessionStorage', false],
  ] as const)('keeps what was in %s where it was', async (from, remember) => {
    const { load, tokens } = createApp();
    globalThis[from].setItem('jwta', tokens.accessToken);
    globalThis[from].setItem('jwtr', tokens.refreshToken);
    const session = load({ ...KEYS, from }, { store: rememberStore() });
    await session.ready;
    expect(JSON.parse(globalThis[from].getItem('latchkey.1.default') ?? '{}')).toMatchObject({ remember });
  });
});

describe('importLegacy', () => {
  it.each<[string, unknown]>([
    ['give access and refresh, or record, or read and remove', {}],
    ['give access and refresh, or record, or read and remove', { read: () => undefined }],
    ['give access and refresh, or record, or read and remove', { access: 'a', record: 'b' }],
    ['give access and refresh, or record, or read and remove', { access: 'a', read() {}, remove() {} }],
    ['there is no option "key"', { key: 'a' }],
    ['access must be a key', { access: '' }],
    ["from must be 'localStorage', 'sessionStorage' or 'cookie'", { access: 'a', from: 'indexedDB' }],
    ["from must be 'localStorage', 'sessionStorage' or 'cookie'", { access: 'a', from: [] }],
    ['domain is not usable in a cookie', { access: 'a', from: 'cookie', domain: 'a; b' }],
  ])('says what is wrong with its options: %s (%j)', (message, options) => {
    expect(() => importLegacy(options as LegacyOptions)).toThrow(TypeError);
    expect(() => importLegacy(options as LegacyOptions)).toThrow(`importLegacy: ${message}`);
  });

  it('is nothing for a session of cookies, which only the server can give', () => {
    const make = (): unknown =>
      createSession({
        backend: { credential: 'cookie', refresh: async () => ({}) },
        store: memoryStore(),
        migrate: importLegacy(KEYS),
      });
    expect(make).toThrow(TypeError);
  });

  it('is checked: nothing else fits there', () => {
    const backend = simpleJwt({ baseUrl: '/auth' });
    expect(() => createSession({ backend, store: memoryStore(), migrate: KEYS as never })).toThrow(
      'createSession: migrate must be what importLegacy({ … }) gives.',
    );
  });
});
