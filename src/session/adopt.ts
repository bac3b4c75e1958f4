import type { RefreshRejectedError } from '../errors.ts';
import { decodeClaims } from '../token/claims.ts';
import { expiryOf, type SessionRecord } from '../token/session-record.ts';
import { type Core, setState } from './core.ts';
import type { Held } from './held.ts';
import { hold, isUsable } from './holder.ts';

/** Puts a record in use, shows it in the state, and ends the session in time if it cannot be renewed. */
export function adopt(core: Core, record: SessionRecord, ending?: RefreshRejectedError): Held {
  const isSame = core.held?.record.sessionId === record.sessionId;
  const held = hold(core, record, ending);
  const { flight } = core;
  core.cancelEnd();
  // What an older session was told to wait for is not this one's business.
  if (!isSame) core.pausedUntil = 0;
  if (!held.isRenewable) {
    core.cancelEnd = core.clock.setTimer(core.look, held.expiresAfter - held.age());
  }
  setState(core, {
    status: 'signed-in',
    user: decodeClaims(record.tokens.accessToken) ?? Object.freeze({}),
    tokenExpiresAt: expiryOf(record),
    endsAt: held.endsAt,
  });
  // Whoever waits for a refresh of an older one need not wait for the lock any more.
  if (flight && flight.record !== record && (isUsable(held) || !held.isRenewable)) flight.resolve(held);
  return held;
}
