export type TokenType = 'access' | 'refresh';

interface Claims {
  readonly token_type: TokenType;
  readonly username: string;
  readonly jti: string;
  /** In seconds since 1970. */
  readonly exp: number;
  /** When it was given, in milliseconds since 1970: `iat` is too coarse to tell it from one that was taken back before. */
  readonly given: number;
}

/** How long tokens live, in seconds. */
const LIFETIMES: Record<TokenType, number> = { access: 30, refresh: 24 * 60 * 60 };
/**
 * Where the server keeps what it took back, for all tabs and over a reload. A token says everything else itself: tabs that
 * are processes of their own see each other's writes late, and a list of all tokens would lose some of two that write.
 */
const REVOKED = 'latchkey-demo-revoked-';

/** Gives a new token, a JWT with the claims of SimpleJWT and the name of the user. */
export function issue(type: TokenType, username: string): string {
  const given = Date.now();
  const iat = Math.floor(given / 1000);
  const jti = crypto.randomUUID().replaceAll('-', '');
  const claims: Claims = { token_type: type, exp: iat + LIFETIMES[type], given, jti, username };
  // Nobody needs to sign it: who would forge one has the server in the same page.
  return `${encode({ alg: 'none', typ: 'JWT' })}.${encode({ ...claims, iat, user_id: '1' })}.`;
}

/** Whose token this is; undefined when it is not of this type, is over its time, or was taken back. */
export function ownerOf(type: TokenType, token: unknown): string | undefined {
  const claims = claimsOf(token);
  if (claims?.token_type !== type || claims.exp <= Date.now() / 1000) return undefined;
  const isRevoked = recall(claims.jti) > 0 || claims.given <= recall(type);
  return isRevoked ? undefined : claims.username;
}

/** Takes one token back. */
export function revoke(token: unknown): void {
  const claims = claimsOf(token);
  if (!claims) return;
  for (const key of Object.keys(localStorage)) {
    const isOver = /[0-9a-f]{32}$/.test(key) && Number(localStorage.getItem(key)) < Date.now() / 1000;
    if (key.startsWith(REVOKED) && isOver) localStorage.removeItem(key);
  }
  localStorage.setItem(REVOKED + claims.jti, String(claims.exp));
}

/** Takes back every token of these types that was given until now. */
export function revokeAll(...types: readonly TokenType[]): void {
  for (const type of types) localStorage.setItem(REVOKED + type, String(Date.now()));
}

/** What is noted of one token (when it would have ended), or of a type (until when all of it are taken back). */
function recall(key: string): number {
  return Number(localStorage.getItem(REVOKED + key));
}

function claimsOf(token: unknown): Claims | undefined {
  try {
    const payload = String(token).split('.')[1] ?? '';
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Claims;
  } catch {
    return undefined;
  }
}

/** Base64url of ASCII, which is all that these claims are made of: the users are alice and bob. */
function encode(claims: object): string {
  return btoa(JSON.stringify(claims)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
