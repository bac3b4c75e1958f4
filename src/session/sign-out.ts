import type { Core } from './core.ts';
import { finish } from './ending.ts';
import { changeFacts, writeEnd } from './facts.ts';
import { revoke } from './revoke.ts';
import { clearUnderLock } from './store-under-lock.ts';
import { announce } from './tabs.ts';

/**
 * Ends the session: in this tab before anything is awaited (OUT-1), then in the fence and the store, then on the server.
 */
export async function signOut(core: Core, everywhere: boolean): Promise<void> {
  const { epoch, keeper } = core;
  const mine = core.held?.record;
  // The store at once, too, and not only with the fence: the app may leave the page on the next line.
  let shown = keeper.now?.load().record;
  keeper.now?.clear();
  // The fence is changed in the order of the users' actions, so this begins before a listener can sign in again. In one
  // transaction the head names nobody, and the store shows nothing, whatever it showed (I3).
  const ended = changeFacts(core, mine, (facts) => {
    shown = keeper.now?.load().record ?? shown;
    keeper.now?.clear();
    writeEnd(core, facts, 'user');
  });
  if (core.state.status !== 'signed-out') finish(core, epoch, 'user');
  await ended;
  // Not before: who looks then must see it.
  announce(core);
  if (!keeper.now) {
    // During a restore this is the only word of the tokens that are to be revoked.
    if (!mine) shown = (await keeper.load()).record;
    // At once, unless somebody has signed in meanwhile; and once more under the lock, after whatever is being written.
    if (!core.held) await keeper.clear();
    void clearUnderLock(core, mine);
  }
  const isOther = shown && (shown.sessionId !== mine?.sessionId || shown.generation !== mine.generation);
  await Promise.all([mine, isOther && shown].map((record) => record && revoke(core, record, everywhere)));
}
