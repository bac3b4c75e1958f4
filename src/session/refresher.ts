import {
  type AuthError,
  AuthUnavailableError,
  isAuthError,
  type RefreshRejectedError,
  SignedOutError,
  type SignOutReason,
} from '../errors.ts';
import { TIMED_OUT } from '../platform/awaitable.ts';
import { safeCause } from '../token/redact.ts';
import { expiryOf, type SessionRecord } from '../token/session-record.ts';
import { compareWithStore } from './compare-with-store.ts';
import { type Core, disposedError, LOCK_WAIT } from './core.ts';
import { headKey, readHead, readRow, rowKey } from './fence-record.ts';
import type { Epoch, Held } from './holder.ts';
import { newRecord } from './new-record.ts';
import { revoke } from './revoke.ts';

/** Why a refresh is wished for: the token is dead, will be soon, was refused by a server, or the app asks. */
export type RefreshCause = 'expired' | 'window' | 'refused' | 'asked';

/**
 * Gives a newer record than the one named. Naming it is what makes a late refusal of an old token cost nothing (C3).
 *
 * @throws {SignedOutError} When the session ended, or ends with this.
 * @throws {AuthError} When there was no verdict; the session stays.
 */
export type Refresher = (named: SessionRecord, cause: RefreshCause) => Promise<Held>;

/** One refresh under way, for one record; everybody who names that record shares it (ROT-1, SES-2). */
interface Flight {
  readonly epoch: Epoch;
  readonly record: SessionRecord;
  /** Whether a server has refused its access token, which then is dead whatever the clock says. */
  isRefused: boolean;
  /** What the server gave; worthless unless it is adopted. */
  late?: SessionRecord;
  outcome: Promise<Held>;
}

/** A refresh that was sent is not given up before this, in milliseconds: giving up may lose the only good token (ROT-5). */
const HARD_LIMIT = 30_000;
/** After a refresh without verdict the next one in the background waits this long, in milliseconds; requests that need one do not. */
const BACKGROUND_PAUSE = 5000;

/** What is left to do of a refresh once the lock is free: tell, and settle. */
type Settle = () => Held;

