import { AuthUnavailableError, SessionChangedError, SignedOutError } from '../errors.ts';
import { within } from '../platform/awaitable.ts';
import type { Clock, Unsubscribe } from '../platform/clock.ts';
import { forgetName, shareByName } from '../platform/registry.ts';
import type { JwtClaims } from '../token/claims.ts';
import { own, ownOptions } from '../token/own.ts';
import type { TokenInput } from '../token/token-set.ts';
import { signInByCookie } from './cookie-jar.ts';
import { begin, type Core, createCore, type Platform, setState } from './core.ts';
import { createEngine } from './create-engine.ts';
import type { SessionEvents } from './emitter.ts';
import { CORE, ENGINE } from './engine.ts';
import { readFacts } from './facts.ts';
import { turn } from './holder.ts';
import { watchLimits } from './limits.ts';
import { type LoadsUser, type NormalizedOptions, normalizeOptions, type SessionOptions } from './options.ts';
import { createPlatform } from './platform.ts';
import { watchProfile } from './profile.ts';
import { watch } from './reconcile.ts';
import { refresh } from './refresher.ts';
import { restore } from './restore.ts';
import { schedule } from './schedule.ts';
import { install, requestTokens } from './sign-in.ts';
import { signOut } from './sign-out.ts';
import type { SessionState } from './state.ts';
import { announce } from './tabs.ts';
import { note, type TraceEntry } from './trace.ts';

/** One signed-in user, or none. */
export interface Session<SignIn = never, User = JwtClaims> {
  /** Settles when it is known whether somebody is signed in, in bounded time. Never rejects. */
  readonly ready: Promise<void>;
  /** What to show now: the same object until something changes. It holds no token. */
  getState(): SessionState<User>;
  /** Calls back after every change of the state. Fits React's `useSyncExternalStore`. */
  subscribe(listener: () => void): Unsubscribe;
  /** Listens to one type of event. A listener that throws changes nothing. */
  on<Type extends keyof SessionEvents<User>>(
    type: Type,
    listener: (event: SessionEvents<User>[Type]) => void,
  ): Unsubscribe;
  /**
   * Signs a user in with what the backend's sign-in takes, such as `{ username, password }`.
   *
   * @throws {SignInRejectedError} When the server says no; its message is made safe to show.
   * @throws {AuthUnavailableError} When there is no verdict: try later.
   * @throws {TokenResponseError} When the server says yes without usable tokens.
   */
  signIn(parameters: SignIn, options?: { readonly remember?: boolean }): Promise<User>;
  /**
   * Signs a user in with tokens that were got elsewhere; `backend.tokensFrom(answer)` reads a server's own answer.
   *
   * @throws {TokenResponseError} When they are no usable tokens.
   */
  signInWithTokens(tokens: TokenInput, options?: { readonly remember?: boolean }): Promise<User>;
  /**
   * Signs out: here at once, in the store, then on the server, which is given 5 seconds. Never rejects.
   *
   * @param options `everywhere` asks the backend to end the user's sessions on all devices. Default is false.
   */
  signOut(options?: { readonly everywhere?: boolean }): Promise<void>;
  /**
   * A token to send now, for WebSocket, server-sent events or an upload library; undefined only where cookies carry it.
   *
   * @throws {SignedOutError} When nobody is signed in.
   * @throws {AuthUnavailableError} When it has expired and the server gives no verdict.
   */
  getAccessToken(): Promise<string | undefined>;
  /**
   * Gets new tokens now, whatever the expiry of the old ones: new claims after a change of the profile.
   *
   * @throws {SignedOutError} When nobody is signed in, or the server ends the session.
   * @throws {AuthUnavailableError} When the server gives no verdict.
   * @throws {TokenResponseError} When it answers without usable tokens; the session stays.
   */
  refresh(): Promise<void>;
  /**
   * Gets the user once more, after they have changed something of themselves: by `loadUser`, in all tabs, else by new
   * tokens. When it cannot be had, the one before is given.
   *
   * @throws {SignedOutError} When nobody is signed in.
   */
  reloadUser(): Promise<User>;
  /** Says that the user is there, as a click or a key does: restarts the time of `idleTimeout`, in all tabs. */
  extend(): void;
  /** The last decisions of the engine, oldest first, for a support request. It holds no token. */
  trace(): readonly TraceEntry[];
  /** Lets go of everything: timers, listeners, requests to the server. Signs nobody out. Idempotent. */
  dispose(): void;
}

/**
 * Makes a session and begins to restore what was stored.
 *
 * A page has one session of a name. Made again in the same way, as by a hot reload or a component that is mounted twice,
 * it is the one that is there; made in another way, the one before is disposed of, and says so to whoever goes on using it.
 *
 * @throws {TypeError} When an option is wrong, naming it and the fix.
 * @example
 * const session = createSession({ backend: simpleJwt({ baseUrl: '/auth' }), store: localStorageStore() })
 */
