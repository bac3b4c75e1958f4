import { TokenResponseError } from '../errors.ts';
import { decodeClaims, subjectOf } from '../token/claims.ts';
import { RECORD_VERSION, type SessionRecord } from '../token/session-record.ts';
import { createTokenSet, type TokenInput } from '../token/token-set.ts';
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
  const { backend, now, remember = previous?.remember } = making;
  if (typeof input !== 'object' || input === null) {
    throw new TokenResponseError('Tokens are handed over as { accessToken, refreshToken? }.');
  }
  // Where a cookie carries the credential, no token need ever be seen.
  if (input.accessToken === undefined && backend.credential !== 'cookie' && backend.present === undefined) {
    throw new TokenResponseError('There is no accessToken in what the backend handed over.');
  }
  const tokens = createTokenSet(input, now, previous?.tokens);
  return Object.freeze({
    version: RECORD_VERSION,
    sessionId: previous?.sessionId ?? randomId(),
    generation: (previous?.generation ?? 0) + 1,
    receivedAt: now,
    subject: input.subject ?? subjectOf(decodeClaims(tokens.accessToken)) ?? previous?.subject,
    remember,
    tokens,
  });
}

/** Not `randomUUID`, which a page over plain http does not have. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
