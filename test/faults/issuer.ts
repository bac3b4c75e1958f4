import { createHmac, randomBytes } from 'node:crypto';

/** An answer, before it meets the network. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What becomes of a refresh token that was replaced, and of its family. */
export type Reuse =
  /** It is refused, and that is all: SimpleJWT with its blacklist. */
  | 'fork'
  /** It is refused, and every token of its family with it. */
  | 'family'
  /** For so many milliseconds it is good for another pair. */
  | { readonly grace: number };

export interface IssuerOptions {
  /** Milliseconds since 1970, as the server believes. */
  readonly now: () => number;
  readonly reuse?: Reuse | undefined;
  /** How long an access token lives, in milliseconds. Default is 300000 (5 minutes). */
  readonly lifetime?: number | undefined;
}

/** What a token says, as far as tests care. */
export interface Claims {
  readonly user_id: string;
  readonly generation: number;
  readonly [claim: string]: unknown;
}

/** SimpleJWT in memory. Its tokens are really signed, so that another key makes all of them worthless at once. */
export interface Issuer {
  lifetime: number;
  /** Put over the claims of every new access token: an `exp` in milliseconds, as text, and the like. */
  claims: Readonly<Record<string, unknown>>;
  /** Whether a refresh gives a new refresh token. */
  isRotating: boolean;
  signIn(body: unknown): Reply;
  refresh(body: unknown): Reply;
  blacklist(body: unknown): Reply;
  verify(body: unknown): Reply;
  /** A request to the API. */
  serve(path: string, authorization: string | undefined): Reply;
  /** What a token says, whether or not it is good. */
  read(token: unknown): Claims | undefined;
  /** Signs access tokens with another key from now on, and knows the old one no more (B8). */
  rollOver(): void;
}

interface Family {
  current: number;
  replacedAt: number;
  isRevoked: boolean;
}

export function createIssuer({ now, reuse = 'fork', lifetime = 300_000 }: IssuerOptions): Issuer {
  const families: Family[] = [];
  const keys = { access: randomBytes(16), refresh: randomBytes(16) };
  const refused = (detail: string): Reply => ({ status: 401, body: { detail, code: 'token_not_valid' } });

  const sign = (kind: keyof typeof keys, claims: object): string => {
    const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ token_type: kind, ...claims })}`;
    return `${text}.${createHmac('sha256', keys[kind]).update(text).digest('base64url')}`;
  };
  const isSigned = (kind: keyof typeof keys, token: string): boolean => {
    const end = token.lastIndexOf('.');
    const mac = createHmac('sha256', keys[kind]).update(token.slice(0, end)).digest('base64url');
    return token.slice(end + 1) === mac;
  };

  function issue(user_id: string, family: number, generation: number, withRefresh: boolean): Reply {
    const iat = Math.floor(now() / 1000);
    const claims = { iat, exp: iat + issuer.lifetime / 1000, jti: randomBytes(8).toString('hex'), user_id };
    const access = sign('access', { ...claims, family, generation, ...issuer.claims });
    const refresh = sign('refresh', { ...claims, exp: iat + 90 * 86_400, family, generation });
    return { status: 200, body: { access, ...(withRefresh && { refresh }) } };
  }

  /** The family of a refresh token that is good, or what is wrong with it. */
  function check(token: unknown): { readonly family: Family; readonly claims: Claims } | Reply {
    const claims = issuer.read(token);
    const family = families[Number(claims?.family)];
    if (!claims || !family || !isSigned('refresh', token as string)) return refused('Token is invalid');
    const isLate = reuse !== 'fork' && reuse !== 'family' && now() - family.replacedAt > reuse.grace;
    const isLast = claims.generation === family.current - 1;
    const isSpent = claims.generation < family.current && (typeof reuse === 'string' || isLate || !isLast);
    if (isSpent && reuse === 'family') family.isRevoked = true;
    return isSpent || family.isRevoked ? refused('Token is blacklisted') : { family, claims };
  }

  const issuer: Issuer = {
    lifetime,
    claims: {},
    isRotating: true,
    signIn(body) {
      const { username, password } = (body ?? {}) as Record<string, unknown>;
      if (password !== 'right') {
        return { status: 401, body: { detail: 'No active account found', code: 'no_active_account' } };
      }
      families.push({ current: 1, replacedAt: 0, isRevoked: false });
      return issue(String(username), families.length - 1, 1, true);
    },
    refresh(body) {
      const checked = check((body as { refresh?: unknown } | undefined)?.refresh);
      if ('status' in checked) return checked;
      const { claims, family } = checked;
      const id = Number(claims.family);
      if (!issuer.isRotating) return issue(claims.user_id, id, claims.generation, false);
      if (claims.generation === family.current) {
        family.current += 1;
        family.replacedAt = now();
      }
      return issue(claims.user_id, id, family.current, true);
    },
    blacklist(body) {
      const checked = check((body as { refresh?: unknown } | undefined)?.refresh);
      if ('status' in checked) return checked;
      checked.family.isRevoked = true;
      return { status: 200, body: {} };
    },
    verify(body) {
      const { token } = (body ?? {}) as { token?: unknown };
      return issuer.serve('', `Bearer ${token}`).status === 200
        ? { status: 200, body: {} }
        : refused('Token is expired');
    },
    serve(path, authorization = '') {
      const token = authorization.replace(/^Bearer /, '');
      const claims = issuer.read(token);
      // What is no number never expires, as where a library is lenient.
      const isLive = typeof claims?.exp !== 'number' || claims.exp * 1000 > now();
      if (claims && isLive && isSigned('access', token)) {
        return { status: 200, body: { path, user: claims.user_id, generation: claims.generation } };
      }
      const detail = 'Given token not valid for any token type';
      return { ...refused(detail), headers: { 'WWW-Authenticate': 'Bearer realm="api"' } };
    },
    read(token) {
      try {
        return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString());
      } catch {
        return undefined;
      }
    },
    rollOver() {
      keys.access = randomBytes(16);
    },
  };
  return issuer;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
