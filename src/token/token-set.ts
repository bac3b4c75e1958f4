import { TokenResponseError } from '../errors.ts';
import { dateOf, decodeClaims, type JwtClaims, lifetimeOf } from './claims.ts';

/** What a backend, or the app, hands over after a sign-in or a refresh. */
export interface TokenInput {
  /** Absent only where the server keeps it in a cookie. */
  readonly accessToken?: string | undefined;
  /** Absent when the server did not rotate it: the old one is kept (RFC 6749 section 6). */
  readonly refreshToken?: string | undefined;
  /**
   * Who the user is, told to the app (OpenID Connect Core section 2). It is kept as secret as the others, and sent to
   * nobody but the provider, when the user signs out there. Absent when the server did not send a new one.
   */
  readonly idToken?: string | undefined;
  /** The scheme of the `Authorization` header. Default is `Bearer`; SimpleJWT can be set to `JWT`. */
  readonly tokenType?: string | undefined;
  /** Scopes, separated by spaces (RFC 6749 section 3.3). */
  readonly scope?: string | undefined;
  /** How long the access token lives, in milliseconds. Default is what the token itself says, if it is a JWT. */
  readonly lifetime?: number | undefined;
  /** How long the refresh token lives, in milliseconds. Default is what the token itself says, if it is a JWT. */
  readonly refreshLifetime?: number | undefined;
  /** Who is signed in, as the server names them. Default is the `sub` or `user_id` of the ID token, else of the access token. */
  readonly subject?: string | undefined;
}

/** What one token response gave. Immutable. */
export interface TokenSet {
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
  /** What an OpenID provider says of the user; older releases did not keep it. */
  readonly idToken?: string | undefined;
  readonly tokenType: string;
  readonly scope: string | undefined;
  /** In milliseconds from receipt; undefined when nobody said, and then only a refusal tells (RFC 6749 section 5.1). */
  readonly lifetime: number | undefined;
  /** When the refresh token dies, in milliseconds since 1970 by the device's clock; undefined when nobody said. A hint. */
  readonly refreshExpiresAt?: number | undefined;
}

/** More than any server sends, and less than what would fill a store. */
const MAX_TOKEN_LENGTH = 64 * 1024;
/** RFC 6750 section 2.1 allows fewer characters; servers send more. What could split a header is refused (ATT-9). */
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
/** RFC 9110 section 5.6.2. */
const HTTP_TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** Token types that need more than a header: presenting them as a plain scheme would be wrong (ATT-8, RFC 9449 section 7.2). */
const UNSUPPORTED_TYPES: ReadonlySet<string> = new Set(['dpop', 'mac', 'pop', 'n_a']);

/**
 * Checks what was handed over and makes a token set of it.
 *
 * @param previous The set that this one replaces: its refresh token, ID token and scope stay where the new one names none.
 * @throws {TokenResponseError} When a token has characters that no header may carry, or its type is not understood.
 */
export function createTokenSet(input: TokenInput, receivedAt: number, previous?: TokenSet): TokenSet {
  const accessToken = checkToken('access token', input.accessToken);
  const lifetime = input.lifetime ?? claimedLifetime(input, receivedAt, previous);
  if (lifetime !== undefined && !(Number.isFinite(lifetime) && lifetime >= 0)) {
    throw new TokenResponseError('The lifetime of a token must be milliseconds, 0 or more.');
  }
  // Where one token is both, a newer one takes the place of both.
  const isBoth = previous?.accessToken !== undefined && previous.accessToken === previous.refreshToken;
  const given = checkToken('refresh token', input.refreshToken) ?? (isBoth ? accessToken : undefined);
  const renewal = given ?? previous?.refreshToken;
  // The same may live on, if the server says for how long.
  const isAsBefore = renewal === previous?.refreshToken && !(renewal && input.refreshLifetime);
  const refreshLifetime = input.refreshLifetime ?? lifetimeOf(decodeClaims(given), receivedAt);
  return Object.freeze({
    accessToken,
    refreshToken: renewal,
    idToken: checkToken('ID token', input.idToken) ?? previous?.idToken,
    tokenType: checkTokenType(input.tokenType ?? previous?.tokenType ?? 'Bearer'),
    scope: typeof input.scope === 'string' ? input.scope : previous?.scope,
    lifetime,
    refreshExpiresAt: isAsBefore ? previous?.refreshExpiresAt : sumOf(receivedAt, refreshLifetime),
  });
}

/**
 * What a token set says of the user: the claims of the ID token, which was made for the app, else of the access token,
 * which is the business of the servers that take it (RFC 9068 section 6). Undefined when neither can be read.
 */
export function userClaims({ idToken, accessToken }: TokenSet): JwtClaims | undefined {
  return decodeClaims(idToken) ?? decodeClaims(accessToken);
}

function sumOf(receivedAt: number, lifetime: unknown): number | undefined {
  const sum = typeof lifetime === 'number' && lifetime > 0 ? receivedAt + lifetime : Number.NaN;
  return Number.isFinite(sum) ? sum : undefined;
}

/**
 * SimpleJWT copies `iat` from the refresh token that was presented, so that `exp − iat` of a refreshed token is too long
 * by the age of that one. A new refresh token that comes along was issued at the same moment, and says when. Else a stale
 * `iat` only ever makes it longer: the lifetime of the generation before is the bound, or the device's clock, where that is
 * not known. Without `iat` nothing can be stale.
 */
function claimedLifetime(
  { accessToken, refreshToken }: TokenInput,
  receivedAt: number,
  previous: TokenSet | undefined,
): number | undefined {
  const claims = decodeClaims(accessToken);
  const claimed = lifetimeOf(claims, receivedAt);
  const [exp, iat] = [dateOf(claims, 'exp'), dateOf(claims, 'iat')];
  if (claimed === undefined || !previous || !iat) return claimed;
  const issued = refreshToken === previous.refreshToken ? 0 : dateOf(decodeClaims(refreshToken), 'iat');
  const left = (previous.accessToken && previous.lifetime) || lifetimeOf({ exp }, receivedAt);
  return (issued >= iat && lifetimeOf({ exp, iat: issued }, receivedAt)) || Math.min(claimed, left ?? claimed);
}

function checkToken(what: string, token: unknown): string | undefined {
  if (token === undefined) return undefined;
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH || !VISIBLE_ASCII.test(token)) {
    throw new TokenResponseError(`The ${what} must be text that a header can carry, of at most 64 KiB.`);
  }
  return token;
}

function checkTokenType(type: unknown): string {
  if (typeof type !== 'string' || !HTTP_TOKEN.test(type) || UNSUPPORTED_TYPES.has(type.toLowerCase())) {
    throw new TokenResponseError('The token type is none that a header can carry: use Bearer.');
  }
  return type.toLowerCase() === 'bearer' ? 'Bearer' : type;
}
