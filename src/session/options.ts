import type { Backend, StepUp } from '../backends/backend.ts';
import type { SignOutReason } from '../errors.ts';
import {
  checkMembers,
  checkOptions,
  isBoolean,
  isFunction,
  isObject,
  optional,
  type Rule,
  type Rules,
} from '../platform/check-options.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import type { TokenStore } from '../stores/token-store.ts';
import type { JwtClaims } from '../token/claims.ts';
import type { RefreshWindow } from '../token/expiry.ts';
import type { Migration } from './migration.ts';

/** What `createSession` is told. */
export interface SessionOptions<SignIn = never, Claims = JwtClaims> {
  /** How the server is spoken to, such as `simpleJwt({ baseUrl })`, or a plain object of one's own. */
  readonly backend: Backend<SignIn, Claims>;
  /** Where the tokens live: the one decision that only the app can make, so there is no default (STO-1). */
  readonly store: TokenStore;
  /** Tells sessions of one page apart. Letters, digits, `-`, `_` and `.`. Default is `default`. */
  readonly name?: string;
  /**
   * When to refresh ahead of expiry: milliseconds before it, or `{ fraction }` of the lifetime. Default is a moment
   * drawn from 65 to 95 % of the lifetime.
   */
  readonly refreshWindow?: RefreshWindow;
  /** The longest time that a request waits for a refresh, in milliseconds. Default is 10000 (10 seconds). */
  readonly patience?: number;
  /**
   * How long a refresh of a page that died may still be under way, in milliseconds: no other tab sends the same refresh
   * token before that. Default is 5000 (5 seconds).
   */
  readonly settleTime?: number;
  /**
   * How long the user may be away before the session ends, in milliseconds: without a key, a click, a touch or a scroll in
   * any tab of the session. What the page does by itself does not count. Default: no limit.
   */
  readonly idleTimeout?: number;
  /** How long after the sign-in the session ends, whatever the user does, in milliseconds. Default: no limit. */
  readonly maxAge?: number;
  /**
   * Whether a stored session is taken at its word (`trust`, the default), or the server is asked first (`verify`);
   * when the server does not answer, it is taken at its word all the same.
   */
  readonly restore?: 'trust' | 'verify';
  /**
   * Called in each tab whenever a user's session is over, before `signed-out` is told: empty here what the app has cached
   * for them. What it throws changes nothing.
   */
  readonly onClear?: (reason: SignOutReason) => void | Promise<void>;
  /**
   * Lets the user prove who they are once more, when a server demands it for one request (RFC 9470). That request alone
   * waits, without a limit but its own time-out and signal; when this resolves, it is sent once more with the token that
   * is then in use, and when this rejects, it fails with a `StepUpCancelledError`. Requests with the same demand share one
   * call. Default: the server's own answer is handed on.
   *
   * `context.signal` aborts when nobody waits any more; `context.url` is the URL that demanded it, without its query.
   */
  readonly onStepUp?: (
    stepUp: StepUp,
    context: { readonly signal: AbortSignal; readonly url: string },
  ) => Promise<void>;
  /** Takes over the tokens of an older client, so that nobody has to sign in again: `importLegacy({ … })`. Default: none. */
  readonly migrate?: Migration;
  /** For tests. Default is the platform's clock. */
  readonly clock?: Clock;
}

/** The option that makes the user of a session something else than the claims of its token. */
export interface LoadsUser<Claims, User> {
  /**
   * Loads the user's profile, which then is the `user` of the state: undefined until it is there. Called after a sign-in,
   * a restore and `session.refresh()`. What it throws is a diagnostic, and it is called again later; the session stays.
   * It may use a client that is attached to the session. Default: the user is the claims of the ID token, or else of the access token.
   *
   * `context.signal` aborts when the answer is not wanted any more: another user, or none.
   */
  readonly loadUser: (context: { readonly claims: Claims; readonly signal: AbortSignal }) => Promise<User>;
}

/** A backend, whatever its users type and its tokens claim. */
export type AnyBackend = Backend<never, unknown>;

