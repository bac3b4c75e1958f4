import { isJsonObject, own, ownOptions } from './own.ts';
import { createTokenSet, type TokenInput, type TokenSet } from './token-set.ts';

/** The version of the form below; a store may hold one of an older or a newer release. */
export const RECORD_VERSION = 1;

/**
 * What a store keeps of a session, in one write under one key (STO-3). Two records are told apart by
 * `(sessionId, generation)`, never by their tokens.
 */
export interface SessionRecord {
  readonly version: typeof RECORD_VERSION;
  /** Names one sign-in; random, and no secret. */
  readonly sessionId: string;
  /** Counts the token sets of a session, from 1. */
  readonly generation: number;
  /** When the tokens came, in milliseconds since 1970 by the device's clock. */
  readonly receivedAt: number;
  /** When the user signed in, in milliseconds since 1970 by the device's clock; older releases did not say. */
  readonly signedInAt?: number | undefined;
  /** Who is signed in, where that could be read. A hint. */
  readonly subject: string | undefined;
  /** Whether the user asked to be remembered; undefined when they were not asked. */
  readonly remember: boolean | undefined;
  /** Whether it is as it was taken over from an older client; gone with the first refresh. */
  readonly isRest?: boolean | undefined;
  readonly tokens: TokenSet;
}

/** Whether a record is as it was taken over from an older client: nothing was refreshed since. */
export function isRest(record: SessionRecord | undefined): boolean {
  return own(record, 'isRest') === true;
}

/** When a record's access token dies, in milliseconds since 1970 by the device's clock; undefined when nobody said. */
export function expiryOf({ receivedAt, tokens }: SessionRecord): number | undefined {
  return tokens.lifetime === undefined ? undefined : receivedAt + tokens.lifetime;
}

/**
 * A number from 0 to 1 that looks random, and is the same for one generation of one session in every tab and after every
 * reload: when to refresh is drawn once, by all together, and nobody has to write it down (HRD-1).
 */
export function drawOf({ sessionId, generation }: SessionRecord): number {
  let hash = 0x811c9dc5;
  for (const character of `${generation}.${sessionId}`) hash = mix(hash ^ character.charCodeAt(0));
  return (mix(hash) >>> 0) / 2 ** 32;
}

function mix(hash: number): number {
  const folded = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return Math.imul(folded ^ (folded >>> 12), 0x297a2d39);
}

/** What reading a store gave: a record, nothing, or something that is not ours to use, and why. */
export interface DecodedRecord {
  readonly record: SessionRecord | undefined;
  readonly problem: string | undefined;
  /** Whether a newer release wrote it: it is left alone (V1). */
  readonly isNewer: boolean | undefined;
}

/** Stored text beyond this is not read at all (STO-2). */
const MAX_STORED_LENGTH = 256 * 1024;

/** Writes a record as text; a `toJSON` that somebody put on every object has no say in it (PPL-1). */
export function encodeRecord(record: SessionRecord): string {
  return JSON.stringify({ __proto__: null, ...record, tokens: ownOptions(record.tokens) });
}

/**
 * Reads a record from what a store held. Everything in a store may have been written by somebody else, so this checks
 * each field and never throws (STO-2).
 */
export function decodeRecord(stored: unknown): DecodedRecord {
  if (stored == null || stored === '') return found();
  try {
    if (typeof stored === 'string' && stored.length > MAX_STORED_LENGTH) return unusable('it is too long');
    return checkRecord(typeof stored === 'string' ? JSON.parse(stored) : stored);
  } catch {
    // In words of ours: a SyntaxError quotes the text that it could not parse, which may be a token, and a getter of an
    // object throws what it likes.
    return unusable('it is damaged');
  }
}

/** With every member, so that none is what somebody put on every object (PPL-1). */
function found(record?: SessionRecord): DecodedRecord {
  return { record, problem: undefined, isNewer: undefined };
}

function unusable(why: string, isNewer = false): DecodedRecord {
  return { record: undefined, problem: `The stored session cannot be used: ${why}.`, isNewer };
}

/**
 * Whether a stored record was last written longer ago than `maxAge` milliseconds. What cannot be read is not outdated:
 * `decodeRecord` has its own word for it.
 */
export function isOutdated(stored: unknown, maxAge: number | undefined, now: number): boolean {
  const record = maxAge && decodeRecord(stored).record;
  return !!record && now - record.receivedAt > maxAge;
}

function checkRecord(value: unknown): DecodedRecord {
  if (!isJsonObject(value)) return unusable('it is no record of latchkey');
  const record = ownOptions(value) as Unchecked<SessionRecord>;
  const { version, sessionId, generation, receivedAt, signedInAt, subject, remember } = record;
  if (version !== RECORD_VERSION) {
    const why = `its version is ${Number(version)}, this is ${RECORD_VERSION}`;
    return unusable(why, Number(version) > RECORD_VERSION);
  }
  const tokens = isJsonObject(record.tokens) && (ownOptions(record.tokens) as Unchecked<TokenSet>);
  // The two tokens and the range of the lifetime are checked where every set of tokens is made.
  const isWhole =
    tokens &&
    sessionId &&
    isOf('string', sessionId, subject, tokens.tokenType, tokens.scope) &&
    isOf('number', tokens.lifetime, tokens.refreshExpiresAt, signedInAt) &&
    Number.isSafeInteger(generation) &&
    (generation as number) > 0 &&
    Number.isFinite(receivedAt);
  if (!isWhole) return unusable('it is damaged');
  const whole: SessionRecord = {
    // What a newer release has added, this one does not lose (V4); only what is plain (PPL-2).
    ...Object.fromEntries(Object.entries(record).filter(([key, field]) => key !== '__proto__' && isPlain(field))),
    version,
    sessionId: sessionId as string,
    generation: generation as number,
    receivedAt: receivedAt as number,
    subject: subject as string | undefined,
    remember: typeof remember === 'boolean' ? remember : undefined,
    tokens: Object.freeze({
      ...createTokenSet(tokens as TokenInput, receivedAt as number),
      refreshExpiresAt: tokens.refreshExpiresAt as number | undefined,
    }),
  };
  return found(Object.freeze(whole));
}

function isPlain(field: unknown): boolean {
  return typeof field === 'string' || typeof field === 'number' || typeof field === 'boolean';
}

/** What was stored, by the names that it should have, each of any type. */
type Unchecked<Shape> = { readonly [Name in keyof Shape]?: unknown };

/** Whether each value is of a type, or absent. */
function isOf(type: 'string' | 'number', ...values: readonly unknown[]): boolean {
  return values.every((value) => value === undefined || typeof value === type);
}
