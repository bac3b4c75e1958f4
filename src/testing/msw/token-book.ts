import type { JwtClaims } from '../../token/claims.ts';
import { fakeJwt } from '../fake-jwt.ts';
import { nameOf, type TestUser } from '../test-user.ts';

export type TokenType = 'access' | 'refresh';

/** One sign-in, and all tokens that come of it. */
export interface Grant {
  readonly user: TestUser;
  /** Whether the server has ended it. */
  isOver: boolean;
}

/** What the server knows of a token that it gave. */
export interface Known {
  readonly type: TokenType;
  readonly grant: Grant;
  /** In milliseconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** When a refresh gave its successor, in milliseconds since 1970. */
  spentAt: number | undefined;
  isRevoked: boolean;
}

/** Why a token is not taken. */
export type Fault = 'invalid' | 'revoked' | 'wrong-type';

export interface BookOptions {
  /** In milliseconds. */
  readonly accessLifetime: number;
  /** In milliseconds. */
  readonly refreshLifetime: number;
  /** Whether a refresh gives a new refresh token, and spends the old one. */
  readonly rotate: boolean;
  /** Whether a spent refresh token that comes again ends its whole sign-in. */
  readonly reuseDetection: boolean;
  /** How long a spent refresh token is still taken, in milliseconds. */
  readonly graceWindow: number;
  now(): number;
}

/** The new tokens of a sign-in or a refresh; `refresh` is absent where the old one stays. */
export interface Pair {
  readonly access: string;
  readonly refresh: string | undefined;
}

/** What claims a token of these times has; undefined makes it opaque. */
export type Claims = (type: TokenType, user: TestUser, times: { iat: number; exp: number; jti: string }) => JwtClaims;

/** The tokens of a server: who has which, until when, and which were taken back. */
export interface TokenBook {
  signIn(user: TestUser): Pair;
  /** What is wrong with a token, or all about it. Without a type, any will do. */
  read(token: unknown, type?: TokenType): Known | Fault;
  /** Takes a refresh token for new ones. A spent one that comes too late may end the whole sign-in. */
  refresh(token: unknown): Pair | Fault;
  /** All that is known of a token, whatever is wrong with it. */
  find(token: unknown): Known | undefined;
  /** Ends these tokens; without a type, those of both. */
  end(type?: TokenType): void;
  forget(): void;
}

export function createTokenBook(options: BookOptions, claims?: Claims): TokenBook {
  const { rotate, reuseDetection, graceWindow, now } = options;
  const lifetimes = { access: options.accessLifetime, refresh: options.refreshLifetime };
  const tokens = new Map<string, Known>();
  let issued = 0;

  function issue(type: TokenType, grant: Grant, issuedAt = now()): string {
    issued += 1;
    const expiresAt = wholeSeconds(now() + lifetimes[type], lifetimes[type]);
    const jti = `${type}-${issued}-${nameOf(grant.user).replace(/[^\w.@-]/g, '_')}`;
    const times = { iat: Math.floor(issuedAt / 1000), exp: expiresAt / 1000, jti };
    const token = claims ? fakeJwt(claims(type, grant.user, times)) : jti;
    tokens.set(token, { type, grant, issuedAt, expiresAt, spentAt: undefined, isRevoked: false });
    return token;
  }

  function read(token: unknown, type?: TokenType): Known | Fault {
    const known = tokens.get(String(token));
    if (!known || known.expiresAt <= now()) return 'invalid';
    const isSpent = known.spentAt !== undefined && now() - known.spentAt >= graceWindow;
    if (known.isRevoked || known.grant.isOver || isSpent) return known.type === 'access' ? 'invalid' : 'revoked';
    return type === undefined || known.type === type ? known : 'wrong-type';
  }

  return {
    read,
    find: (token) => tokens.get(String(token)),
    signIn(user) {
      const grant: Grant = { user, isOver: false };
      return { refresh: issue('refresh', grant), access: issue('access', grant) };
    },
    refresh(token) {
      const known = read(token, 'refresh');
      if (typeof known === 'string') {
        const spent = tokens.get(String(token));
        if (reuseDetection && spent?.spentAt !== undefined) spent.grant.isOver = true;
        return known;
      }
      // As SimpleJWT does: the access token says that it is as old as the refresh token that was presented.
      const access = issue('access', known.grant, known.issuedAt);
      if (!rotate) return { access, refresh: undefined };
      known.spentAt ??= now();
      return { access, refresh: issue('refresh', known.grant) };
    },
    end(type) {
      for (const known of tokens.values()) if (type === undefined || known.type === type) known.isRevoked = true;
    },
    forget: () => tokens.clear(),
  };
}

/** Servers cut times to whole seconds; a life of less, or of a part, is a test's own wish. */
function wholeSeconds(time: number, lifetime: number): number {
  return lifetime % 1000 === 0 ? Math.floor(time / 1000) * 1000 : time;
}
