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
  if (accessToken === undefined) {
    throw new TokenResponseError(`The token response has no "${names.accessToken}": check the backend's field names.`);
  }
  const tokenType = text(body, 'token_type');
  if (tokenType !== undefined && tokenType.toLowerCase() !== 'bearer') {
    throw new TokenResponseError('The token response has a "token_type" other than Bearer.');
  }
  return {
    accessToken,
    refreshToken: text(body, names.refreshToken),
    scope: text(body, 'scope'),
    lifetime: seconds(own(body, 'expires_in')),
  };
}

function text(body: Record<string, unknown>, name: string): string | undefined {
  const value = own(body, name);
  // Some servers send null for what is not there.
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value === '') {
    throw new TokenResponseError(`"${name}" of the token response must be a string that is not empty.`);
  }
  return value;
}

/** `expires_in` is a number of seconds; some servers send it as a string. Inside latchkey there are milliseconds only. */
function seconds(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof parsed !== 'number' || !Number.isFinite(parsed) || parsed < 0) {
    throw new TokenResponseError('"expires_in" of the token response must be a number of seconds, 0 or more.');
  }
  return parsed * 1000;
}
