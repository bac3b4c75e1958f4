import type { Backend } from '../backends/backend.ts';
import { RefreshRejectedError, SignInRejectedError } from '../errors.ts';
import { checkOptions, isBoolean, isFunction, isObject, optional, type Rules } from '../platform/check-options.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import type { JwtClaims } from '../token/claims.ts';
import type { TokenInput } from '../token/token-set.ts';
import { fakeJwt } from './fake-jwt.ts';
import { claimsOf, findUser, type TestUser, USERS } from './test-user.ts';

export interface FakeBackendOptions {
  /** Who can sign in, and with what. Default: any name, with the password `right`. */
  readonly users?: readonly TestUser[];
  /** How long an access token lives, in milliseconds. Default is 300000 (5 minutes). */
  readonly lifetime?: number;
  /** Whether a refresh gives a new refresh token and spends the old one. Default is true. */
  readonly rotate?: boolean;
  /** How long each answer takes, in milliseconds of `clock`. Default is 0. */
  readonly latency?: number;
  /** Default is the machine's clock; give it that of `createFakeClock()`. */
  readonly clock?: Clock;
  /** Milliseconds since 1970. Default is that of `clock`. */
  readonly now?: () => number;
}

/** What the fake backend takes for a sign-in, unless it was told of other users. */
export interface FakeCredentials {
  readonly username: string;
  readonly password: string;
}

/** What a test puts in the way of an answer, such as a wait or a throw, before anything is done. */
export type FakeHook = () => Promise<void>;

/** An authorization server in memory, with the controls that a test wants. */
export interface FakeBackend<SignIn = FakeCredentials> extends Backend<SignIn> {
  /** How often each function was called. */
  readonly calls: { signIn: number; refresh: number; revoke: number };
  /** Whether a resource server would take this `Authorization` header now. */
  accepts(authorization: string | null | undefined): boolean;
  /** New tokens for a user, as if they had signed in: for `session.signInWithTokens()`. */
  tokensFor(user: string | JwtClaims): TokenInput;
  /** Makes every access token that is out there worthless; refresh tokens stay good. */
  expireAll(): void;
  /** Makes every token that is out there worthless. */
  revokeAll(): void;
  /** Puts something in the way of the next sign-ins. Undefined takes it away. */
  onSignIn(hook: FakeHook | undefined): void;
  /** Puts something in the way of the next refreshes, such as a wait or a throw. Undefined takes it away. */
  onRefresh(hook: FakeHook | undefined): void;
  /** Puts something in the way of the next revocations. Undefined takes it away. */
  onRevoke(hook: FakeHook | undefined): void;
}

const OPTIONS: Rules = {
  users: USERS,
  lifetime: [optional((time) => typeof time === 'number' && time > 0), 'must be milliseconds above 0'],
  rotate: [optional(isBoolean), 'must be true or false'],
  latency: [optional((time) => typeof time === 'number' && time >= 0), 'must be milliseconds, 0 or more'],
  clock: [optional(isObject), 'must be a clock, such as createFakeClock()'],
  now: [optional(isFunction), 'must be a function'],
};

/**
 * Makes a backend that needs no server: JWTs that only it believes in, rotation, revocation, counters, and hooks.
 *
 * @throws {TypeError} When an option is wrong, naming it and the fix.
 */
export function createFakeBackend<SignIn extends object = FakeCredentials>(
  options: FakeBackendOptions = {},
): FakeBackend<SignIn> {
  const {
    users,
    lifetime = 300_000,
    rotate = true,
    latency = 0,
    clock = systemClock,
    now = () => clock.now(),
  } = checkOptions('createFakeBackend', options, OPTIONS);
  const access = new Map<string, number>();
  const refresh = new Map<string, TestUser>();
  const calls = { signIn: 0, refresh: 0, revoke: 0 };
  // No part of what makes two backends alike: made again on a hot reload, a session is still the same one (C47).
  Object.defineProperty(calls, 'toJSON', { value: () => 'calls' });
  const hooks: { [Name in keyof typeof calls]?: FakeHook | undefined } = {};
  let issued = 0;

  function issue(user: TestUser, withRefresh: boolean): TokenInput {
    issued += 1;
    const time = now();
    const claims: JwtClaims = {
      ...claimsOf(user),
      iat: time / 1000,
      exp: (time + lifetime) / 1000,
      jti: String(issued),
    };
    const accessToken = fakeJwt(claims);
    access.set(accessToken, time + lifetime);
    if (!withRefresh) return { accessToken };
    const refreshToken = `refresh-${issued}-${encodeURIComponent(String(claims.sub))}`;
    refresh.set(refreshToken, user);
    return { accessToken, refreshToken };
  }

  async function arrive(name: keyof typeof calls): Promise<void> {
    calls[name] += 1;
    if (latency > 0) await new Promise<void>((resolve) => clock.setTimer(resolve, latency));
    await hooks[name]?.();
  }

  return {
    calls,
    async signIn(parameters) {
      await arrive('signIn');
      const user = findUser(users, parameters);
      if (!user) throw new SignInRejectedError(401, { serverMessage: 'Wrong name or password.' });
      return issue(user, true);
    },
    async refresh({ tokens: { refreshToken = '' } }) {
      await arrive('refresh');
      const user = refresh.get(refreshToken);
      if (user === undefined) throw new RefreshRejectedError();
      if (rotate) refresh.delete(refreshToken);
      return issue(user, rotate);
    },
    async revoke({ tokens: { accessToken = '', refreshToken = '' } }) {
      await arrive('revoke');
      access.delete(accessToken);
      refresh.delete(refreshToken);
    },
    accepts(authorization) {
      const expiry = access.get(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '');
      return expiry !== undefined && now() < expiry;
    },
    tokensFor: (user) => issue({ claims: typeof user === 'string' ? { sub: user } : user }, true),
    expireAll: () => access.clear(),
    revokeAll() {
      access.clear();
      refresh.clear();
    },
    onSignIn(hook) {
      hooks.signIn = hook;
    },
    onRefresh(hook) {
      hooks.refresh = hook;
    },
    onRevoke(hook) {
      hooks.revoke = hook;
    },
  };
}
