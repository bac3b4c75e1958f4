// @vitest-environment-options { "url": "https://app.example.com/list?page=2" }
import {
  AuthUnavailableError,
  type Backend,
  cookieStore,
  customStore,
  type Diagnostic,
  diagnose,
  localStorageStore,
  memoryStore,
  RefreshRejectedError,
  rememberStore,
  type Session,
  sessionStorageStore,
  type TokenInput,
  type TokenStore,
} from 'latchkey';
import { createFakeClock, type FakeClock } from 'latchkey/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { normalizeOptions } from '../../src/session/options.ts';
import { createPlatform } from '../../src/session/platform.ts';
import { createSessionOn } from '../../src/session/session.ts';
import { createFakeLocks } from '../platform/fake-locks.ts';
import { CANARY, leaksIn } from '../security/leaks.ts';
import { createStorage, denyStorage, quotaExceeded } from '../stores/storage.ts';
import { apiExample, sent } from '../support/api-example.ts';
import { writeBlocks } from '../support/blocks.ts';
import { ALICE, API, createWorld } from '../support/world.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const sessions: Session<never, unknown>[] = [];

beforeEach(() => {
  vi.spyOn(navigator, 'locks', 'get').mockReturnValue(createFakeLocks().page());
});
afterEach(() => {
  for (const session of sessions.splice(0)) session.dispose();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  localStorage.clear();
  sessionStorage.clear();
});

/** A session of a plain backend, on the page itself. */
function open(store: TokenStore = memoryStore(), backend: Backend = { refresh: async () => ({}) }, clock?: FakeClock) {
  const options = { backend, store, clock: clock ?? createFakeClock() };
  const session = createSessionOn<never, unknown>(normalizeOptions(options as never), createPlatform);
  sessions.push(session);
  return session;
}

function jwt(claims: object): string {
  const encode = (part: object): string => btoa(JSON.stringify(part)).replaceAll('=', '');
  return `${encode({ alg: 'none' })}.${encode(claims)}.x`;
}

/** Tokens that were issued `age` milliseconds ago by the device's clock, and live that long. */
function tokens(clock: FakeClock, age = 0, lifetime = 5 * MINUTE, refreshLifetime = 14 * DAY): TokenInput {
  const iat = (clock.now() - age) / 1000;
  const of = (life: number): string => jwt({ sub: 'alice', iat, exp: iat + life / 1000 });
  return { accessToken: of(lifetime), refreshToken: of(refreshLifetime) };
}

const codes = (found: readonly Diagnostic[]): string[] => found.map(({ code, severity }) => `${severity}:${code}`);
const found = async (session: Session<never, unknown>): Promise<string[]> => codes(await diagnose(session));
const messageOf = async (session: Session<never, unknown>, code: string): Promise<string | undefined> =>
  (await diagnose(session)).find((each) => each.code === code)?.message;

