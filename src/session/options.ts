import type { Backend } from '../backends/backend.ts';
import { checkMembers, checkOptions, isFunction, isObject, optional, type Rules } from '../platform/check-options.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import type { TokenStore } from '../stores/token-store.ts';
import type { JwtClaims } from '../token/claims.ts';
import type { RefreshWindow } from '../token/expiry.ts';

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
   * Whether a stored session is taken at its word (`trust`, the default), or the server is asked first (`verify`);
   * when the server does not answer, it is taken at its word all the same.
   */
  readonly restore?: 'trust' | 'verify';
  /** For tests. Default is the platform's clock. */
  readonly clock?: Clock;
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
  readonly restore: 'trust' | 'verify';
  readonly clock: Clock;
}

const OPTIONS: Rules = {
  backend: [isObject, 'is missing; such as simpleJwt({ baseUrl })'],
  store: [hasFunctions('load', 'save', 'clear'), 'is missing; choose where tokens live, such as localStorageStore()'],
  name: [optional((name) => typeof name === 'string' && /^[\w.-]+$/.test(name)), 'must be of letters, digits and -_.'],
  refreshWindow: [optional(isWindow), 'must be milliseconds or { fraction } below 1'],
  patience: [optional((patience) => typeof patience === 'number' && patience > 0), 'must be milliseconds above 0'],
  settleTime: [optional((time) => typeof time === 'number' && time >= 0), 'must be milliseconds, 0 or more'],
  restore: [optional((restore) => restore === 'trust' || restore === 'verify'), "must be 'trust' or 'verify'"],
  clock: [optional(hasFunctions('now', 'monotonic', 'setTimer')), 'must have now, monotonic and setTimer'],
};

const BACKEND: Rules = {
  credential: [optional((kind) => kind === 'record' || kind === 'cookie'), "must be 'record' or 'cookie'"],
  endpoints: [optional(Array.isArray), 'must be a list of URLs'],
  ...Object.fromEntries(
    ['signIn', 'refresh', 'revoke', 'verify', 'present', 'judge', 'tokensFrom'].map((name) => [
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
export function normalizeOptions(options: SessionOptions<never, unknown>): NormalizedOptions {
  const {
    backend,
    store,
    name = 'default',
    refreshWindow,
    patience = 10_000,
    settleTime = 5000,
    restore = 'trust',
    clock = systemClock,
  } = checkOptions('createSession', options, OPTIONS);
  checkMembers('createSession: backend.', backend, BACKEND);
  return { backend, store, name, refreshWindow, patience, settleTime, restore, clock };
}

function isWindow(window: unknown): boolean {
  if (typeof window === 'number') return Number.isFinite(window) && window >= 0;
  const { fraction } = (window ?? {}) as { fraction?: unknown };
  return typeof fraction === 'number' && fraction > 0 && fraction < 1;
}

function hasFunctions(...names: readonly string[]): (value: unknown) => boolean {
  return (value) => isObject(value) && names.every((name) => isFunction((value as Record<string, unknown>)[name]));
}
