import { AuthUnavailableError } from '../errors.ts';
import type { SessionRecord } from '../token/session-record.ts';
import { afterFailure, type Breaker, holdOf, isLoop } from './breaker.ts';
import type { Core } from './core.ts';
import { type Attempt, changeFacts, type Facts, isNamed } from './facts.ts';
import { storeShows } from './find-record.ts';
import type { Epoch } from './held.ts';
import { pause } from './pause.ts';

/**
 * Writes down that a refresh token is about to be sent, so that whoever comes after a page that died knows (ROT-4).
 *
 * @returns Whether it was sent before, and nobody knows what became of it (ROT-12).
 * @throws {AuthUnavailableError} When the session is not what it was, or the server asked to wait.
 */
export async function openAttempt(core: Core, epoch: Epoch, record: SessionRecord): Promise<boolean> {
  const { clock, tab } = core;
  const now = clock.now();
  const refusal = await changeFacts(core, record, (facts) => {
    const { row } = facts;
    if (epoch.over || !row || !isNamed(core, record, facts) || row.generation !== record.generation) return changed();
    const retryAfter = holdOf(row.breaker, now);
    core.breaker = row.breaker;
    if (retryAfter) return held(retryAfter, isLoop(row.refusals));
    const attempt: Attempt = { generation: record.generation, sentAt: now, tab };
    facts.row = { ...row, attempt };
    // A transaction whose end nobody heard is tried once more, and finds what it has written.
    return !!row.attempt && (row.attempt.tab !== tab || row.attempt.sentAt !== now);
  });
  if (typeof refusal === 'object') throw refusal;
  return refusal;
}

/** Whoever asks for new tokens because the last ones are refused, too, is not to wait for more of them. */
function held(wait: number, isLooping: boolean): AuthUnavailableError {
  return isLooping
    ? new AuthUnavailableError('Each new token was refused: no more are asked for.')
    : new AuthUnavailableError('The next refresh has to wait: try again later.', { retryAfter: wait });
}

/**
 * Writes down that no answer will come any more.
 *
 * @param isAnswered Whether the server said anything to a token that was not sent before: then it has not rotated it.
 * @param failure When there was no verdict; `retryAfter` is what the server asked for, in milliseconds.
 * @returns What all tabs know of the failures by now.
 */
export async function closeAttempt(
  core: Core,
  record: SessionRecord,
  isAnswered: boolean,
  failure?: { readonly retryAfter: number | undefined },
): Promise<Breaker | undefined> {
  const [now, draw] = [core.clock.now(), core.random()];
  const { lifetime } = record.tokens;
  return await changeFacts(core, record, (facts) => {
    const { row } = facts;
    if (row?.attempt?.tab !== core.tab || row.generation !== record.generation) return row?.breaker;
    const breaker = failure
      ? afterFailure(row.breaker, { now, lifetime, retryAfter: failure.retryAfter, draw })
      : row.breaker;
    facts.row = { ...row, attempt: isAnswered ? undefined : row.attempt, breaker };
    return breaker;
  });
}

/**
 * Deals with an attempt that another page left open. Its page may have died after the save and before the commit: then the
 * store has what the server gave, and it is committed. Otherwise nobody knows whether the server rotated the token; it
 * may be sent again once the first request can hardly be under way any more (ROT-3). Called under the lock.
 *
 * @returns The record that was saved, if one was.
 */
export async function settleAttempt(
  core: Core,
  mine: SessionRecord,
  { row }: Facts,
): Promise<SessionRecord | undefined> {
  const attempt = row?.attempt;
  if (!row || !attempt) return undefined;
  const isLeft = attempt.tab !== core.tab;
  const saved = await storeShows(core, mine.sessionId, row.generation + 1, isLeft ? undefined : 0);
  if (saved) {
    await changeFacts(core, mine, (facts) => {
      if (isNamed(core, mine, facts) && facts.row?.generation === row.generation) {
        facts.row = { ...facts.row, generation: saved.generation, tab: core.tab, attempt: undefined };
      }
    });
    return saved;
  }
  await letSettle(core, attempt.sentAt, attempt.tab);
  return undefined;
}

/**
 * Waits until what another page sent can hardly be under way any more, also where that page lives and has given up: its
 * request was sent all the same. By the wall clock, which pages share; a step of it must not make this longer.
 */
export async function letSettle(core: Core, sentAt: number, sender: string): Promise<void> {
  const { clock, settleTime, tab } = core;
  const rest = Math.min(sentAt + settleTime - clock.now(), settleTime);
  if (sender !== tab && rest > 0) await pause(core, rest);
}

/** The session is not what it was when this was begun. */
export function changed(): AuthUnavailableError {
  return new AuthUnavailableError('The session changed meanwhile; try again.');
}