export function createRefresher(core: Core): Refresher {
  const { holder, keeper, fence, options } = core;
  const { backend, clock, name } = options;
  let flight: Flight | undefined;
  let pausedUntil = 0;

  async function refresh(named: SessionRecord, cause: RefreshCause): Promise<Held> {
    const held = holder.held();
    if (core.isDisposed()) throw disposedError();
    if (held === undefined) throw new SignedOutError();
    const { record } = held;
    if (record.sessionId !== named.sessionId || record.generation > named.generation) return held;
    if (flight?.record !== record) {
      if (!core.isRenewable(record)) return unrenewable(held, cause);
      if (cause === 'window' && clock.now() < pausedUntil) return held;
      const started: Flight = { epoch: holder.epoch(), record, isRefused: false, outcome: Promise.resolve(held) };
      started.outcome = share(started);
      flight = started;
    }
    if (cause === 'refused') flight.isRefused = true;
    return flight.outcome;
  }

  /** What everybody who waits for it gets. The end of the session tells them at once; the refresh goes on to its end (ROT-5). */
  function share(started: Flight): Promise<Held> {
    const { epoch } = started;
    return new Promise((resolve, reject) => {
      epoch.flights.add(reject);
      run(started)
        .then(resolve, reject)
        .finally(() => {
          epoch.flights.delete(reject);
          if (flight === started) flight = undefined;
        });
    });
  }

  async function run(started: Flight): Promise<Held> {
    const settle = await core.lock.request(core.lockName(started.record), LOCK_WAIT, () => underLock(started));
    // Nothing of the app runs before this line: a listener that asks for a token would wait for itself (EVT-3).
    if (isInUse(started)) return settle();
    // A session that ended meanwhile is not brought back, and what came too late for it is made worthless (C34, OUT-4).
    if (started.late !== undefined) void revoke(core, started.late);
    const held = holder.held();
    if (started.epoch.over !== undefined || held === undefined) throw started.epoch.over ?? new SignedOutError();
    // The same user signed in again meanwhile: there is a newer token, wherever it came from.
    return held;
  }

  /** Whether the record that is refreshed is still the one in use here. */
  function isInUse({ epoch, record }: Flight): boolean {
    return epoch.over === undefined && holder.held()?.record === record;
  }

  async function underLock(started: Flight): Promise<Settle> {
    const { epoch, record } = started;
    if (epoch.over !== undefined) throw epoch.over;
    const changed = await compareWithStore(core, epoch);
    if (epoch.over !== undefined) throw epoch.over;
    if (changed !== undefined) return changed;
    try {
      const answer = await core.call(HARD_LIMIT, async (context) => await backend.refresh?.(record, context));
      if (answer !== TIMED_OUT)
        return await commit(started, newRecord(answer ?? {}, { backend, now: clock.now() }, record));
    } catch (error) {
      if (epoch.over !== undefined) throw epoch.over;
      return isAuthError(error) && error.code === 'refresh-rejected'
        ? await reject(started, error as RefreshRejectedError)
        : giveUp(started, error);
    }
    core.diagnose(
      'refresh-stuck',
      'backend.refresh did not settle within 30 seconds. If it uses a client that this session is attached to, name its URL in backend.endpoints.',
    );
    return giveUp(started, new AuthUnavailableError('The authorization server did not answer within 30 seconds.'));
  }

  /** Committed: saved before anybody is told, and only into the session that it was asked for. */
  async function commit(started: Flight, next: SessionRecord): Promise<Settle> {
    const { record } = started;
    if (record.subject !== undefined && next.subject !== record.subject) {
      void revoke(core, next);
      return await end(started, 'user-switched');
    }
    started.late = next;
    const isWritten = await write(started, next);
    return () => {
      if (!isWritten) throw new AuthUnavailableError('The session changed while it was refreshed; try again.');
      const held = core.adopt(next);
      core.channel.announce();
      core.events.emit('refreshed', { tokenExpiresAt: expiryOf(next) });
      return held;
    };
  }

  /** Compares, sets and saves in one, so that no sign-out and no newer generation is ever overwritten (I3, I10). */
  async function write({ epoch, record }: Flight, next: SessionRecord): Promise<boolean> {
    const isAsynchronous = !options.store.synchronous;
    if (isAsynchronous && epoch.over === undefined) await keeper.save(next);
    const isWritten = await fence.update([headKey(name), rowKey(record.sessionId)], (rows) => {
      const isOurs =
        epoch.over === undefined &&
        !core.isDisposed() &&
        readHead(rows, name).sessionId === record.sessionId &&
        readRow(rows, record.sessionId)?.generation === record.generation;
      if (!isOurs) return false;
      rows.set(rowKey(record.sessionId), { generation: next.generation });
      keeper.saveNow(next);
      return true;
    });
    // Taken back under the lock: whoever signs in now saves after this (DESIGN: save, compare-and-set, take back).
    if (isAsynchronous && !isWritten) await keeper.clear();
    return isWritten;
  }

  /** Rejected: the only outcome that ends a session, and not before its access token is dead, too (C27, ROT-7). */
  async function reject(started: Flight, error: RefreshRejectedError): Promise<Settle> {
    const { epoch, record } = started;
    const changed = await compareWithStore(core, epoch);
    if (changed !== undefined) return changed;
    const held = holder.held();
    if (held === undefined || started.isRefused || !core.isUsable(held)) return await end(started, error.reason, error);
    const last = {
      ...record,
      generation: record.generation + 1,
      tokens: { ...record.tokens, refreshToken: undefined },
    };
    const isWritten = await write(started, last);
    return () => {
      if (!isWritten) throw error;
      const ending = core.adopt(last, { reason: error.reason, cause: error });
      const at = expiryOf(last);
      if (at !== undefined) core.events.emit('expiring', { cause: error.reason, at });
      return ending;
    };
  }

  async function end(started: Flight, reason: SignOutReason, cause?: AuthError): Promise<Settle> {
    const { epoch } = started;
    if (isInUse(started)) await core.release(epoch, 'cleared');
    return () => {
      core.finish(epoch, reason, cause);
      throw epoch.over;
    };
  }

  /** No verdict: the session stays, and whoever waits is told to come again. */
  function giveUp({ record }: Flight, reason: unknown): Settle {
    const { accessToken = '', refreshToken = '' } = record.tokens;
    const error = isAuthError(reason)
      ? reason
      : new AuthUnavailableError('backend.refresh failed without a verdict.', {
          cause: safeCause(reason, [accessToken, refreshToken]),
        });
    return () => {
      const retryAfter = error instanceof AuthUnavailableError ? error.retryAfter : undefined;
      pausedUntil = clock.now() + (retryAfter ?? BACKGROUND_PAUSE);
      const retryAt = retryAfter === undefined ? undefined : pausedUntil;
      core.events.emit('refresh-failed', { error, retryAt });
      throw error;
    };
  }

  /** Nothing can be renewed: a dead token ends the session, a refused one that may live on elsewhere does not (I5). */
  async function unrenewable(held: Held, cause: RefreshCause): Promise<Held> {
    const epoch = holder.epoch();
    const isDead = cause === 'expired' || (cause === 'refused' && held.ending !== undefined);
    if (!isDead)
      throw new AuthUnavailableError('There is no refresh token: the session lasts as long as its access token.');
    if (await core.release(epoch, 'cleared')) core.finish(epoch, held.ending?.reason ?? 'expired', held.ending?.cause);
    throw epoch.over ?? new AuthUnavailableError('The session changed while it ended; try again.');
  }

  return refresh;
}
