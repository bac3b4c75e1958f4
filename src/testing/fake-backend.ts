import type { Backend } from '../backends/backend.ts';
import { RefreshRejectedError, SignInRejectedError } from '../errors.ts';
import type { JwtClaims } from '../token/claims.ts';
import type { TokenInput } from '../token/token-set.ts';

export interface FakeBackendOptions {
  /** How long an access token lives, in milliseconds. Default is 300000 (5 minutes). */
  readonly lifetime?: number;
  /** Whether a refresh gives a new refresh token and spends the old one. Default is true. */
  readonly rotate?: boolean;
  /** Milliseconds since 1970. Default is the machine's clock; give it that of `createFakeClock()`. */
  readonly now?: () => number;
}

/** What the fake backend takes for a sign-in: any name, with the password `right`. */
export interface FakeCredentials {
  readonly username: string;
  readonly password: string;
}

/** An authorization server in memory, with the controls that a test wants. */
export interface FakeBackend extends Backend<FakeCredentials> {
  /** How often each function was called. */
  readonly calls: { signIn: number; refresh: number; revoke: number };
  /** Whether a resource server would take this `Authorization` header now. */
  accepts(authorization: string | undefined): boolean;
  /** Makes every access token that is out there worthless; refresh tokens stay good. */
  expireAll(): void;
  /** Makes every token that is out there worthless. */
  revokeAll(): void;
  /** Puts something in the way of the next refreshes, such as a wait or a throw. Undefined takes it away. */
  onRefresh(hook: (() => Promise<void>) | undefined): void;
}

/** Makes a backend that needs no server: JWTs that only it believes in, rotation, revocation, and counters. */
export function createFakeBackend(options: FakeBackendOptions = {}): FakeBackend {
  const { lifetime = 300_000, rotate = true, now = () => Date.now() } = options;
  const access = new Map<string, number>();
  const refresh = new Map<string, string>();
  const calls = { signIn: 0, refresh: 0, revoke: 0 };
  let issued = 0;
  let hook: (() => Promise<void>) | undefined;

  function issue(username: string, withRefresh: boolean): TokenInput {
    issued += 1;
    const time = now();
    const claims: JwtClaims = { sub: username, iat: time / 1000, exp: (time + lifetime) / 1000, jti: String(issued) };
    const accessToken = `${encode({ alg: 'none' })}.${encode(claims)}.fake`;
    access.set(accessToken, time + lifetime);
    if (!withRefresh) return { accessToken };
    const refreshToken = `refresh-${issued}-${username}`;
    refresh.set(refreshToken, username);
    return { accessToken, refreshToken };
  }

  return {
    calls,
    async signIn({ username, password }) {
      calls.signIn += 1;
      if (password !== 'right') throw new SignInRejectedError(401, { serverMessage: 'Wrong name or password.' });
      return issue(username, true);
    },
    async refresh({ tokens: { refreshToken = '' } }) {
      calls.refresh += 1;
      await hook?.();
      const username = refresh.get(refreshToken);
      if (username === undefined) throw new RefreshRejectedError();
      if (rotate) refresh.delete(refreshToken);
      return issue(username, rotate);
    },
    async revoke({ tokens: { accessToken = '', refreshToken = '' } }) {
      calls.revoke += 1;
      access.delete(accessToken);
      refresh.delete(refreshToken);
    },
    accepts(authorization) {
      const expiry = access.get(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '');
      return expiry !== undefined && now() < expiry;
    },
    expireAll: () => access.clear(),
    revokeAll() {
      access.clear();
      refresh.clear();
    },
    onRefresh(next) {
      hook = next;
    },
  };
}

function encode(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');
}