describe('diagnose()', () => {
  it('finds nothing where nothing is wrong, signed out or in; sends nothing and writes to no console (LOG-7)', async () => {
    const fetch = vi.fn();
    vi.stubGlobal('fetch', fetch);
    const lines = (['log', 'info', 'warn', 'error', 'debug'] as const).map((method) => vi.spyOn(console, method));
    const { session, backend } = createWorld({ store: localStorageStore() });
    expect(await diagnose(session)).toEqual([]);
    await session.signIn(ALICE);
    await session.refresh();
    expect(await diagnose(session)).toEqual([]);
    expect(backend.calls).toEqual({ signIn: 1, refresh: 1, revoke: 0 });
    expect(fetch).not.toHaveBeenCalled();
    for (const line of lines) expect(line).not.toHaveBeenCalled();
  });

  it('says late what was told early, each thing once, with the fix (LOG-7)', async () => {
    const world = createWorld();
    await world.session.ready;
    for (let round = 0; round < 3; round += 1) {
      await world.fetch('https://other.example/x');
      await world.api.get('https://other.example/y').catch(() => {});
    }
    const first = await diagnose(world.session);
    expect(codes(first)).toEqual(['warning:origin-not-listed']);
    expect(first[0]?.message).toBe('https://other.example is not among resourceServers: no token is sent.');
    expect(await diagnose(world.session)).toEqual(first);
  });

  it('names the interceptor that loses the token', async () => {
    const { session, api, adapter } = createWorld();
    api.interceptors.request.use((config) => config);
    const { interceptors } = api;
    // Run after ours: put in before it.
    interceptors.request.clear();
    interceptors.request.use((config) => Object.assign(config, { adapter }));
    const { attachSession } = await import('latchkey/axios');
    attachSession(api, session);
    await session.signIn(ALICE);
    await api.get('/me');
    expect(await found(session)).toEqual(['error:adapter-replaced']);
    expect(await messageOf(session, 'adapter-replaced')).toMatch(/call attachSession\(\) before adding it/);
  });

  it('keeps the last twenty of them', async () => {
    const world = createWorld();
    for (let number = 0; number < 25; number += 1) await world.fetch(`https://n${number}.example/`);
    const messages = (await diagnose(world.session)).map(({ message }) => message);
    expect(messages).toHaveLength(20);
    expect(messages.some((message) => message.startsWith('https://n4.'))).toBe(false);
    expect(messages.some((message) => message.startsWith('https://n24.'))).toBe(true);
  });

  it('gives the errors first, always in the same order, and nothing that can be changed', async () => {
    vi.stubGlobal('isSecureContext', false);
    vi.stubGlobal('BroadcastChannel', undefined);
    const { session, fetch } = createWorld({ store: localStorageStore() });
    await fetch('https://b.example/');
    await fetch('https://a.example/');
    await session.signInWithTokens({ accessToken: 'opaque' });
    const once = await diagnose(session);
    expect(codes(once)).toEqual([
      'error:insecure-context',
      'warning:no-broadcast-channel',
      'warning:no-refresh-token',
      'warning:origin-not-listed',
      'warning:origin-not-listed',
      'info:access-lifetime-unknown',
    ]);
    expect(once[3]?.message).toMatch(/^https:\/\/a/);
    expect(await diagnose(session)).toEqual(once);
    expect(Object.isFrozen(once) && once.every((each) => Object.isFrozen(each))).toBe(true);
  });

  it('says of a session that was disposed of, and of what is none, just that', async () => {
    const { session, fetch } = createWorld();
    await fetch('https://other.example/');
    session.dispose();
    expect(await found(session)).toEqual(['error:session-disposed', 'warning:origin-not-listed']);
    for (const none of [undefined, null, {}, 'session', { ...session }.getState]) {
      expect(await found(none as never)).toEqual(['error:no-session']);
    }
  });

  it('is content on a server, where there is no page', async () => {
    const page = Object.getOwnPropertyDescriptor(globalThis, 'document') as PropertyDescriptor;
    Reflect.deleteProperty(globalThis, 'document');
    try {
      expect(await found(open())).toEqual(['info:no-page']);
    } finally {
      Object.defineProperty(globalThis, 'document', page);
    }
  });

  it('never rejects, whatever the app gave, and takes 2 seconds at most for what does not answer', async () => {
    const clock = createFakeClock();
    const store = customStore({ load: () => new Promise(() => {}), save() {}, clear() {} });
    let isAsked = false;
    const backend = {
      get endpoints(): readonly string[] {
        if (isAsked) throw new Error('no endpoints');
        return [];
      },
    };
    const session = open(store, backend, clock);
    isAsked = true;
    const asked = found(session);
    for (let second = 0; second < 8; second += 1) await clock.advance(500);
    expect(await asked).toEqual(['error:storage-slow', 'warning:store-failed', 'info:check-failed']);
  });

  it('does not wait for a server that is asked whether the stored session is good', async () => {
    const clock = createFakeClock();
    const store = memoryStore();
    const first = open(store, undefined, clock);
    await first.signInWithTokens(tokens(clock));
    first.dispose();
    const backend = { refresh: async () => ({}), verify: () => new Promise(() => {}) };
    const options = normalizeOptions({ backend, store, clock, restore: 'verify' } as never);
    const session = createSessionOn<never, unknown>(options, createPlatform);
    sessions.push(session);
    const asked = found(session);
    for (let half = 0; half < 6; half += 1) await clock.advance(500);
    expect(await asked).toEqual(['error:restore-slow']);
  });
});