export function createSession<SignIn = never, Claims = JwtClaims, User = never>(
  options: SessionOptions<SignIn, Claims> & LoadsUser<Claims, User>,
): Session<SignIn, User | undefined>;
export function createSession<SignIn = never, Claims = JwtClaims>(
  options: SessionOptions<SignIn, Claims> & { readonly loadUser?: never },
): Session<SignIn, Claims>;
export function createSession(options: SessionOptions<never, unknown>): Session<never, unknown> {
  const normalized = normalizeOptions(options);
  const { backend, name, store } = normalized;
  // What the app gave: the default is another object in another copy of the package.
  const { clock } = ownOptions(options);
  const parts = [backend, store, { ...normalized, backend: 0, store: 0, clock: 0 }].flatMap(valuesOf);
  const likeness = parts.map((part) => (typeof part === 'object' ? JSON.stringify(part) : String(part))).join();
  const make = (): Shared => {
    const session = createSessionOn<never, unknown>(normalized, createPlatform, () => forgetName(name, shared));
    const shared: Shared = { session, clock, likeness };
    return shared;
  };
  let shared = shareByName(name, make);
  if (shared.clock !== clock || shared.likeness !== likeness) {
    shared.session.dispose();
    shared = shareByName(name, make);
  }
  return shared.session;
}

/** With those of the backend that another one stands on. */
function valuesOf(object: object): unknown[] {
  const values: unknown[] = [];
  for (const key in object) values.push((object as Record<string, unknown>)[key]);
  return values;
}

/** What is known of the session of a name, so that it can be told whether another one is made in the same way. */
interface Shared {
  readonly session: Session<never, unknown>;
  readonly clock: Clock | undefined;
  /** The texts of all functions and the URLs of its backend and its store, and its options. */
  readonly likeness: string;
}

/** Makes a session on a platform of one's own: tests put a simulated world there. */
export function createSessionOn<SignIn, User>(
  options: NormalizedOptions,
  platformOf: (options: NormalizedOptions, onDegraded: () => void) => Platform,
  onDispose?: () => void,
): Session<SignIn, User> {
  const { name } = options;
  const core: Core = createCore(
    options,
    platformOf(options, () => {
      note(core, 'degraded');
      core.diagnose(
        'tabs-uncoordinated',
        'IndexedDB cannot be used here: tabs learn of each other from the store and from refusals only.',
      );
    }),
  );
  core.takeOver = options.migrate?.begin(core);
  const ready = restore(core).catch(() => setState(core, { status: 'signed-out' }));
  core.ready = ready;
  const engine = createEngine(core);
  watch(core);
  schedule(core);
  watchLimits(core);
  watchProfile(core);
  const { onClear } = core;
  if (onClear) core.events.on('clear', onClear);

  async function signInWithTokens(
    tokens: TokenInput | Promise<TokenInput>,
    signInOptions: { readonly remember?: boolean } = {},
  ): Promise<User> {
    const intent = begin(core, new SessionChangedError());
    const before = ready.then(() => readFacts(core, undefined));
    const [input, facts] = await Promise.all([tokens, before]);
    await install(core, input, intent, ownOptions(signInOptions).remember, facts);
    return await user();
  }

  /** As the state shows them, once the profile is there. */
  async function user(): Promise<User> {
    await core.loadedUser();
    return (core.state.status === 'signed-in' ? core.state.user : undefined) as User;
  }

  const session: Session<SignIn, User> = {
    ready,
    getState: () => core.state as SessionState<User>,
    subscribe: (listener) => core.events.on('state', listener),
    on: (type, listener) => core.events.on(type, listener as (event: unknown) => void),
    async signIn(parameters, signInOptions = {}) {
      if (core.backend.credential !== 'cookie' || !core.backend.signIn) {
        return await signInWithTokens(requestTokens(core, parameters), signInOptions);
      }
      const intent = begin(core, new SessionChangedError());
      await ready;
      await signInByCookie(core, parameters, intent, ownOptions(signInOptions).remember);
      return await user();
    },
    signInWithTokens,
    async signOut(signOutOptions) {
      begin(core, new SignedOutError('user'));
      // Whatever it was called with, as by a template with the event of a click: the user is signed out.
      await signOut(core, own(signOutOptions, 'everywhere') === true).catch(() => {});
    },
    async getAccessToken() {
      await ready;
      const { clock, epoch, patience } = core;
      const due = clock.monotonic() + patience;
      const held =
        engine.ready() ??
        (await within(clock, patience, () => engine.obtain(epoch, () => clock.monotonic() < due), engine.impatience));
      if (!held) throw new SignedOutError();
      return held.record.tokens.accessToken;
    },
    async refresh() {
      await ready;
      await refresh(core, core.held?.record, 'asked');
      if (core.loadUser) await session.reloadUser().catch(() => {});
    },
    async reloadUser() {
      if (!core.held) throw core.epoch.over ?? new SignedOutError();
      if (!core.loadUser) await refresh(core, core.held.record, 'asked');
      core.reloadUser().catch(() => {});
      announce(core, 'user');
      return await user();
    },
    extend: () => core.noteActivity(),
    trace: () => [...core.trace],
    dispose() {
      const disposed = new AuthUnavailableError(
        `The session was disposed of, or another createSession({ name: '${name}' }) took its place: name each.`,
      );
      turn(core, disposed);
      // No other epoch begins: whatever is asked of the session from now on fails (C48).
      core.epoch.over = disposed;
      begin(core, disposed);
      core.closed.abort();
      onDispose?.();
      for (const undo of core.undo) undo();
      core.events.clear();
      core.channel.close();
      core.fence.close?.();
    },
  };
  return Object.assign(session, { [ENGINE]: engine, [CORE]: () => core });
}
