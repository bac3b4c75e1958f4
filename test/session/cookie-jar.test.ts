// @vitest-environment node
import { type Backend, customStore, memoryStore, type SessionRecord, type TokenStore } from 'latchkey';
import { createFakeClock, type FakeClock } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';
import { AuthUnavailableError, SessionChangedError, SignedOutError, SignInRejectedError } from '../../src/errors.ts';
import { createTabLock } from '../../src/platform/lock.ts';
import { logOutByCookie, settleJar, settlePending, signInByCookie } from '../../src/session/cookie-jar.ts';
import { type Core, createCore } from '../../src/session/core.ts';
import { changeFacts, type Head, type Pending, type Row, writeEnd } from '../../src/session/facts.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { underLock } from '../../src/session/store-under-lock.ts';
import { createLonePage } from '../support/lone-page.ts';

const NOW = Date.UTC(2030, 0, 1);
const KEY = 'head:default';
interface Jar {
  /** Two tabs of one browser. */
  readonly core: Core;
  readonly other: Core;
  readonly clock: FakeClock;
  /** What reached the server, in order; a log-out with what it was told. */
  readonly log: string[];
  /** What the log-outs were given. */
  readonly loggedOut: SessionRecord[];
  /** Called while the server answers a sign-in, or a log-out. */
  onSignIn(): unknown;
  onLogOut(): unknown;
  head(): Promise<Head | undefined>;
  /** What the fence says from now on; nothing at all where somebody has cleared it. */
  tell(head: Head | undefined): Promise<unknown>;
}

/** Two tabs whose credential is a cookie, and nobody signed in. */
function createJar(store: TokenStore = memoryStore()): Jar {
  const clock = createFakeClock(NOW);
  const log: string[] = [];
  const loggedOut: SessionRecord[] = [];
  const backend: Backend<string> = {
    credential: 'cookie',
    async signIn(who) {
      log.push(`sign-in ${who}`);
      await jar.onSignIn();
      return { subject: who };
    },
    refresh: async () => ({}),
    async revoke(record, _, { everywhere }) {
      log.push(everywhere ? 'log-out everywhere' : 'log-out');
      loggedOut.push(record);
      await jar.onLogOut();
    },
  };
  const platform = { ...createLonePage(clock), lock: createTabLock(clock, new Map()) };
  const tab = (seed: number): Core =>
    createCore(normalizeOptions({ backend, store, clock } as never), { ...platform, random: () => seed });
  const { fence } = platform;
  const jar: Jar = {
    core: tab(0.5),
    other: tab(0.25),
    clock,
    log,
    loggedOut,
    onSignIn() {},
    onLogOut() {},
    head: async () => (await fence.read([KEY])).get(KEY) as Head | undefined,
    tell: (head) => fence.update([KEY], (rows) => (head ? rows.set(KEY, head) : rows.clear())),
  };
  return jar;
}

const signIn = ({ core }: Jar): Promise<unknown> => signInByCookie(core, 'alice', core.intent, undefined);

/** The user signs out in a tab, which has not logged out yet. */
const signOut = (core: Core, everywhere = false): Promise<void> =>
  changeFacts(core, undefined, (facts) => writeEnd(core, facts, 'user', everywhere));

/** Something that is pending since now. */
const pendingOf = (kind: Pending['kind'], tab: string): Head => ({ epoch: 1, pending: { kind, at: NOW, tab } });

describe('a sign-in that sets a cookie', () => {
  it('is not sent once the user wants something else: no cookie comes that nobody waits for', async () => {
    const jar = createJar();
    const over = new SignedOutError('user');
    jar.core.intent.over = over;
    await expect(signIn(jar)).rejects.toBe(over);
    expect(jar.log).toEqual([]);
    expect(await jar.head()).toBeUndefined();
  });

  it('is not sent over a sign-out that came while it waited for a refresh of a page that is gone', async () => {
    const jar = createJar();
    const attempt = { generation: 1, sentAt: NOW, tab: 'gone' };
    await changeFacts(jar.core, { sessionId: 's' }, (facts) => {
      facts.head = { epoch: 1, sessionId: 's', subject: 'bob' };
      facts.row = { generation: 1, epoch: 0, attempt } satisfies Row;
    });
    const outcome = expect(signIn(jar)).rejects.toMatchObject({ code: 'signed-out', reason: 'other-tab' });
    await jar.clock.advance(1000);
    await signOut(jar.other);
    await jar.clock.advance(4000);
    await outcome;
    expect(jar.log).toEqual([]);
    expect((await jar.head())?.pending).toMatchObject({ kind: 'sign-out', tab: jar.other.tab });
  });

  it('comes to nothing where the fence was cleared meanwhile, and nobody is written into it', async () => {
    const jar = createJar();
    jar.onSignIn = () => jar.tell(undefined);
    await expect(signIn(jar)).rejects.toMatchObject({ code: 'signed-out', reason: 'other-tab' });
    expect(await jar.head()).toBeUndefined();
    expect(jar.core.state.status).not.toBe('signed-in');
  });

  it('that a sign-out of another tab overtakes logs out, on this device alone; the sign-out keeps its reason', async () => {
    const jar = createJar();
    jar.onSignIn = () => signOut(jar.other);
    await expect(signIn(jar)).rejects.toMatchObject({ code: 'signed-out', reason: 'other-tab' });
    expect(jar.log).toEqual(['sign-in alice', 'log-out']);
    expect(await jar.head()).toEqual({ epoch: 1, reason: 'user', pending: undefined });
  });

  it.each([
    ['a sign-out, which then logs out by itself, shows nobody', new SignedOutError('user'), 'restoring'],
    ['another sign-in, which may come to nothing, stands', new SessionChangedError(), 'signed-in'],
  ])('that was written when the user wished for %s', async (_, over, status) => {
    const jar = createJar();
    const { core } = jar;
    const { update } = core.fence;
    core.fence.update = async (keys, change) => {
      const result = await update(keys, change);
      if ((await jar.head())?.sessionId) core.intent.over = over;
      return result;
    };
    const outcome = await signIn(jar).catch((error) => error);
    expect(core.state.status).toBe(status);
    expect(outcome === over).toBe(status !== 'signed-in');
  });

  it.each([
    ['a "no"', new SignInRejectedError(401)],
    ['a "no" of a backend that gives no status', new SignInRejectedError(undefined as never)],
    ['an answer that is no verdict', new AuthUnavailableError('busy', { status: 503 })],
  ])('that got %s left the jar as it was: nothing is pending', async (_, error) => {
    const jar = createJar();
    jar.onSignIn = () => Promise.reject(error);
    await expect(signIn(jar)).rejects.toBe(error);
    expect(await jar.head()).toEqual({ epoch: 0, pending: undefined });
  });

  it('that got no answer may have set a cookie all the same, and stays pending', async () => {
    const jar = createJar();
    jar.onSignIn = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(signIn(jar)).rejects.toMatchObject({ code: 'auth-unavailable' });
    expect((await jar.head())?.pending).toEqual({ kind: 'sign-in', at: NOW, tab: jar.core.tab });
  });
});