describe('of the page, diagnose() tells', () => {
  it('that it came over plain http', async () => {
    vi.stubGlobal('isSecureContext', false);
    vi.spyOn(navigator, 'locks', 'get').mockReturnValue(undefined as never);
    const session = open(localStorageStore());
    expect(await found(session)).toEqual(['error:insecure-context', 'warning:no-web-locks']);
    expect(await messageOf(session, 'no-web-locks')).toMatch(/serve it over https.*lease in IndexedDB.*45 seconds/);
  });

  it('that it lies in a sandboxed frame', async () => {
    vi.stubGlobal('origin', 'null');
    expect(await messageOf(open(), 'no-web-locks')).toMatch(/allow-same-origin/);
  });

  it('that there is no IndexedDB, and that tabs are on their own; less loudly where each tab has its own session', async () => {
    vi.stubGlobal('indexedDB', undefined);
    const shared = open(localStorageStore());
    expect(await found(shared)).toEqual(['warning:no-indexed-db', 'warning:tabs-uncoordinated']);
    expect(await messageOf(shared, 'no-indexed-db')).toMatch(/private mode.*two may refresh at once/);
    expect(await found(open(sessionStorageStore()))).toEqual(['warning:tabs-uncoordinated', 'info:no-indexed-db']);
  });

  it('that IndexedDB is there and fails (the degraded fence)', async () => {
    vi.stubGlobal('indexedDB', {
      open() {
        throw new DOMException('denied', 'InvalidStateError');
      },
    });
    expect(await messageOf(open(localStorageStore()), 'no-indexed-db')).toMatch(/^IndexedDB failed/);
  });

  it('that cookies are blocked', async () => {
    vi.spyOn(navigator, 'cookieEnabled', 'get').mockReturnValue(false);
    expect(await found(open())).toEqual(['warning:cookies-blocked']);
    expect(await found(open(memoryStore(), { credential: 'cookie', refresh: async () => ({}) }))).toEqual([
      'error:cookies-blocked',
    ]);
  });

  it('what can be seen of the flags of a cookie, and what cannot (CKI-1, CKI-6)', async () => {
    const clock = createFakeClock();
    const own = open(cookieStore(), undefined, clock);
    expect(await found(own)).toEqual([]);
    await own.signInWithTokens(tokens(clock));
    expect(await found(own)).toEqual(['info:cookie-flags']);
    expect(await messageOf(own, 'cookie-flags')).toMatch(/proves Secure, Path=\/ and no Domain.*SameSite/);
    await own.signOut();
    own.dispose();

    const wide = open(cookieStore({ domain: 'app.example.com' }), undefined, clock);
    await wide.signInWithTokens(tokens(clock));
    expect(await messageOf(wide, 'cookie-flags')).toMatch(/No script sees Secure and SameSite/);
    await wide.signOut();

    const httpOnly = open(memoryStore(), { credential: 'cookie', refresh: async () => ({}) });
    expect(await messageOf(httpOnly, 'cookie-flags')).toMatch(/HttpOnly, Secure and SameSite \(None and Partitioned/);
    const server = open(cookieStore({ accessTokenFrom: 'access' }), { judge: () => 'accepted' });
    expect(await messageOf(server, 'cookie-flags')).toMatch(/cannot be HttpOnly/);
  });
});

describe('of the store, diagnose() tells', () => {
  it.each([
    ['localStorageStore', localStorageStore],
    ['sessionStorageStore', sessionStorageStore],
    ['rememberStore', rememberStore],
    ['cookieStore', cookieStore],
  ])('nothing of %s while it works, and leaves nothing there (STO-3)', async (_, create) => {
    const areas = [createStorage(), createStorage()] as const;
    vi.stubGlobal('localStorage', areas[0]);
    vi.stubGlobal('sessionStorage', areas[1]);
    expect(await found(open(create()))).toEqual([]);
    expect(areas.map(({ length }) => length)).toEqual([0, 0]);
    expect(document.cookie).not.toContain('---');
    const written = areas.flatMap(({ setItem }) => vi.mocked(setItem).mock.calls.map(([key]) => key));
    expect([...new Set(written)]).toEqual(create === cookieStore ? [] : ['latchkey.1.default.diagnose']);
  });

  it.each(['localStorage', 'sessionStorage'] as const)('that %s is denied (STO-5)', async (area) => {
    denyStorage(area);
    const session = open(area === 'localStorage' ? localStorageStore() : sessionStorageStore());
    expect(await found(session)).toEqual(['error:storage-denied', 'warning:store-failed']);
    expect(await messageOf(session, 'storage-denied')).toMatch(/cannot be read.*Allow cookies.*memoryStore\(\)/);
  });

  it('that it is full, before anybody has signed in (STO-1)', async () => {
    const storage = createStorage({
      setItem() {
        throw quotaExceeded();
      },
    });
    vi.stubGlobal('localStorage', storage);
    const session = open(localStorageStore());
    expect(await found(session)).toEqual(['error:storage-full']);
    expect(await messageOf(session, 'storage-full')).toMatch(/takes no session.*remove what the app keeps there/);
    expect(storage.length).toBe(0);
  });

  it('that only one half of rememberStore() works', async () => {
    denyStorage('sessionStorage');
    expect(await found(open(rememberStore()))).toContain('error:storage-denied');
  });

  it('nothing by writing, where that is not safe: in an asynchronous store, and where the server writes', async () => {
    const save = vi.fn();
    const clear = vi.fn();
    const load = vi.fn();
    await diagnose(open(customStore({ load, save, clear })));
    await diagnose(open({ scope: 'origin', synchronous: true, isReadOnly: true, load, save, clear }));
    expect(load).toHaveBeenCalled();
    expect([save.mock.calls, clear.mock.calls]).toEqual([[], []]);
  });

  it('nothing at the price of the session, in a store that keeps everything in one place', async () => {
    let place: unknown;
    const clock = createFakeClock();
    const store: TokenStore = {
      scope: 'origin',
      synchronous: true,
      load: () => place,
      save: (_, record) => {
        place = record;
      },
      clear: () => {
        place = undefined;
      },
    };
    const session = open(store, undefined, clock);
    expect(await found(session)).toEqual([]);
    expect(place).toBeUndefined();
    await session.signInWithTokens(tokens(clock));
    const before = place;
    expect(await found(session)).toEqual([]);
    expect(place).toBe(before);
  });
});

describe('of the server, diagnose() tells', () => {
  it('that script is not shown how long to wait, and what to expose (HTTP-4)', async () => {
    const clock = createFakeClock();
    let retryAfter: number | undefined;
    const backend: Backend = {
      endpoints: [`${API}/auth/token/refresh/`],
      refresh: async () => {
        throw new AuthUnavailableError('busy', { status: 503, retryAfter });
      },
    };
    const session = open(memoryStore(), backend, clock);
    await session.signInWithTokens(tokens(clock));
    expect(await found(session)).toEqual([]);
    await session.refresh().catch(() => {});
    expect(await found(session)).toEqual(['info:retry-after-hidden']);
    expect(await messageOf(session, 'retry-after-hidden')).toMatch(/Access-Control-Expose-Headers: Retry-After/);

    await clock.advance(1000);
    retryAfter = 5000;
    await session.refresh().catch(() => {});
    expect(await found(session)).toEqual([]);
  });

  it('nothing of headers on the origin of the page, where none is hidden', async () => {
    const clock = createFakeClock();
    const refresh = async (): Promise<TokenInput> => {
      throw new AuthUnavailableError('busy', { status: 429 });
    };
    const session = open(memoryStore(), { endpoints: ['/auth/refresh'], refresh }, clock);
    await session.signInWithTokens(tokens(clock));
    await session.refresh().catch(() => {});
    expect(await found(session)).toEqual([]);
  });

  it('that an endpoint is plain http', async () => {
    const session = open(memoryStore(), {
      endpoints: ['http://api.example.com/login', 'http://api.example.com/renew'],
    });
    expect(await found(session)).toEqual(['error:endpoint-insecure']);
    expect(await messageOf(session, 'endpoint-insecure')).toMatch(/http:\/\/api\.example\.com: let it have https/);
  });
});

describe('of the tokens, diagnose() tells', () => {
  it.each([
    ['a clock that is right', 0, []],
    ['a minute', MINUTE, []],
    ['a device that is behind', -3 * MINUTE, ['info:clock-skew']],
    ['a device that is ahead', 4 * MINUTE, ['info:clock-skew']],
  ])('how far the clocks are apart: %s', async (_, age, expected) => {
    const clock = createFakeClock();
    const session = open(memoryStore(), undefined, clock);
    await session.signInWithTokens(tokens(clock, age));
    expect(await found(session)).toEqual(expected);
    if (age < 0) expect(await messageOf(session, 'clock-skew')).toMatch(/some 3 min behind/);
    if (age > MINUTE) expect(await messageOf(session, 'clock-skew')).toMatch(/some 4 min ahead of/);
  });

  it('nothing of an `iat` that the server copies from an older token, as SimpleJWT does', async () => {
    const clock = createFakeClock();
    const iat = clock.now() / 1000;
    const accessToken = jwt({ iat, exp: iat + 540 });
    const session = open(memoryStore(), { refresh: async () => ({ accessToken, refreshToken: 'next' }) }, clock);
    await session.signInWithTokens({ accessToken: jwt({ iat, exp: iat + 300 }), refreshToken: 'first' });
    await clock.advance(4 * MINUTE);
    await session.refresh();
    expect(await found(session)).toEqual([]);
  });

  it.each([
    ['outlives the refresh token', 60 * MINUTE, 30 * MINUTE, ['warning:access-outlives-refresh']],
    ['lives as long, as a sliding one does', 60 * MINUTE, 60 * MINUTE, []],
    ['lives for days', 3 * DAY, 14 * DAY, ['info:access-token-long']],
  ])('that an access token %s', async (_, lifetime, refreshLifetime, expected) => {
    const clock = createFakeClock();
    const session = open(memoryStore(), undefined, clock);
    await session.signInWithTokens(tokens(clock, 0, lifetime, refreshLifetime));
    expect(await found(session)).toEqual(expected);
  });

  it('that an opaque one outlives its refresh token, by what the server said; not that one ends with it by chance', async () => {
    const clock = createFakeClock();
    const given = { lifetime: 10 * MINUTE, refreshLifetime: 5 * MINUTE };
    const wrong = open(memoryStore(), undefined, clock);
    await wrong.signInWithTokens({ accessToken: 'a', refreshToken: 'r', ...given });
    expect(await found(wrong)).toEqual(['warning:access-outlives-refresh']);

    const right = open(memoryStore(), { refresh: async () => ({ accessToken: 'b', lifetime: 10 * MINUTE }) }, clock);
    await right.signInWithTokens({
      accessToken: 'a',
      refreshToken: 'r',
      lifetime: 10 * MINUTE,
      refreshLifetime: 60 * MINUTE,
    });
    await clock.advance(58 * MINUTE);
    await right.refresh();
    expect(await found(right)).toEqual([]);
  });

  it('that nobody says how long it lives', async () => {
    const session = open();
    await session.signInWithTokens({ accessToken: 'opaque', refreshToken: 'opaque-too' });
    expect(await found(session)).toEqual(['info:access-lifetime-unknown']);
  });

  it('that there is nothing to refresh with: none came, none is known, or the server rejected it (C27)', async () => {
    const clock = createFakeClock();
    const { accessToken } = tokens(clock);
    const none = open(memoryStore(), undefined, clock);
    await none.signInWithTokens({ accessToken });
    expect(await messageOf(none, 'no-refresh-token')).toMatch(/^There is no refresh token/);

    const never = open(memoryStore(), {}, clock);
    await never.signInWithTokens(tokens(clock));
    expect(await found(never)).toEqual(['info:no-refresh-token']);

    const refresh = () => Promise.reject(new RefreshRejectedError());
    const rejected = open(memoryStore(), { refresh }, clock);
    await rejected.signInWithTokens(tokens(clock));
    await rejected.refresh();
    expect(await messageOf(rejected, 'no-refresh-token')).toMatch(/rejected the refresh token/);
  });

  it('that a long-lived refresh token which is not rotated lies in localStorage: to know, not a fault (STO-1)', async () => {
    const clock = createFakeClock();
    for (const [store, isRotated, expected] of [
      [localStorageStore(), false, ['info:refresh-token-at-rest']],
      [localStorageStore(), true, []],
      [memoryStore(), false, []],
    ] as const) {
      const refresh = async (): Promise<TokenInput> => {
        const next = tokens(clock);
        return isRotated ? next : { accessToken: next.accessToken };
      };
      const session = open(store, { refresh }, clock);
      await session.signInWithTokens(tokens(clock));
      await clock.advance(5 * MINUTE);
      await session.refresh();
      expect(await found(session)).toEqual(expected);
      await session.signOut();
    }
  });
});

describe('a diagnosis', () => {
  it('shows no token and no password, also where a store quotes what it was given (LOG-1)', async () => {
    const clock = createFakeClock();
    const iat = clock.now() / 1000;
    const secret = { accessToken: jwt({ sub: 'alice', iat, exp: iat + 9 * 86_400, x: CANARY }), refreshToken: CANARY };
    const store: TokenStore = {
      scope: 'tab',
      synchronous: true,
      load: () => undefined,
      save: (_, record) => {
        throw new Error(`cannot keep ${JSON.stringify(record)} nor ${CANARY}`);
      },
      clear() {},
    };
    const session = open(store, { endpoints: [`http://api.example.com/?token=${CANARY}`] }, clock);
    await session.signInWithTokens(secret);
    const diagnosis = await diagnose(session);
    expect(codes(diagnosis)).toEqual([
      'error:endpoint-insecure',
      'error:storage-denied',
      'warning:store-failed',
      'info:access-token-long',
      'info:no-refresh-token',
    ]);
    expect(leaksIn('diagnosis', diagnosis)).toEqual([]);
    expect(JSON.stringify(diagnosis)).not.toContain(secret.accessToken.slice(0, 20));
    // Nor does the session itself, now that it can be asked.
    expect(leaksIn('session', session)).toEqual([]);
  });
});

describe('docs/diagnose.md', () => {
  beforeAll(() => apiExample.listen({ onUnhandledRequest: 'error' }));
  afterAll(() => apiExample.close());

  it('shows what is wrong in a panel, and copies a report without the user (LOG-1)', async () => {
    const block = await writeBlocks('diagnose', 'README.md', 'docs/diagnose.md');
    vi.spyOn(location, 'assign').mockImplementation(() => {});
    const { session } = (await block('session.ts')) as { session: Session<{ username: string; password: string }> };
    sessions.push(session as never);
    const { lines } = (await block('check.ts')) as { lines(): Promise<readonly string[]> };
    const { report } = (await block('report.ts')) as { report(): string };
    vi.stubGlobal('BroadcastChannel', undefined);
    await session.signIn({ username: 'alice', password: 'alice-pass-1' });
    sent.length = 0;
    expect(await lines()).toEqual([
      expect.stringMatching(/^warning no-broadcast-channel: There is no BroadcastChannel/),
    ]);
    expect(report()).toMatch(/signed-in/);
    expect(report()).not.toMatch(/alice|page=2/);
    expect(sent).toEqual([]);
  });
});
