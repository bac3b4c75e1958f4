import type { RefreshRejectedError } from '../errors.ts';
import { expiryOf, type SessionRecord } from '../token/session-record.ts';
import { adopt } from './adopt.ts';
import { changed } from './attempt.ts';
import { afterRefusal, afterSuccess, isLoop } from './breaker.ts';
import { catchUp } from './catch-up.ts';
import type { Core } from './core.ts';
import type { Settle } from './ending.ts';
import { changeFacts, isNamed, isUnknown, lifeOf, readFacts, writeSession } from './facts.ts';
import type { Epoch, Held } from './held.ts';
import { revoke } from './revoke.ts';
import { announce } from './tabs.ts';
import { note } from './trace.ts';

/**
 * Makes a record the next generation of its session: saved before anybody is told, and only into the session that it was
 * got for. Called under the lock.
 *
 * @param record The generation that it replaces.
 * @param ending Why the session ends with the access token of `next`, if it does.
 * @returns What is left to do once the lock is free.
 */
export async function commit(
  core: Core,
  epoch: Epoch,
  record: SessionRecord,
  next: SessionRecord,
  ending?: RefreshRejectedError,
): Promise<Settle> {
  const { events, flight, held, keeper } = core;
  const { now } = keeper;
  const isCurrent = (): boolean => !epoch.over && core.held?.record === record;
  const [draw, refusedAt] = [core.random(), !ending && flight?.isRefused && held?.age()];
  let isNewLoop = false;
  const isSaved = !now && isCurrent();
  if (isSaved) await keeper.save(next);
  // Compares, sets and saves in one, so that no sign-out and no newer generation is ever overwritten (I3, I10).
  const isWritten = await changeFacts(core, record, (facts) => {
    if (!isCurrent()) return false;
    const isCleared = isUnknown(core, facts);
    const there = isCleared || core.scope === 'tab' ? now?.load().record : undefined;
    // Somebody has cleared the browser's databases, and not the store: what is not known has not ended (I5).
    if (isCleared && (!now || there?.sessionId === record.sessionId)) writeSession(core, record, facts);
    const { row } = facts;
    if (!row || !isNamed(core, record, facts)) return false;
    // A transaction whose end nobody heard is tried once more, and finds what it has written.
    const isOurs = row.generation === next.generation && row.tab === core.tab;
    // What only this tab writes shows a sign-in here before this tab has heard that it is done.
    if (core.scope === 'tab' && there && there.sessionId !== record.sessionId) return false;
    if (row.generation !== record.generation && !isOurs) return false;
    now?.save(next);
    const failure = { now: next.receivedAt, lifetime: next.tokens.lifetime, retryAfter: undefined, draw };
    const refused = typeof refusedAt === 'number' ? afterRefusal(row, refusedAt, failure) : undefined;
    isNewLoop = isLoop(refused?.refusals) && !isLoop(row.refusals);
    facts.row = {
      generation: next.generation,
      epoch: row.epoch,
      tab: core.tab,
      signedInAt: row.signedInAt,
      ...lifeOf(next),
      activeAt: row.activeAt,
      breaker: afterSuccess(row.breaker),
      ...(ending && { ending: ending.reason }),
      ...refused,
    };
    return true;
  });
  if (isWritten) {
    return () => {
      // The user has signed out, or in anew, since the transaction was done: that stands (I3, C34).
      if (epoch.over) throw epoch.over;
      if (core.held?.record !== record) return core.held as Held;
      note(core, 'refresh-committed', next.generation);
      if (isNewLoop) core.diagnose('refresh-loop', LOOPING);
      const adopted = adopt(core, next, ending);
      announce(core);
      const at = adopted.endsAt;
      if (!ending) events.emit('refreshed', { tokenExpiresAt: expiryOf(next) });
      else if (at !== undefined) events.emit('expiring', { cause: ending.reason, at });
      return adopted;
    };
  }
  // Taken back under the lock: whoever signs in now saves after this.
  // A session that was merely disposed of is left to whoever comes next, who finds the attempt open (S7).
  if (isSaved && epoch.over?.code !== 'auth-unavailable') await keeper.clear();
  if (!ending) void discard(core, next);
  // Somebody else was faster, or has signed out: what they did is what whoever waits is told.
  const settled = await catchUp(core, epoch, true);
  return () => {
    if (settled) return settled();
    throw ending ?? changed();
  };
}

/**
 * Makes worthless what came too late for its session (C34, OUT-4). A cookie is the log-out's business, which comes after
 * this under the lock, and may be the next user's by now.
 */
async function discard(core: Core, next: SessionRecord): Promise<void> {
  if (core.backend.credential === 'cookie') return;
  // Where the session goes on, another tab has newer tokens, and some servers would revoke them along with these.
  if (!isNamed(core, next, await readFacts(core, next))) await revoke(core, next);
}

const LOOPING =
  'A server refuses each new token at once: does it know the key, the audience and the time of the one that issues them?';
