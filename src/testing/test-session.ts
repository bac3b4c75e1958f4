import { SignedOutError, type SignOutReason } from '../errors.ts';
import { createLocalChannel } from '../platform/channel.ts';
import { checkOptions, isBoolean, isObject, optional, type Rule, type Rules } from '../platform/check-options.ts';
import type { Clock } from '../platform/clock.ts';
import { createMemoryFence } from '../platform/fence.ts';
import { createTabLock } from '../platform/lock.ts';
import { onActivity } from '../platform/wake.ts';
import { adopt } from '../session/adopt.ts';
import { type Core, type Platform, setState } from '../session/core.ts';
import { coreOf } from '../session/core-of.ts';
import { end } from '../session/ending.ts';
import { turn } from '../session/holder.ts';
import { newRecord } from '../session/new-record.ts';
import { type AnyBackend, type LoadsUser, normalizeOptions, type SessionOptions } from '../session/options.ts';
import { createSessionOn, type Session } from '../session/session.ts';
import { memoryStore } from '../stores/memory-store.ts';
import type { JwtClaims } from '../token/claims.ts';
import { isJsonObject } from '../token/own.ts';
import { createFakeBackend, type FakeBackend, type FakeBackendOptions, type FakeCredentials } from './fake-backend.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { USERS } from './test-user.ts';

/** What `createTestSession` is told; whatever `createSession` takes besides the backend and the store goes here, too. */
export interface TestSessionOptions<User, SignIn>
  extends Omit<SessionOptions<SignIn>, 'backend' | 'store' | 'clock' | 'restore'>,
    Partial<LoadsUser<JwtClaims, User>> {
  /** Who is signed in from the first moment: the claims of their token. Default: nobody, unless there is a `profile`. */
  readonly user?: JwtClaims;
  /**
   * Who is signed in from the first moment, as the `loadUser` of the app would have it: it is the `user` of the state, and
   * whoever signs in later has the same. Default: there is no such thing, and the user is the claims.
   */
  readonly profile?: User;
  /** Leaves the session at `restoring` until `finishRestoring()` is called. Default is false. */
  readonly restoring?: boolean;
  /** Who can sign in, and with what. Default: any name, with the password `right`. */
  readonly users?: FakeBackendOptions['users'];
  /** How long an access token lives, in milliseconds. Default is 300000 (5 minutes). */
  readonly lifetime?: number;
  /** The server. Default is one of its own; give one to two sessions, and they are two devices. */
  readonly backend?: FakeBackend<SignIn>;
  /** Default is a clock of its own, which stands still. */
  readonly clock?: FakeClock;
}

/** A session like any other, and what a test does to it. */
export interface TestSession<SignIn = FakeCredentials, User = JwtClaims> extends Session<SignIn, User> {
  /** The server, with its controls. `backend.accepts(header)` says whether the app's own API would take a token. */
  readonly backend: FakeBackend<SignIn>;
  /** The time of the session and of the server: `await session.clock.advance(60_000)`. */
  readonly clock: FakeClock;
  /** Lets the access token expire, here and on the server, while the clock stands still: the next request refreshes. */
  expire(): void;
  /** The server takes back every token. Resolves when the page has noticed, and the user is signed out. */
  revoke(): Promise<void>;
  /**
   * Ends the session from outside this page. Resolves when the user is signed out, for that reason.
   *
   * @param reason Default is `other-tab`.
   */
  signOutElsewhere(reason?: SignOutReason): Promise<void>;
  /** Ends `restoring`, for whoever asked for it. Resolves when the state says who is signed in, or nobody. */
  finishRestoring(): Promise<void>;
}

/** Left to `createSession`. */
const LEFT: Rule = [() => true, ''];
const OPTIONS: Rules = {
  user: [optional(isJsonObject), "must be an object of claims, such as { sub: 'alice' }"],
  profile: LEFT,
  restoring: [optional(isBoolean), 'must be true or false'],
  users: USERS,
  lifetime: [
    optional((time) => Number.isFinite(time) && Number(time) > 0),
    'must be milliseconds above 0; for a dead token, call session.expire()',
  ],
  backend: [optional(isObject), 'must be a createFakeBackend()'],
  clock: [optional(isObject), 'must be a createFakeClock()'],
  ...{ name: LEFT, refreshWindow: LEFT, patience: LEFT, settleTime: LEFT, idleTimeout: LEFT, maxAge: LEFT },
  ...{ loadUser: LEFT, onStepUp: LEFT, onClear: LEFT },
};

