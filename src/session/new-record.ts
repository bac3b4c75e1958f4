import { TokenResponseError } from '../errors.ts';
import { decodeClaims, subjectOf } from '../token/claims.ts';
import { isJsonObject, ownOptions } from '../token/own.ts';
import { isRest, RECORD_VERSION, type SessionRecord } from '../token/session-record.ts';
import { createTokenSet, type TokenInput, type TokenSet, userClaims } from '../token/token-set.ts';
import type { AnyBackend } from './options.ts';

/** What the record of a new session is made of, besides its tokens. */
export interface RecordMaking {
  readonly backend: AnyBackend;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly remember?: boolean | undefined;
  /**
   * Whether an older client has left the tokens: then a refresh token will do, and of the access token's life only a rest is
   * known, which bounds no later one. Default is false.
   */
  readonly isRest?: boolean;
}

/**
 * Makes the record of new tokens: of the next generation of `previous`, or the first one of a new session.
 *
 * @throws {TokenResponseError} When what was handed over is no usable set of tokens.
 */
export function newRecord(input: TokenInput, making: RecordMaking, previous?: SessionRecord): SessionRecord {
  const { backend, now, remember = previous?.remember, isRest: isLeft } = ownOptions(making);
  if (!isJsonObject(input)) throw new TokenResponseError('Tokens must be like { accessToken, refreshToken? }.');
  const given: TokenInput = ownOptions(input);
  // Where a cookie carries the credential, no token need ever be seen.
  const isEnough = backend.credential === 'cookie' || backend.present || (isLeft && given.refreshToken);
  if (given.accessToken === undefined && !isEnough) {
    throw new TokenResponseError('There is no accessToken in what was handed over.');
  }
  const wasRest = isRest(previous);
  // A rest of a life bounds no other.
  const before = previous && { ...previous.tokens, ...(wasRest && { lifetime: undefined }) };
  const tokens = createTokenSet(given, now, before);
  if (previous && isDeadCopy(tokens, previous, now)) {
    throw new TokenResponseError('The token endpoint gave the old tokens again: is its answer cached?');
  }
  return Object.freeze({
    // What a newer release has added, this one does not lose (V4).
    ...previous,
    ...((isLeft || wasRest) && { isRest: isLeft }),
    version: RECORD_VERSION,
    sessionId: previous?.sessionId ?? randomId(),
    generation: (previous?.generation ?? 0) + 1,
    receivedAt: now,
    signedInAt: previous?.signedInAt ?? now,
    subject: given.subject ?? subjectAfter(previous, tokens),
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
 * Who is signed in after a refresh that does not say: the same as before, unless two tokens of the same kind do, and
 * differ (SES-3). An ID token and an access token may name one user by two names, and a backend by a third.
 */
function subjectAfter(previous: SessionRecord | undefined, tokens: TokenSet): string | undefined {
  for (const kind of ['idToken', 'accessToken'] as const) {
    const claimed = subjectOf(decodeClaims(tokens[kind]));
    const before = subjectOf(decodeClaims(previous?.tokens[kind]));
    if (claimed !== undefined && before !== undefined && claimed !== before) return claimed;
  }
  return previous?.subject ?? subjectOf(userClaims(tokens));
}
