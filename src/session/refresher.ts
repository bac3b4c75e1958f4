import type { RefreshCause } from '../backends/backend.ts';
import { AuthUnavailableError, isAuthError, RefreshRejectedError, SignedOutError } from '../errors.ts';
import { expiryOf, type SessionRecord } from '../token/session-record.ts';
import type { TokenInput } from '../token/token-set.ts';
import { changed, closeAttempt, openAttempt } from './attempt.ts';
import { holdOf } from './breaker.ts';
import { callBackend, limitOf } from './call-backend.ts';
import { catchUp } from './catch-up.ts';
import { commit } from './commit.ts';
import { settlePending } from './cookie-jar.ts';
import type { Core } from './core.ts';
import { releaseThenFinish, type Settle } from './ending.ts';
import { expire } from './expire.ts';
import { storeShows } from './find-record.ts';
import { giveUp, unavailable } from './give-up.ts';
import type { Epoch, Flight, Held } from './held.ts';
import { isUsable, joinEpoch, leaveEpoch } from './holder.ts';
import { newRecord } from './new-record.ts';
import { pause } from './pause.ts';
import { revoke } from './revoke.ts';
import { secretsOf } from './secrets.ts';
import { underLock } from './store-under-lock.ts';
import { note } from './trace.ts';

/** How long a store may lag where there is no fence to tell that it does, in milliseconds. */
const STORE_PAUSE = 250;

/**
 * Gives a newer record than the one named. Naming it is what makes a late refusal of an old token cost nothing (C3).
 *
 * @throws {SignedOutError} When the session ended, or ends with this.
 * @throws {AuthError} When there was no verdict; the session stays.
 */
export async function refresh(core: Core, named: SessionRecord | undefined, cause: RefreshCause): Promise<Held> {
  const { epoch, held } = core;
  if (epoch.over) throw epoch.over;
  if (!held || !named) throw new SignedOutError();
  const { record } = held;
  if (record.sessionId !== named.sessionId || record.generation > named.generation) return held;
  if (core.flight?.record !== record) {
    if (!held.isRenewable) return unrenewable(core, held, cause);
    if (cause === 'window' && (holdOf(core.breaker, core.clock.now()) || !core.isOnline())) return held;
    core.flight = start(core, epoch, record, cause);
  }
  if (cause === 'refused') core.flight.isRefused = true;
  return core.flight.outcome;
}

/**
 * One refresh, whose outcome everybody shares who waits for it. The end of the session tells them at once, and so does a
 * tab that was faster; the refresh itself goes on to its end (ROT-5).
 */
function start(core: Core, epoch: Epoch, record: SessionRecord, cause: RefreshCause): Flight {
  let resolve = (_: Held): void => {};
  const outcome = new Promise<Held>((settle, reject) => {
    resolve = settle;
    const member = { place: -1, reject };
    joinEpoch(epoch, member);
    run(core, epoch, record)
      .then(settle, reject)
      .finally(() => {
        leaveEpoch(epoch, member);
        if (core.flight?.record === record) core.flight = undefined;
      });
  });
  return { record, outcome, resolve, cause, isRefused: false };
}

