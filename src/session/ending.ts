import { type AuthError, SignedOutError, type SignOutReason } from '../errors.ts';
import type { SessionRecord } from '../token/session-record.ts';
import { type Core, setState } from './core.ts';
import { changeFence } from './fence-record.ts';
import { type Epoch, type Held, turn } from './holder.ts';
import { clearUnderLock } from './store-under-lock.ts';

/** Takes a session out of the fence, and of the store unless it is `left`, if it is still this very one. */
export async function release(
  core: Core,
  epoch: Epoch,
  record: SessionRecord,
  store: 'cleared' | 'left',
): Promise<boolean> {
  const isCleared = store === 'cleared';
  const isReleased = await changeFence(core, epoch, record, undefined, (isNamed, newest) => {
    // Whoever signed out, signed in or refreshed meanwhile knows better (I5).
    if (!isNamed || newest > record.generation) return false;
    if (isCleared) core.keeper.now?.clear();
    return true;
  });
  if (isReleased && isCleared) void clearUnderLock(core, record);
  return isReleased;
}

/** Ends the session in this tab, and says so. Never called under the lock: listeners are told here (EVT-3). */
export function finish(core: Core, epoch: Epoch, reason: SignOutReason, cause?: AuthError): void {
  if (epoch.over) return;
  const wasSignedIn = core.state.status === 'signed-in';
  turn(core, new SignedOutError(reason, cause));
  setState(core, { status: 'signed-out', reason });
  core.channel.announce();
  if (wasSignedIn) core.events.emit('signed-out', { reason });
}

/** Releases a session at once; what it gives finishes it, once no lock is held, and tells whoever waits. */
export async function releaseThenFinish(
  core: Core,
  epoch: Epoch,
  record: SessionRecord,
  store: 'cleared' | 'left',
  reason: SignOutReason,
  cause?: AuthError,
): Promise<() => never> {
  await release(core, epoch, record, store);
  return () => {
    finish(core, epoch, reason, cause);
    throw epoch.over;
  };
}

/** Ends a session that nobody else knows to be alive. */
export async function end(
  core: Core,
  epoch: Epoch,
  { record }: Held,
  reason: SignOutReason,
  cause?: AuthError,
): Promise<void> {
  if (await release(core, epoch, record, 'cleared')) finish(core, epoch, reason, cause);
}

/** Ends a session whose access token is dead, and cannot be renewed. */
export async function expire(core: Core, epoch: Epoch, held: Held): Promise<void> {
  await end(core, epoch, held, held.ending?.reason ?? 'expired', held.ending);
}
