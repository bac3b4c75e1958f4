import type { SessionRecord } from '../token/session-record.ts';
import { adopt } from './adopt.ts';
import { callBackend } from './call-backend.ts';
import { type Core, setState } from './core.ts';
import { end, finish, release } from './ending.ts';
import { changeFence } from './fence-record.ts';
import { type Epoch, type Held, hold, isUsable } from './holder.ts';
import { refresh } from './refresher.ts';
import { secretsOf } from './secrets.ts';
import { clearUnderLock } from './store-under-lock.ts';

/**
 * Takes up what was stored when the page was left. Settles in bounded time, and gives a state whatever happens (C42),
 * unless somebody signs out meanwhile: then the epoch is over. No event: nobody signed in or out (C38).
 */
export async function restore(core: Core): Promise<void> {
  const { epoch } = core;
  const { record } = await core.keeper.load();
  if (epoch.over) return;
  const isKnown = record && (await seed(core, epoch, record));
  if (epoch.over) return;
  if (!isKnown) return setState(core, { status: 'signed-out' });
  const held = hold(core, record);
  if (!isUsable(held) && !held.isRenewable) {
    await release(core, epoch, record, 'cleared');
    return finish(core, epoch, 'expired');
  }
  if (core.restore === 'verify') await verify(core, held);
  if (!epoch.over && core.state.status === 'restoring') adopt(core, record);
}

/** Writes what the store shows into an empty fence; a fence that names another session makes the record nothing. */
async function seed(core: Core, epoch: Epoch, record: SessionRecord): Promise<boolean> {
  const isNamed = await changeFence(core, epoch, record, record, (isNamed, _, isNew) => {
    if (isNamed || isNew) return true;
    core.keeper.now?.clear();
    return false;
  });
  if (!isNamed) await clearUnderLock(core, record);
  return isNamed;
}

/** Asks the server; only its clear "no", and then its "no" to a refresh as well, ends the session. */
async function verify(core: Core, held: Held): Promise<void> {
  const { record } = held;
  try {
    const isAsked = core.backend.verify && isUsable(held);
    const answer = isAsked ? await callBackend(core, 'verify', secretsOf(record), record) : 'refused';
    if (answer !== 'refused') return;
    if (held.isRenewable) await refresh(core, record, 'refused');
    else if (isAsked) await end(core, core.epoch, held, 'expired');
  } catch {
    // Not reached: taken at its word (I5). Ended by the refresh: the state says so already.
  }
}
