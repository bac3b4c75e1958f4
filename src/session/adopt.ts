import type { RefreshRejectedError } from '../errors.ts';
import { expiryOf, type SessionRecord } from '../token/session-record.ts';
import { type Core, setState } from './core.ts';
import { endsAtOf } from './deadline.ts';
import type { Held } from './held.ts';
import { hold, isUsable } from './holder.ts';
import { userOf } from './profile.ts';

/** Puts a record in use, shows it in the state, and ends the session in time if it cannot be renewed. */
export function adopt(core: Core, record: SessionRecord, ending?: RefreshRejectedError): Held {
  const held = hold(core, record, ending);
  const { flight } = core;
  core.cancelEnd();
  // What came of the refreshes of older tokens is not this one's business.
  core.breaker = undefined;
  core.failure = undefined;
  core.attempts = 0;
  if (!held.isRenewable) {
    core.cancelEnd = core.clock.setTimer(core.look, held.expiresAfter - held.age());
  }
  setState(core, {
    status: 'signed-in',
    user: userOf(core, record),
    tokenExpiresAt: expiryOf(record),
    endsAt: endsAtOf(core, held),
  });
  // Whoever waits for a refresh of an older one need not wait for the lock any more.
  if (flight && flight.record !== record && (isUsable(held) || !held.isRenewable)) flight.resolve(held);
  return held;
}
