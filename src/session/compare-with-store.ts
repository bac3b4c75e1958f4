import { adopt } from './adopt.ts';
import type { Core } from './core.ts';
import { releaseThenFinish } from './ending.ts';
import { changeFence } from './fence-record.ts';
import type { Epoch, Held } from './holder.ts';

/**
 * Looks whether the store still shows what this tab holds; somebody else may have written or emptied it.
 *
 * @returns What to do about it once no lock is held: it gives the record to use from now on, or throws why there is none.
 *   Undefined when nothing has changed.
 */
export async function compareWithStore(core: Core, epoch: Epoch): Promise<(() => Held) | undefined> {
  const mine = core.held?.record;
  // Before the load: what a slow store still shows of an older session of ours is nobody's sign-in.
  if (!mine || !core.keeper.isKept(mine)) return undefined;
  const { record: shown, problem } = await core.keeper.load();
  if (epoch.over || core.held?.record !== mine || problem !== undefined) return undefined;
  if (!shown) return await releaseThenFinish(core, epoch, mine, 'left', 'storage-cleared');
  const isSameSession = shown.sessionId === mine.sessionId;
  if (isSameSession && shown.generation <= mine.generation) return undefined;
  // Somebody else's tokens are never taken up by requests of this user (SES-4).
  if (!isSameSession && (!shown.subject || shown.subject !== mine.subject)) {
    return await releaseThenFinish(core, epoch, mine, 'left', 'user-switched');
  }
  const isAdopted = await changeFence(
    core,
    epoch,
    mine,
    shown,
    (isNamed, newest) => isNamed && newest <= shown.generation,
  );
  if (!isAdopted) return undefined;
  return () => {
    if (epoch.over) throw epoch.over;
    return adopt(core, shown);
  };
}
