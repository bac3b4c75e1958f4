import { AuthUnavailableError, SessionChangedError, SignedOutError } from '../errors.ts';
import { createLocalChannel } from '../platform/channel.ts';
import type { Unsubscribe } from '../platform/clock.ts';
import { createMemoryFence } from '../platform/fence.ts';
import { createTabLock } from '../platform/lock.ts';
import type { JwtClaims } from '../token/claims.ts';
import { ownOptions } from '../token/own.ts';
import type { TokenInput } from '../token/token-set.ts';
import { compareWithStore } from './compare-with-store.ts';
import { begin, createCore, setState } from './core.ts';
import { createEngine } from './create-engine.ts';
import type { SessionEvents } from './emitter.ts';
import { ENGINE } from './engine.ts';
import { turn } from './holder.ts';
import { normalizeOptions, type SessionOptions } from './options.ts';
import { refresh } from './refresher.ts';
import { restore } from './restore.ts';
import { install, requestTokens } from './sign-in.ts';
import { signOut } from './sign-out.ts';
import type { SessionState } from './state.ts';
import { underLock } from './store-under-lock.ts';

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
  /** Lets go of everything: timers, listeners, requests to the server. Signs nobody out. Idempotent. */
  dispose(): void;
}

/**
 * Makes a session and begins to restore what was stored.
 *
 * @throws {TypeError} When an option is wrong, naming it and the fix.
 * @example
 * const session = createSession({ backend: simpleJwt({ baseUrl: '/auth' }), store: localStorageStore() })
 */
export function createSession<SignIn = never, Claims = JwtClaims>(
  options: SessionOptions<SignIn, Claims>,
): Session<SignIn, Claims> {
  const normalized = normalizeOptions(options as SessionOptions<never, unknown>);
  const { clock, name, store } = normalized;
  const core = createCore(normalized, {
    lock: createTabLock(clock),
    fence: createMemoryFence(),
    channel: createLocalChannel(),
    random: Math.random,
  });
  const ready = restore(core).catch(() => setState(core, { status: 'signed-out' }));
  const engine = createEngine(core, ready);

  async function onStoreChange(): Promise<void> {
    const compare = (): ReturnType<typeof compareWithStore> => compareWithStore(core, core.epoch);
    // Our own writes to a slow store are seen, too: not in the middle of one.
    (await (core.keeper.now ? compare() : underLock(core, core.held?.record, compare)))?.();
  }
  try {
    const unsubscribe: unknown = store.subscribe?.(name, () => void onStoreChange().catch(() => {}));
    if (typeof unsubscribe === 'function') core.undo.add(unsubscribe as Unsubscribe);
  } catch {
    core.diagnose('store-failed', 'store.subscribe threw: changes by others go unseen.');
  }

  async function signInWithTokens(
    tokens: TokenInput | Promise<TokenInput>,
    signInOptions: { readonly remember?: boolean } = {},
  ): Promise<Claims> {
    const intent = begin(core, new SessionChangedError());
    const [input] = await Promise.all([tokens, ready]);
    return (await install(core, input, intent, ownOptions(signInOptions).remember)) as Claims;
  }

  const session: Session<SignIn, Claims> = {
    ready,
    getState: () => core.state as SessionState<Claims>,
    subscribe: (listener) => core.events.on('state', listener),
    on: (type, listener) => core.events.on(type, listener as (event: unknown) => void),
    signIn: (parameters, signInOptions) => signInWithTokens(requestTokens(core, parameters), signInOptions),
    signInWithTokens,
    async signOut({ everywhere = false } = {}) {
      begin(core, new SignedOutError('user'));
      await signOut(core, everywhere).catch(() => {});
    },
    async getAccessToken() {
      await ready;
      const held = engine.ready() ?? (await engine.obtain(core.epoch));
      if (!held) throw new SignedOutError();
      return held.record.tokens.accessToken;
    },
    async refresh() {
      await ready;
      await refresh(core, core.held?.record, 'asked');
    },
    dispose() {
      const disposed = new AuthUnavailableError('The session was disposed.');
      turn(core, disposed);
      // No other epoch begins: whatever is asked of the session from now on fails (C48).
      core.epoch.over = disposed;
      begin(core, disposed);
      for (const undo of core.undo) undo();
      core.events.clear();
      core.channel.close();
    },
  };
  return Object.assign(session, { [ENGINE]: engine });
}
