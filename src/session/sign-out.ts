import type { SessionRecord } from '../token/session-record.ts';
import { type Core, clearUnderLock } from './core.ts';
import { headKey, readHead, rowKey } from './fence-record.ts';
import { revoke } from './revoke.ts';

/**
 * Ends the session: in this tab before anything is awaited (OUT-1), then in the fence and the store, then on the server.
 * Never rejects.
 */
export async function signOut(core: Core, everywhere: boolean): Promise<void> {
  const { holder, keeper, fence, options } = core;
  const mine = holder.held()?.record;
  // The fence is changed in the order of the users' actions, so this begins before a listener can sign in again.
  const isSignedIn = core.state().status !== 'signed-out';
  const shown = endInFence();
  if (isSignedIn) core.finish(holder.epoch(), 'user');
  const revoked = new Map<string, SessionRecord>();
  for (const record of [mine, await shown]) {
    if (record !== undefined) revoked.set(`${record.sessionId} ${record.generation}`, record);
  }
  if (!options.store.synchronous) {
    await keeper.clear();
    void clearUnderLock(core, mine);
  }
  await Promise.all(Array.from(revoked.values(), (record) => revoke(core, record, everywhere)));

  /** One transaction: the head names nobody, and the store shows nothing, whatever it showed (I3). */
  async function endInFence(): Promise<SessionRecord | undefined> {
    return await fence.update([headKey(options.name), rowKey(mine?.sessionId ?? '')], (rows) => {
      rows.set(headKey(options.name), { epoch: readHead(rows, options.name).epoch + 1 });
      rows.delete(rowKey(mine?.sessionId ?? ''));
      const { record } = keeper.loadNow();
      keeper.clearNow();
      return record;
    });
  }
}
