import { jwtDecode } from 'jwt-decode';
import { isJsonObject, own } from './own.ts';

/** The payload of a JWT: a hint for the user interface, never a proof, because nothing is verified (JWT-1, RFC 9068 section 6). */
export interface JwtClaims {
  readonly iss?: string;
  readonly sub?: string;
  readonly exp?: number;
  readonly iat?: number;
  readonly [claim: string]: unknown;
}

/** Longer tokens are still used, but as opaque ones: decoding a token of megabytes would block the page (JWT-2). */
const MAX_DECODED_LENGTH = 16 * 1024;
/** Seconds since 1970 beyond this are milliseconds by mistake, or nonsense (JWT-4). */
const MAX_NUMERIC_DATE = 1e11;
/** Three parts in the alphabet of base64url, the last one empty for `alg: none`; five parts are a JWE, and opaque. */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Reads the claims of a token. Total: any string gives claims or undefined, none throws (JWT-7).
 *
 * @returns The claims, or undefined when the token is not a JWT whose payload is a JSON object.
 */
export function decodeClaims(token: string | undefined): JwtClaims | undefined {
  if (!token || token.length > MAX_DECODED_LENGTH || !COMPACT_JWS.test(token)) return undefined;
  try {
    assertUtf8(token.split('.', 2)[1] ?? '');
    const claims: unknown = jwtDecode(token);
    return isJsonObject(claims) ? Object.freeze(claims) : undefined;
  } catch {
    return undefined;
  }
}

/** Who a token is about, as far as one can read it: `sub`, or SimpleJWT's `user_id`. */
export function subjectOf(claims: JwtClaims | undefined): string | undefined {
  const subject = own(claims, 'sub') ?? own(claims, 'user_id');
  return typeof subject === 'string' || typeof subject === 'number' ? String(subject) : undefined;
}

/**
 * A date of a token, in seconds since 1970; 0 where it does not say, or says nonsense. RFC 7519 section 2, NumericDate: a
 * JSON number, whole or not. Strings, booleans and the rest mean "not known" (JWT-3).
 */
export function dateOf(claims: JwtClaims | undefined, name: 'exp' | 'iat'): number {
  const date = own(claims, name);
  return typeof date === 'number' && date > 0 && date < MAX_NUMERIC_DATE ? date : 0;
}

/**
 * How long a token lives, in milliseconds from its receipt: `exp − iat`, which no wrong clock of the device can spoil,
 * else `exp` against the device's clock. Undefined when it does not say, or says nonsense.
 *
 * @param receivedAt When the token was received, in milliseconds since 1970.
 */
export function lifetimeOf(claims: JwtClaims | undefined, receivedAt: number): number | undefined {
  const expires = dateOf(claims, 'exp') * 1000;
  const lifetime = expires && expires - (dateOf(claims, 'iat') * 1000 || receivedAt);
  return lifetime > 0 ? lifetime : undefined;
}

/** `jwtDecode` falls back to Latin-1 for broken UTF-8; a token that is not UTF-8 says nothing that can be trusted (JWT-3). */
function assertUtf8(base64url: string): void {
  const binary = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
  new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}
