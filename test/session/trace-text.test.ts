// @vitest-environment-options { "url": "https://app.example.com/list?page=2&secret=yes" }
import { memoryStore, type Session, traceText } from 'latchkey';
import { createFakeClock } from 'latchkey/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { coreOf } from '../../src/session/core-of.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { createPlatform } from '../../src/session/platform.ts';
import { createSessionOn } from '../../src/session/session.ts';
import { note } from '../../src/session/trace.ts';
import { CANARY } from '../security/leaks.ts';
import { ALICE, createWorld } from '../support/world.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** The facts above the first empty line, by what they are about. */
function head(text: string): Record<string, string> {
  const lines = (text.split('\n\n')[0] ?? '').split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2)));
}

/** The decisions below it. */
const body = (text: string): string[] => (text.split('\n\n')[1] ?? '').split('\n');

describe('traceText()', () => {
  it('has each decision in a line: when, what, and with what', async () => {
    const { session, clock } = createWorld();
    await session.signIn(ALICE);
    await clock.advance(61_000);
    await session.refresh();
    await session.signOut();
    expect(body(traceText(session))).toEqual([
      '2030-01-01T00:00:00.000Z signed-in',
      '2030-01-01T00:01:01.000Z refresh-sent 1',
      '2030-01-01T00:01:01.000Z refresh-committed 2',
      '2030-01-01T00:01:01.000Z signed-out user',
    ]);
    expect(body(traceText(session))).toHaveLength(session.trace().length);
  });

  it('begins with what support asks first: the browser, what it lacks, and the state', async () => {
    vi.stubGlobal('indexedDB', undefined);
    const { session, fetch, clock } = createWorld({ name: 'shop' });
    expect(body(traceText(session))).toEqual(['Nothing has happened yet.']);
    await session.signIn(ALICE);
    await fetch('https://other.example/path?q=1');
    expect(head(traceText(session))).toEqual({
      'latchkey trace of': new Date(clock.now()).toISOString(),
      'user agent': navigator.userAgent,
      page: 'yes',
      'secure context': 'yes',
      sandboxed: 'no',
      'Web Locks': 'no',
      IndexedDB: 'no',
      'broadcast channel': 'yes',
      cookies: 'yes',
      online: 'yes',
      visible: 'no',
      'session name': 'shop',
      'shared by': 'this tab',
      'tabs agree by': 'nothing',
      store: 'synchronous',
      'refresh token': 'in the record',
      state: 'signed-in',
      generation: '1',
      renewable: 'yes',
      'token expires': '2030-01-01T00:05:00.000Z',
      'told to mend': 'origin-not-listed, tabs-uncoordinated',
    });
    await session.signOut();
    expect(head(traceText(session))).toMatchObject({ state: 'signed-out', 'signed out because': 'user' });
    session.dispose();
    expect(head(traceText(session)).state).toBe('disposed, signed-out');
  });

  it('says until when a refresh is held back, and when the session ends', async () => {
    const { session, backend } = createWorld({ maxAge: 3_600_000 });
    backend.onRefresh(() => Promise.reject(new Error('down')));
    await session.signIn(ALICE);
    await session.refresh().catch(() => {});
    const core = coreOf(session);
    if (core?.breaker) core.breaker = { ...core.breaker, retryAt: core.clock.now() + 1500 };
    expect(head(traceText(session))).toMatchObject({ 'no refresh before': '2030-01-01T00:00:01.500Z' });
    expect(body(traceText(session)).at(-1)).toMatch(/refresh-unanswered$/);
  });

  it('has no token, no user and no query in it, whatever found its way into a decision (LOG-1, LOG-4)', async () => {
    const clock = createFakeClock();
    const options = normalizeOptions({ backend: {}, store: memoryStore(), clock } as never);
    const session: Session<never, unknown> = createSessionOn(options, createPlatform);
    const claims = btoa(
      JSON.stringify({ sub: 'alice@example.com', name: 'Alice Liddell', exp: clock.now() / 1000 + 60 }),
    );
    const [accessToken, refreshToken] = [`eyJhbGciOiJub25lIn0.${claims.replaceAll('=', '')}.${CANARY}1`, `${CANARY}2`];
    await session.signInWithTokens({ accessToken, refreshToken });
    const core = coreOf(session);
    if (!core) throw new Error('no session');
    for (const detail of [
      accessToken,
      `at https://api.example.com/x?code=${refreshToken}&y=1#z`,
      refreshToken,
      'for alice@example.com, Alice Liddell',
      'Bearer abc.def',
      'two\nlines\u202e',
    ]) {
      note(core, 'woken', detail);
    }
    const text = traceText(session);
    for (const secret of [
      CANARY,
      'eyJ',
      claims.slice(0, 12),
      'alice',
      'Alice',
      '?',
      'abc.def',
      '\u202e',
      'secret=yes',
    ]) {
      expect(text).not.toContain(secret);
    }
    expect(text).toContain('woken at https://api.example.com/x');
    expect(body(text)).toHaveLength(7);
    session.dispose();
  });

  it('copes with a user that the app has loaded, whatever that is', async () => {
    const user = {
      get name(): string {
        throw new Error('no name');
      },
    };
    const { session } = createWorld({ loadUser: async () => user } as never);
    await session.signIn(ALICE);
    expect(body(traceText(session))).toHaveLength(1);
  });

  it('refuses what is no session, naming the fix', () => {
    expect(() => traceText({} as never)).toThrow(/must be one that createSession\(\) gave/);
    expect(() => traceText(undefined as never)).toThrow(TypeError);
  });
});
