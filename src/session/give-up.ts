import { type AuthError, AuthUnavailableError, isAuthError } from '../errors.ts';
import type { SessionRecord } from '../token/session-record.ts';
import { closeAttempt } from './attempt.ts';
import type { Core } from './core.ts';
import { note } from './trace.ts';

/** After so many failures in a row the trace says that the breaker is open. */
const OPEN = 3;

/**
 * Deals with a refresh that gave no verdict: the session stays, and whoever waits is told when to come again.
 *
 * @param wasSent Whether its token was sent before: then this answer says nothing about that one.
 * @returns What tells them, once no lock is held.
 */
export async function giveUp(
  core: Core,
  record: SessionRecord,
  error: AuthError & { status?: number; retryAfter?: number | undefined },
  wasSent: boolean,
): Promise<() => never> {
  const { clock, events } = core;
  const { retryAfter, status } = error;
  note(core, 'refresh-unanswered', status);
  const breaker = await closeAttempt(core, record, status !== undefined && !wasSent, { retryAfter });
  if (breaker?.failures === OPEN) note(core, 'breaker-opened', breaker.failures);
  return () => {
    const retryAt = breaker?.retryAt;
    core.breaker = breaker;
    const wait = retryAt === undefined ? undefined : Math.max(retryAt - clock.now(), 0);
    const told = error.code === 'auth-unavailable' ? comeAgain(error, wait) : error;
    core.failure = told;
    events.emit('refresh-failed', { error: told, retryAt });
    events.emit('news', 'failure');
    throw told;
  };
}

/** Whatever fails here is no verdict of the server's. */
export function unavailable(error: unknown): AuthError {
  return isAuthError(error) ? error : new AuthUnavailableError('The refresh failed here; try again.', { cause: error });
}

/** The same error, with the time after which a refresh may be sent again. */
function comeAgain(error: AuthError & { status?: number }, retryAfter: number | undefined): AuthUnavailableError {
  const { cause, message, status } = error;
  return new AuthUnavailableError(message, { retryAfter, status, cause });
}
