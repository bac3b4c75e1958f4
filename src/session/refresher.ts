import {
  type AuthError,
  AuthUnavailableError,
  isAuthError,
  type RefreshRejectedError,
  SignedOutError,
} from '../errors.ts';
import { expiryOf, type SessionRecord } from '../token/session-record.ts';
import type { TokenInput } from '../token/token-set.ts';
import { adopt } from './adopt.ts';
import { callBackend } from './call-backend.ts';
import { compareWithStore } from './compare-with-store.ts';
import type { Core } from './core.ts';
import { expire, releaseThenFinish } from './ending.ts';
import { changeFence } from './fence-record.ts';
import { type Epoch, type Held, isUsable } from './holder.ts';
import { newRecord } from './new-record.ts';
import { revoke } from './revoke.ts';
import { secretsOf } from './secrets.ts';
import { underLock } from './store-under-lock.ts';

/** Why a refresh is wished for: the token is dead, will be soon, was refused by a server, or the app asks. */
export type RefreshCause = 'expired' | 'window' | 'refused' | 'asked';

/** After a refresh without verdict the next one in the background waits this long, in milliseconds; requests that need one do not. */
const BACKGROUND_PAUSE = 5000;

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
    if (cause === 'window' && core.clock.now() < core.pausedUntil) return held;
    core.flight = { record, isRefused: false, outcome: share(core, epoch, record) };
  }
  if (cause === 'refused') core.flight.isRefused = true;
  return core.flight.outcome;
}

/** What everybody who waits for it gets. The end of the session tells them at once; the refresh goes on to its end (ROT-5). */
function share(core: Core, epoch: Epoch, record: SessionRecord): Promise<Held> {
  return new Promise((resolve, reject) => {
    epoch.flights.add(reject);
    run(core, epoch, record)
      .then(resolve, reject)
      .finally(() => {
        epoch.flights.delete(reject);
        if (core.flight?.record === record) core.flight = undefined;
      });
  });
}

async function run(core: Core, epoch: Epoch, record: SessionRecord): Promise<Held> {
  const { clock, events, keeper } = core;
  /** What the server gave; worthless unless it is adopted. */
  let late: SessionRecord | undefined;
  /** What is left to do once the lock is free: tell, and settle. */
  const settle = await underLock(core, record, async () => {
    const settled = await compareWithStore(core, epoch);
    if (epoch.over) throw epoch.over;
    if (settled) return settled;
    try {
      const input = (await callBackend<TokenInput>(core, 'refresh', secretsOf(record), record)) ?? {};
      return await commit(newRecord(input, { backend: core.backend, now: clock.now() }, record));
    } catch (error) {
      if (epoch.over) throw epoch.over;
      if (!isAuthError(error))
        return giveUp(new AuthUnavailableError('The refresh failed here; try again.', { cause: error }));
      return error.code === 'refresh-rejected' ? await reject(error as RefreshRejectedError) : giveUp(error);
    }
  });
  // Nothing of the app runs before this line: a listener that asks for a token would wait for itself (EVT-3).
  if (!epoch.over && core.held?.record === record) return settle();
  // A session that ended meanwhile is not brought back, and what came too late for it is made worthless (C34, OUT-4).
  // Where the session was merely disposed of, nobody wanted it to end: its tokens are left alone.
  if (late && epoch.over?.code !== 'auth-unavailable') void revoke(core, late);
  if (epoch.over) throw epoch.over;
  // The same user signed in again meanwhile: there is a newer token, wherever it came from.
  return core.held as Held;

  /** Committed: but another user's tokens are never taken for this one's (SES-3). */
  async function commit(next: SessionRecord): Promise<() => Held> {
    if (record.subject !== undefined && next.subject !== record.subject) {
      void revoke(core, next);
      return await releaseThenFinish(core, epoch, record, 'cleared', 'user-switched');
    }
    late = next;
    return await replaceBy(next);
  }

  /** Rejected: the only outcome that ends a session, and not before its access token is dead, too (C27, ROT-7). */
  async function reject(rejection: RefreshRejectedError): Promise<() => Held> {
    const settled = await compareWithStore(core, epoch);
    if (settled) return settled;
    const { flight, held } = core;
    if (!held || flight?.isRefused || !isUsable(held)) {
      return await releaseThenFinish(core, epoch, record, 'cleared', rejection.reason, rejection);
    }
    const tokens = { ...record.tokens, refreshToken: undefined };
    return await replaceBy({ ...record, generation: record.generation + 1, tokens }, rejection);
  }

  /** Saved before anybody is told, and only into the session that it was asked for. */
  async function replaceBy(next: SessionRecord, ending?: RefreshRejectedError): Promise<() => Held> {
    const { now } = keeper;
    const isSaved = !now && !epoch.over && core.held?.record === record;
    if (isSaved) await keeper.save(next);
    // Compares, sets and saves in one, so that no sign-out and no newer generation is ever overwritten (I3, I10).
    const isWritten = await changeFence(core, epoch, record, next, (isNamed, newest) => {
      if (!isNamed || newest !== record.generation) return false;
      now?.save(next);
      return true;
    });
    // Taken back under the lock: whoever signs in now saves after this (DESIGN: save, compare-and-set, take back).
    if (isSaved && !isWritten) await keeper.clear();
    return () => {
      if (!isWritten) throw ending ?? changed();
      const held = adopt(core, next, ending);
      const at = held.endsAt;
      if (!ending) {
        core.channel.announce();
        events.emit('refreshed', { tokenExpiresAt: expiryOf(next) });
      } else if (at !== undefined) events.emit('expiring', { cause: ending.reason, at });
      return held;
    };
  }

  /** No verdict: the session stays, and whoever waits is told to come again. */
  function giveUp(error: AuthError & { readonly retryAfter?: number | undefined }): () => never {
    return () => {
      const { retryAfter } = error;
      core.pausedUntil = clock.now() + (retryAfter ?? BACKGROUND_PAUSE);
      events.emit('refresh-failed', { error, retryAt: retryAfter === undefined ? undefined : core.pausedUntil });
      throw error;
    };
  }
}

/** Nothing can be renewed: a dead token ends the session, a refused one that may live on elsewhere does not (I5). */
async function unrenewable(core: Core, held: Held, cause: RefreshCause): Promise<Held> {
  const { epoch } = core;
  if (cause !== 'expired' && !(cause === 'refused' && held.ending)) {
    throw new AuthUnavailableError('No refresh token: the session lasts as long as its access token.');
  }
  await expire(core, epoch, held);
  throw epoch.over ?? changed();
}

function changed(): AuthUnavailableError {
  return new AuthUnavailableError('The session changed meanwhile; try again.');
}