async function run(core: Core, epoch: Epoch, record: SessionRecord): Promise<Held> {
  const { clock } = core;
  const isCurrent = (): boolean => !epoch.over && core.held?.record === record;
  /** Whether another tab's tokens are taken up instead of asking for new ones. */
  let isTaken = false;
  /** What is left to do once the lock is free: tell, and settle. */
  const settle = await underLock(core, record, async (turn) => {
    if (!isCurrent()) return undefined;
    // Whoever was inside before may have written what this tab's view of the store does not show yet.
    if (turn.wasContended && !core.fence.isShared)
      await storeShows(core, record.sessionId, record.generation + 1, STORE_PAUSE);
    // A sign-in that nobody finished may have put somebody else's cookie into the jar.
    if (core.backend.credential === 'cookie') await settlePending(core);
    const settled = await catchUp(core, epoch, true);
    isTaken = settled !== undefined;
    if (settled || !isCurrent()) return settled;
    // Nothing can have been sent, so nothing need be written down (C29).
    if (!core.isOnline()) throw new AuthUnavailableError('This device is offline: it goes on when it is online.');
    if (core.backend.renewsEarly === false && core.flight?.cause === 'expired') {
      await pause(core, (expiryOf(record) ?? 0) - clock.now());
    }
    const wasSent = await openAttempt(core, epoch, record);
    // A page that was frozen meanwhile may have lost its turn: then it is too late to send (L5).
    if (!isCurrent() || !turn.isMineFor(limitOf('refresh'))) {
      await closeAttempt(core, record, !wasSent);
      if (!isCurrent()) return undefined;
      throw changed();
    }
    note(core, 'refresh-sent', wasSent ? `${record.generation}, once more` : record.generation);
    core.attempts += 1;
    const why = { attempt: core.attempts, cause: core.flight?.cause ?? 'asked' };
    try {
      const send = async (one: SessionRecord): Promise<SessionRecord> => {
        const input = await callBackend<TokenInput>(core, 'refresh', secretsOf(one), one, why);
        return newRecord(input ?? {}, { backend: core.backend, now: clock.now() }, one);
      };
      return await take(await (core.takeOver?.refresh(record, send) ?? send(record)));
    } catch (error) {
      if (isAuthError(error) && error.code === 'refresh-rejected')
        return await reject(error as RefreshRejectedError, wasSent);
      return await giveUp(core, record, unavailable(error), wasSent);
    }
  }).catch((error) => {
    throw unavailable(error);
  });
  // Nothing of the app runs before this line: a listener that asks for a token would wait for itself (EVT-3).
  if (isCurrent()) {
    if (!settle) throw changed();
    const held = settle();
    // What another tab got may be dead by now, too; and of what only a cookie carries there may be no copy.
    return isTaken && held.isRenewable && !isUsable(held) ? await refresh(core, held.record, 'expired') : held;
  }
  // A session that ended meanwhile is not brought back (C34).
  if (epoch.over) throw epoch.over;
  // The same user signed in again meanwhile, or another tab was faster: there is a newer token, wherever it came from.
  const next = core.held as Held;
  return next.isRenewable && !isUsable(next) ? await refresh(core, next.record, 'expired') : next;

  /** Committed: but another user's tokens are never taken for this one's (SES-3). */
  async function take(next: SessionRecord): Promise<Settle | undefined> {
    if (record.subject !== undefined && next.subject !== record.subject) {
      if (core.backend.credential !== 'cookie') void revoke(core, next);
      return await releaseThenFinish(core, epoch, record, 'cleared', 'user-switched');
    }
    return await commit(core, epoch, record, next);
  }

  /** Rejected: the only outcome that ends a session, and not before its access token is dead, too (C27, ROT-7). */
  async function reject(given: RefreshRejectedError, wasSent: boolean): Promise<Settle | undefined> {
    // The server does not say that the token was merely old; the token itself may.
    const isOld = clock.now() >= (record.tokens.refreshExpiresAt ?? Number.POSITIVE_INFINITY);
    const isPlain = isOld && given.reason === 'refresh-rejected';
    const rejection = isPlain ? new RefreshRejectedError('expired', given.cause) : given;
    note(
      core,
      'refresh-rejected',
      wasSent ? 'it was sent before: the answer with the next one may have been lost' : '',
    );
    if (!isCurrent()) return undefined;
    await closeAttempt(core, record, true);
    // Only now, and only if nobody else has a newer one (C28).
    const settled = await catchUp(core, epoch, true);
    const { flight, held } = core;
    if (settled || !held || !isCurrent()) return settled;
    if (flight?.isRefused || !isUsable(held)) {
      return await releaseThenFinish(core, epoch, record, 'cleared', rejection.reason, rejection);
    }
    const tokens = { ...record.tokens, refreshToken: undefined };
    return await commit(core, epoch, record, { ...record, generation: record.generation + 1, tokens }, rejection);
  }
}

/** Nothing can be renewed: a dead token ends the session, a refused one that may live on elsewhere does not (I5). */
async function unrenewable(core: Core, held: Held, cause: RefreshCause): Promise<Held> {
  const { epoch } = core;
  if (cause !== 'expired' && !(cause === 'refused' && held.ending)) {
    throw new AuthUnavailableError('No refresh token: the session lasts as long as its access token.');
  }
  await expire(core, epoch, held);
  if (epoch.over || core.held === held) throw epoch.over ?? changed();
  return core.held as Held;
}
