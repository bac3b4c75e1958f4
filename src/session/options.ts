import type { Backend } from '../backends/backend.ts';
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
  readonly restore: 'trust' | 'verify';
  readonly clock: Clock;
}

const KNOWN = ['backend', 'store', 'name', 'refreshWindow', 'patience', 'restore', 'clock'];
const BACKEND_FUNCTIONS = ['signIn', 'refresh', 'revoke', 'verify', 'present', 'judge', 'tokensFrom'] as const;

/**
 * Checks what the app asked for.
 *
 * @throws {TypeError} Naming the option and the fix.
 */
export function normalizeOptions(options: SessionOptions<never, unknown>): NormalizedOptions {
  demand(isObject(options), 'createSession({ backend, store }): give it an object of options.');
  for (const option of Object.keys(options)) {
    demand(KNOWN.includes(option), `createSession: there is no option "${option}"; there are ${KNOWN.join(', ')}.`);
  }
  const { backend, store, name = 'default', refreshWindow, patience = 10_000, restore = 'trust' } = options;
  const { clock = systemClock } = options;
  checkBackend(backend);
  demand(
    isObject(store) && [store.load, store.save, store.clear].every((method) => typeof method === 'function'),
    'createSession: store is missing; choose where tokens live, such as store: localStorageStore().',
  );
  demand(
    typeof name === 'string' && /^[\w.-]+$/.test(name),
    'createSession: name must be letters, digits, "-", "_" and ".".',
  );
  demand(
    refreshWindow === undefined || isWindow(refreshWindow),
    'createSession: refreshWindow must be milliseconds (0 or more) or { fraction } between 0 and 1.',
  );
  demand(
    typeof patience === 'number' && patience > 0,
    'createSession: patience must be a positive number of milliseconds.',
  );
  demand(restore === 'trust' || restore === 'verify', "createSession: restore must be 'trust' or 'verify'.");
  demand(
    isObject(clock) && typeof clock.setTimer === 'function',
    'createSession: clock must have now, monotonic and setTimer, as createFakeClock() has.',
  );
  return { backend, store, name, refreshWindow, patience, restore, clock };
}

function checkBackend(backend: AnyBackend): void {
  demand(isObject(backend), 'createSession: backend is missing; such as backend: simpleJwt({ baseUrl }).');
  for (const name of BACKEND_FUNCTIONS) {
    const value = backend[name];
    demand(value === undefined || typeof value === 'function', `createSession: backend.${name} must be a function.`);
  }
  demand(
    backend.credential === undefined || backend.credential === 'record' || backend.credential === 'cookie',
    "createSession: backend.credential must be 'record' or 'cookie'.",
  );
  demand(
    backend.endpoints === undefined || Array.isArray(backend.endpoints),
    'createSession: backend.endpoints must be a list of URLs.',
  );
}

function isWindow(window: RefreshWindow): boolean {
  if (typeof window === 'number') return Number.isFinite(window) && window >= 0;
  return isObject(window) && window.fraction > 0 && window.fraction < 1;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function demand(right: boolean, message: string): asserts right {
  if (!right) throw new TypeError(message);
}