/**
 * Makes a session for the tests of an app's own components: the real engine on a server in memory, a clock that stands
 * still, and a page of its own. It stores nothing, sends nothing, shares nothing, and its state is there at once.
 *
 * @throws {TypeError} When an option is wrong, naming it and the fix.
 * @example
 * const session = createTestSession({ user: { sub: 'alice', role: 'admin' } })
 */
export function createTestSession<User = JwtClaims, SignIn extends object = FakeCredentials>(
  options: TestSessionOptions<User, SignIn> = {},
): TestSession<SignIn, User> {
  const {
    profile,
    user = profile === undefined ? undefined : { sub: 'user' },
    restoring = false,
    users,
    lifetime,
    clock = createFakeClock(),
    backend = createFakeBackend<SignIn>({ clock, ...(users && { users }), ...(lifetime && { lifetime }) }),
    ...rest
  } = checkOptions('createTestSession', options, OPTIONS);
  const store = memoryStore();
  let isShown = false;
  let expired: string | undefined;
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const normalized = normalizeOptions({
    // Who is shown from the first moment is not shown once more: that would be a change that no test has asked for.
    ...(profile !== undefined && { loadUser: () => (isShown ? Promise.resolve(profile) : new Promise(() => {})) }),
    ...rest,
    clock,
    backend: backend as AnyBackend,
    store: restoring ? { ...store, synchronous: false, load: (name) => opened.then(() => store.load(name)) } : store,
  } as Parameters<typeof normalizeOptions>[0]);
  const record = user && newRecord(backend.tokensFor(user), { backend: backend as AnyBackend, now: clock.now() });
  if (record) void store.save(normalized.name, record);
  const session = createSessionOn<SignIn, User>(normalized, () => lonePage(clock));
  const core = coreOf(session) as Core;
  // What the restore will find, before anything is rendered.
  if (!restoring && record) {
    if (profile !== undefined) core.profile = { of: record, user: profile };
    adopt(core, record);
  } else if (!restoring) {
    turn(core, new SignedOutError());
    setState(core, { status: 'signed-out' });
  }
  isShown = true;
  // The restore has taken the record up once more: what is planned for it is planned anew, and no listener is told.
  void session.ready.then(() => {
    if (expired !== undefined && core.held?.record.tokens.accessToken === expired) age();
    core.events.emit('news', 'state');
  });

  /** The time stands still: it would reach the limits of the app, too. */
  function age(): void {
    if (core.held) core.held = { ...core.held, expiresAfter: 0 };
  }
  function expire(): void {
    backend.expireAll();
    expired = core.held?.record.tokens.accessToken;
    age();
  }
  return Object.assign(session, {
    backend,
    clock,
    expire,
    async revoke() {
      await session.ready;
      backend.revokeAll();
      // While the access token lives, so does the session: nobody on the server looks at the refresh token till then.
      expire();
      await session.refresh().catch(() => {});
    },
    async signOutElsewhere(reason: SignOutReason = 'other-tab') {
      await session.ready;
      if (core.held) await end(core, core.epoch, core.held, reason);
    },
    async finishRestoring() {
      open();
      await session.ready;
    },
  });
}

/** A page with no other tabs, which somebody looks at, and which nothing wakes. */
function lonePage(clock: Clock): Platform {
  return {
    // Its own queue: sessions of two tests never wait for each other.
    lock: createTabLock(clock, new Map()),
    fence: { ...createMemoryFence(), isShared: true },
    channel: createLocalChannel(),
    onWake: () => () => {},
    onActivity,
    isOnline: () => true,
    isVisible: () => true,
    random: () => 0.5,
  };
}
