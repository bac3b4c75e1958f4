import { findAtRest } from '../stores/at-rest.ts';
import { decodeClaims, type JwtClaims, lifetimeOf } from '../token/claims.ts';
import { own } from '../token/own.ts';
import type { SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';
import { type Diagnostic, finding } from './diagnostic.ts';
import type { Held } from './held.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** What refreshes are kept apart by, in milliseconds. */
const SHORTEST = 5000;

/** What the tokens in use say of the server's settings and of the device's clock. Nothing is verified (JWT-1). */
export function checkTokens(core: Core): readonly Diagnostic[] {
  const { held } = core;
  if (!held) return [];
  return [
    ...checkClock(held.record),
    ...checkLifetimes(held.record),
    ...checkRenewal(core, held),
    ...checkRest(core, held.record),
  ];
}

function checkClock({ generation, receivedAt, tokens }: SessionRecord): Diagnostic[] {
  const claims = decodeClaims(tokens.accessToken);
  const issued = timeOf(claims, 'iat');
  if (issued === undefined) return [];
  // SimpleJWT copies `iat` from the refresh token, so that after the first one only `exp` says that the device is ahead.
  const known = generation === 1 ? issued : (timeOf(claims, 'exp') ?? receivedAt);
  const off = issued > receivedAt ? issued - receivedAt : Math.min(known - receivedAt, 0);
  if (Math.abs(off) <= MINUTE) return [];
  const how = `${Math.round(Math.abs(off) / MINUTE)} min ${off > 0 ? 'behind' : 'ahead of'} the server's`;
  const message = `The clock of this device is some ${how}, or the token was old when it came: set the clock. The session copes.`;
  return [finding('clock-skew', 'info', message)];
}

function checkLifetimes(record: SessionRecord): Diagnostic[] {
  const { accessToken, lifetime } = record.tokens;
  if (!accessToken) return [];
  if (lifetime === undefined) {
    const message =
      'Nobody says how long the access token lives, so it is refreshed when it was refused: let the server send expires_in, or a JWT with exp.';
    return [finding('access-lifetime-unknown', 'info', message)];
  }
  const refreshLifetime = refreshLifetimeOf(record);
  const found: Diagnostic[] = [];
  if (refreshLifetime !== undefined && lifetime > refreshLifetime) {
    const message =
      'The access token outlives the refresh token, which then is of no use: give access tokens 5 to 15 minutes, and refresh tokens longer.';
    found.push(finding('access-outlives-refresh', 'warning', message));
  }
  if (lifetime < SHORTEST) {
    const message = `The access token lives for ${lifetime / 1000} s, so that nearly every request waits for a refresh: 5 to 15 minutes are usual.`;
    found.push(finding('access-token-short', 'warning', message));
  }
  if (lifetime > DAY) {
    const message = `The access token lives for ${Math.round(lifetime / DAY)} days, and so does one that was stolen: 5 to 15 minutes cost nothing.`;
    found.push(finding('access-token-long', 'info', message));
  }
  return found;
}

/** At most as long as it really is: what a record keeps of a rotated token is counted from the sign-in. */
function refreshLifetimeOf({ receivedAt, signedInAt = receivedAt, tokens }: SessionRecord): number | undefined {
  const { refreshExpiresAt, refreshToken } = tokens;
  if (!refreshToken) return undefined;
  const claimed = lifetimeOf(decodeClaims(refreshToken), receivedAt);
  return claimed ?? (refreshExpiresAt === undefined ? undefined : refreshExpiresAt - signedInAt);
}

function checkRenewal({ backend }: Core, { ending, isRenewable }: Held): Diagnostic[] {
  if (isRenewable) return [];
  if (!backend.refresh) {
    const message =
      'The backend has no refresh, so the session ends with its access token: give it one, if the server can.';
    return [finding('no-refresh-token', 'info', message)];
  }
  const message = ending
    ? 'The server has rejected the refresh token, so the session ends with its access token: the user has to sign in again.'
    : 'There is no refresh token, so the session ends with its access token: let the sign-in answer with one, under the name that the backend reads.';
  return [finding('no-refresh-token', 'warning', message)];
}

/** Not a fault: a choice, of which one should know what it means. */
function checkRest({ name }: Core, record: SessionRecord): Diagnostic[] {
  const { isInLocalStorage, cookie } = findAtRest(name);
  if (!(isInLocalStorage || cookie) || !isReused(record)) return [];
  const message =
    'A refresh token that lives long and is not rotated lies where script can read it: rotate it on the server. See "What each store stops" in docs/security.md.';
  return [finding('refresh-token-at-rest', 'info', message)];
}

/** Whether a refresh token of more than a day seems to be the one of a generation before. */
function isReused(record: SessionRecord): boolean {
  const { generation, receivedAt, tokens } = record;
  const { accessToken, refreshToken } = tokens;
  const issued = timeOf(decodeClaims(refreshToken), 'iat');
  // A sliding token is both, and renews itself.
  if (generation === 1 || issued === undefined || refreshToken === accessToken) return false;
  return receivedAt - issued > MINUTE && (refreshLifetimeOf(record) ?? Number.POSITIVE_INFINITY) > DAY;
}

/** A date of a token, in milliseconds since 1970. */
function timeOf(claims: JwtClaims | undefined, name: 'iat' | 'exp'): number | undefined {
  const seconds = own(claims, name);
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1000 : undefined;
}
