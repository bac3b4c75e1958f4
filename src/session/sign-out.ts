import type { SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';
import { finish } from './ending.ts';
import { changeFence } from './fence-record.ts';
import { revoke } from './revoke.ts';
import { clearUnderLock } from './store-under-lock.ts';

/**
 * Ends the session: in this tab before anything is awaited (OUT-1), then in the fence and the store, then on the server.
 */
export async function signOut(core: Core, everywhere: boolean): Promise<void> {
  const { epoch, keeper } = core;
  const mine = core.held?.record;
  let shown: SessionRecord | undefined;
  // The fence is changed in the order of the users' actions, so this begins before a listener can sign in again. In one
  // transaction the head names nobody, and the store shows nothing, whatever it showed (I3).
  const ended = changeFence(core, { over: undefined }, mine, undefined, () => {
    shown = keeper.now?.load().record;
    keeper.now?.clear();
    return true;
  });
  if (core.state.status !== 'signed-out') finish(core, epoch, 'user');
  await ended;
  if (!keeper.now) {
    // During a restore this is the only word of the tokens that are to be revoked.
    if (!mine) shown = (await keeper.load()).record;
    await keeper.clear();
    void clearUnderLock(core, mine);
  }
  const isOther = shown && (shown.sessionId !== mine?.sessionId || shown.generation !== mine.generation);
  await Promise.all([mine, isOther && shown].map((record) => record && revoke(core, record, everywhere)));
}