describe('a page that loads', () => {
  it.each([
    ['in a browser that knows nothing', undefined],
    ['where somebody is signed in, and nothing is pending', { epoch: 1, sessionId: 's', subject: 'alice' }],
  ])('%s waits for nobody, and logs nobody out', async (_, head) => {
    const jar = createJar();
    await jar.tell(head);
    void underLock(jar.other, undefined, () => new Promise(() => {}));
    await settleJar(jar.core);
    expect(jar.log).toEqual([]);
  });

  it('finishes a sign-out of a page that is gone at once, on this device alone; it stays one by the user', async () => {
    const jar = createJar();
    await signOut(jar.other);
    await settleJar(jar.core);
    expect(jar.log).toEqual(['log-out']);
    expect(await jar.head()).toEqual({ epoch: 1, reason: 'user', pending: undefined });
  });

  it('does so for a sign-in over an asynchronous store as well, once it must have been answered', async () => {
    const jar = createJar(customStore({ ...memoryStore() }));
    await jar.tell(pendingOf('sign-in', 'gone'));
    const settled = settleJar(jar.core);
    await jar.clock.advance(4999);
    expect(jar.log).toEqual([]);
    await jar.clock.advance(1);
    await settled;
    expect(jar.log).toEqual(['log-out']);
    expect(await jar.head()).toMatchObject({ epoch: 2, reason: 'user-switched', pending: undefined });
  });

  it.each(['sign-in', 'sign-out'] as const)('and is disposed of leaves a %s to the next one (C48)', async (kind) => {
    const jar = createJar();
    await jar.tell(pendingOf(kind, 'gone'));
    jar.core.closed.abort();
    const settled = settlePending(jar.core);
    await jar.clock.advance(5000);
    expect(await settled).toEqual({ kind, at: NOW, tab: 'gone' });
    expect(await jar.head()).toEqual(pendingOf(kind, 'gone'));
    expect(jar.log).toEqual([]);
  });
});

describe('a log-out', () => {
  it.each([
    ['nothing is known', undefined],
    ['somebody has logged out, and somebody else signed in', { epoch: 2, sessionId: 's', subject: 'bob' }],
    ['somebody is about to sign in', pendingOf('sign-in', 'gone')],
  ])('is not sent where %s: the cookie is not theirs', async (_, head) => {
    const jar = createJar();
    await jar.tell(head);
    await logOutByCookie(jar.core, undefined);
    expect(jar.log).toEqual([]);
    expect(await jar.head()).toEqual(head);
  });

  it('goes to all devices where the user wished so', async () => {
    const jar = createJar();
    await signOut(jar.core, true);
    await settlePending(jar.other);
    expect(jar.log).toEqual(['log-out everywhere']);
  });

  it('of a session of which nothing is left shows the backend a record without tokens', async () => {
    const jar = createJar();
    await signOut(jar.core);
    await logOutByCookie(jar.core, undefined);
    const tokens = { accessToken: undefined, refreshToken: undefined };
    expect(jar.loggedOut).toMatchObject([{ sessionId: '', generation: 1, tokens }]);
  });

  it('leaves an emptied fence empty: what is not known has not ended', async () => {
    const jar = createJar();
    await signOut(jar.other);
    jar.onLogOut = () => jar.tell(undefined);
    expect(await settlePending(jar.core)).toBeUndefined();
    expect(await jar.head()).toBeUndefined();
  });

  it.each([
    ['a later one of the same tab', (one: Pending): Pending => ({ ...one, at: NOW + 1 })],
    ['one of another tab at the same moment', (one: Pending): Pending => ({ ...one, tab: 'third' })],
    ['a sign-in of the same tab at the same moment', (one: Pending): Pending => ({ ...one, kind: 'sign-in' })],
  ])('that is answered settles no more than itself: %s stays pending', async (_, after) => {
    const jar = createJar();
    const head = pendingOf('sign-out', 'gone');
    const next = { ...head, pending: after(head.pending as Pending) };
    await jar.tell(head);
    jar.onLogOut = () => jar.tell(next);
    await settlePending(jar.core);
    expect(await jar.head()).toEqual(next);
  });
});
