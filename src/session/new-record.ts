import { TokenResponseError } from '../errors.ts';
import { decodeClaims, subjectOf } from '../token/claims.ts';
import { isJsonObject, ownOptions } from '../token/own.ts';
import { RECORD_VERSION, type SessionRecord } from '../token/session-record.ts';
import { createTokenSet, type TokenInput, type TokenSet } from '../token/token-set.ts';
import type { AnyBackend } from './options.ts';

/** What the record of a new session is made of, besides its tokens. */
export interface RecordMaking {
  readonly backend: AnyBackend;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly remember?: boolean | undefined;
}

/**
 * Makes the record of new tokens: of the next generation of `previous`, or the first one of a new session.
 *
 * @throws {TokenResponseError} When what was handed over is no usable set of tokens.
 */
export function newRecord(input: TokenInput, making: RecordMaking, previous?: SessionRecord): SessionRecord {
  const { backend, now, remember = previous?.remember } = ownOptions(making);
  if (!isJsonObject(input)) throw new TokenResponseError('Tokens must be like { accessToken, refreshToken? }.');
  const given: TokenInput = ownOptions(input);
  // Where a cookie carries the credential, no token need ever be seen.
  if (given.accessToken === undefined && backend.credential !== 'cookie' && !backend.present) {
    throw new TokenResponseError('There is no accessToken in what was handed over.');
  }
  const tokens = createTokenSet(given, now, previous?.tokens);
  if (previous && isDeadCopy(tokens, previous, now)) {
    throw new TokenResponseError('The token endpoint gave the old tokens again: is its answer cached?');
  }
  return Object.freeze({
    // What a newer release has added, this one does not lose (V4).
    ...previous,
    version: RECORD_VERSION,
    sessionId: previous?.sessionId ?? randomId(),
    generation: (previous?.generation ?? 0) + 1,
    receivedAt: now,
    signedInAt: previous?.signedInAt ?? now,
    subject: given.subject ?? subjectAfter(previous, tokens.accessToken),
    remember,
    tokens,
  });
}

/** A service worker that answers from its cache would have a spent token sent for ever (P6). */
function isDeadCopy(tokens: TokenSet, { receivedAt, tokens: old }: SessionRecord, now: number): boolean {
  const isSame = tokens.accessToken === old.accessToken && tokens.refreshToken === old.refreshToken;
  return isSame && !!old.accessToken && old.lifetime !== undefined && now - receivedAt >= old.lifetime;
}

/** Not `randomUUID`, which a page over plain http does not have. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Who is signed in after a refresh that does not say: the same as before, unless both access tokens do, and differ. A
 * name that the backend gave is never compared with one in a token.
 */
function subjectAfter(previous: SessionRecord | undefined, accessToken: string | undefined): string | undefined {
  const claimed = subjectOf(decodeClaims(accessToken));
  const before = subjectOf(decodeClaims(previous?.tokens.accessToken));
  const isForeign = claimed !== undefined && before !== undefined && claimed !== before;
  return isForeign ? claimed : (previous?.subject ?? claimed);
}
