import { TokenResponseError } from '../errors.ts';
import { isJsonObject, own } from './own.ts';
import type { TokenInput } from './token-set.ts';

/** What the members of a token response are called on the wire. */
export interface TokenResponseNames {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** RFC 6749 section 5.1. */
export const RFC_6749_NAMES: TokenResponseNames = { accessToken: 'access_token', refreshToken: 'refresh_token' };

/**
 * Reads the JSON body of a token response (RFC 6749 section 5.1); members that it does not know are ignored (ROT-9).
 *
 * @throws {TokenResponseError} When it is no JSON object, has no access token, or a member has the wrong type.
 */
export function readTokenResponse(body: unknown, names: TokenResponseNames = RFC_6749_NAMES): TokenInput {
  if (!isJsonObject(body)) throw new TokenResponseError('The token response is no JSON object.');
  const accessToken = text(body, names.accessToken);
  if (!accessToken) {
    throw new TokenResponseError(`The token response has no "${names.accessToken}": check the backend's fields.`);
  }
  const tokenType = text(body, 'token_type');
  if (tokenType && tokenType.toLowerCase() !== 'bearer') throw wrong('token_type', 'Bearer');
  return {
    accessToken,
    refreshToken: text(body, names.refreshToken),
    // OpenID Connect Core section 3.1.3.3; by other names it is nobody knows what.
    idToken: names === RFC_6749_NAMES ? text(body, 'id_token') : undefined,
    scope: text(body, 'scope'),
    lifetime: seconds(body, 'expires_in'),
    // Keycloak's own member; 0 is what it says of a token that lives as long as it is used.
    refreshLifetime: Number(own(body, 'refresh_expires_in')) * 1000 || undefined,
  };
}

function text(body: Record<string, unknown>, name: string): string | undefined {
  // Some servers send null for what is not there.
  const value = own(body, name) ?? undefined;
  if (value !== undefined && (typeof value !== 'string' || !value)) throw wrong(name, 'text');
  return value;
}

/** A number of seconds; some servers send it as a string. Inside latchkey there are milliseconds only. */
function seconds(body: Record<string, unknown>, name: string): number | undefined {
  const value = own(body, name) ?? undefined;
  if (value === undefined) return value;
  const parsed = typeof value === 'string' && value.trim() ? Number(value) : value;
  // Judged as it leaves: a number of seconds that is finite may be none in milliseconds (JWT-5).
  const lifetime = typeof parsed === 'number' ? parsed * 1000 : -1;
  if (!Number.isFinite(lifetime) || lifetime < 0) throw wrong(name, 'seconds, 0 or more');
  return lifetime;
}

function wrong(name: string, wish: string): TokenResponseError {
  return new TokenResponseError(`"${name}" of the token response must be ${wish}.`);
}