/** The options, checked, with nothing left open. */
export interface NormalizedOptions {
  readonly backend: AnyBackend;
  readonly store: TokenStore;
  readonly name: string;
  readonly refreshWindow: RefreshWindow | undefined;
  readonly patience: number;
  readonly settleTime: number;
  readonly idleTimeout: number | undefined;
  readonly maxAge: number | undefined;
  readonly restore: 'trust' | 'verify';
  readonly loadUser: LoadsUser<unknown, unknown>['loadUser'] | undefined;
  readonly onStepUp: SessionOptions['onStepUp'];
  readonly onClear: SessionOptions['onClear'];
  readonly migrate: Migration | undefined;
  readonly clock: Clock;
}

const TIME: Rule = [optional((time) => typeof time === 'number' && time > 0), 'must be milliseconds above 0'];
const FUNCTION: Rule = [optional(isFunction), 'must be a function'];
const OPTIONS: Rules = {
  backend: [isObject, 'is missing; such as simpleJwt({ baseUrl })'],
  store: [
    hasFunctions('load', 'save', 'clear'),
    'is no token store; choose where tokens live, such as localStorageStore()',
  ],
  name: [
    optional((name) => typeof name === 'string' && /^[\w.-]+$/.test(name)),
    'may have letters, digits, and - _ . only',
  ],
  refreshWindow: [optional(isWindow), 'must be milliseconds or { fraction } below 1'],
  patience: TIME,
  settleTime: [optional((time) => typeof time === 'number' && time >= 0), 'must be milliseconds, 0 or more'],
  idleTimeout: TIME,
  maxAge: TIME,
  restore: [optional((restore) => restore === 'trust' || restore === 'verify'), "must be 'trust' or 'verify'"],
  loadUser: FUNCTION,
  onStepUp: FUNCTION,
  onClear: FUNCTION,
  migrate: [optional(hasFunctions('begin')), 'must be what importLegacy({ … }) gives'],
  clock: [optional(hasFunctions('now', 'monotonic', 'setTimer')), 'must have now, monotonic and setTimer'],
};

const BACKEND: Rules = {
  credential: [optional((kind) => kind === 'record' || kind === 'cookie'), "must be 'record' or 'cookie'"],
  endpoints: [optional(Array.isArray), 'must be a list of URLs'],
  renewsEarly: [optional(isBoolean), 'must be true or false'],
  exposedHeaders: [optional(Array.isArray), 'must be a list of names'],
  ...Object.fromEntries(
    ['signIn', 'refresh', 'revoke', 'verify', 'present', 'judge', 'renewed', 'tokensFrom'].map((name) => [
      name,
      [optional(isFunction), 'must be a function'],
    ]),
  ),
};

/**
 * Checks what the app asked for.
 *
 * @throws {TypeError} Naming the option and the fix.
 */
export function normalizeOptions(
  options: SessionOptions<never, unknown> & Partial<LoadsUser<unknown, unknown>>,
): NormalizedOptions {
  const {
    backend,
    store,
    name = 'default',
    refreshWindow,
    patience = 10_000,
    settleTime = 5000,
    idleTimeout,
    maxAge,
    restore = 'trust',
    loadUser,
    onStepUp,
    onClear,
    migrate,
    clock = systemClock,
  } = checkOptions('createSession', options, OPTIONS);
  checkMembers('createSession: backend.', backend, BACKEND);
  return {
    backend,
    store,
    name,
    refreshWindow,
    patience,
    settleTime,
    idleTimeout,
    maxAge,
    restore,
    loadUser,
    onStepUp,
    onClear,
    migrate,
    clock,
  };
}

function isWindow(window: unknown): boolean {
  if (typeof window === 'number') return Number.isFinite(window) && window >= 0;
  const { fraction } = (window ?? {}) as { fraction?: unknown };
  return typeof fraction === 'number' && fraction > 0 && fraction < 1;
}

function hasFunctions(...names: readonly string[]): (value: unknown) => boolean {
  return (value) => isObject(value) && names.every((name) => isFunction((value as Record<string, unknown>)[name]));
}
