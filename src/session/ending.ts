import { type AuthError, SignedOutError, type SignOutReason } from '../errors.ts';
import type { SessionRecord } from '../token/session-record.ts';
import { logOutByCookie } from './cookie-jar.ts';
import { type Core, setState } from './core.ts';
import { changeFacts, isNamed, isTaught, writeEnd } from './facts.ts';
import type { Epoch, Held } from './held.ts';
import { turn } from './holder.ts';
import { clearUnderLock } from './store-under-lock.ts';
import { announce } from './tabs.ts';
import { note } from './trace.ts';

/** What is left to do once the lock is free: it gives the record to use from now on, or throws why there is none. */
export type Settle = () => Held;

/**
 * Takes a session out of the fence, and of the store unless it is `left`, if it is still this very one.
 *
 * @returns The reason that all tabs will tell; undefined when it was not done.
 */
export async function release(
  core: Core,
  epoch: Epoch,
  record: SessionRecord,
  store: 'cleared' | 'left',
  reason: SignOutReason,
): Promise<SignOutReason | undefined> {
  const isCleared = store === 'cleared';
  const told = await changeFacts(core, record, (facts) => {
    // Whoever signed out, signed in or refreshed meanwhile knows better (I5).
    const isNewest = (facts.row?.generation ?? 0) <= record.generation;
    if (epoch.over || !isNamed(core, record, facts) || !isNewest) return undefined;
    // What expires now may have been rejected before, in whichever tab.
    const why = reason === 'expired' ? (facts.row?.ending ?? reason) : reason;
    writeEnd(core, facts, why);
    // Where the store says more than the fence, somebody else may have signed in there.
    const isTheirs = isTaught(core) && core.keeper.now?.load().record?.sessionId !== record.sessionId;
    if (isCleared && !isTheirs) core.keeper.now?.clear();
    return why;
  });
  if (told && isCleared) void clearUnderLock(core, record);
  if (told && core.backend.credential === 'cookie') void logOutByCookie(core, record).catch(() => {});
  return told;
}

/**
 * Ends the session in this tab, and says so. Never called under the lock: listeners are told here (EVT-3).
 *
 * @param isNews Whether this tab ended it, so that the others have to be told.
 */
export function finish(core: Core, epoch: Epoch, reason: SignOutReason, cause?: AuthError, isNews = false): void {
  if (epoch.over) return;
  const wasSignedIn = core.state.status === 'signed-in';
  note(core, 'signed-out', reason);
  turn(core, new SignedOutError(reason, cause));
  setState(core, { status: 'signed-out', reason });
  if (isNews) announce(core);
  core.events.emit('clear', reason);
  if (wasSignedIn) core.events.emit('signed-out', { reason });
}

/** The same once no lock is held; it tells whoever waits. */
export function finishLater(
  core: Core,
  epoch: Epoch,
  reason: SignOutReason,
  cause?: AuthError,
  isNews?: boolean,
): () => never {
  return () => {
    finish(core, epoch, reason, cause, isNews);
    throw epoch.over;
  };
}

/** Releases a session at once; what it gives finishes it. Undefined when somebody else was faster, and knows better. */
export async function releaseThenFinish(
  core: Core,
  epoch: Epoch,
  record: SessionRecord,
  store: 'cleared' | 'left',
  reason: SignOutReason,
  cause?: AuthError,
): Promise<Settle | undefined> {
  const told = await release(core, epoch, record, store, reason);
  return told && finishLater(core, epoch, told, cause, true);
}

/** Ends a session that nobody else knows to be alive. */
export async function end(
  core: Core,
  epoch: Epoch,
  { record }: Held,
  reason: SignOutReason,
  cause?: AuthError,
): Promise<void> {
  const told = await release(core, epoch, record, 'cleared', reason);
  if (told) finish(core, epoch, told, cause, true);
}
