import type { Core } from './core.ts';
import { headKey, readHead, readRow, rowKey } from './fence-record.ts';
import type { Epoch, Held } from './holder.ts';

/**
 * Looks whether the store still shows what this tab holds; somebody else may have written or emptied it.
 *
 * @returns What to do about it once no lock is held: it gives the record to use from now on, or throws why there is none.
 *   Undefined when nothing has changed.
 */
export async function compareWithStore(core: Core, epoch: Epoch): Promise<(() => Held) | undefined> {
  const { holder, keeper, fence, options } = core;
  const { record: shown, problem } = await keeper.load();
  const mine = holder.held()?.record;
  if (epoch.over !== undefined || mine === undefined || problem !== undefined) return undefined;
  if (shown === undefined) return keeper.isKept() ? await end(core, epoch, 'storage-cleared') : undefined;

  const isSameSession = shown.sessionId === mine.sessionId;
  if (isSameSession && shown.generation <= mine.generation) return undefined;
  // Somebody else's tokens are never taken up by requests of this user (SES-4).
  if (!isSameSession && (shown.subject === undefined || shown.subject !== mine.subject)) {
    return await end(core, epoch, 'user-switched');
  }
  const keys = [headKey(options.name), rowKey(mine.sessionId), rowKey(shown.sessionId)];
  const isAdopted = await fence.update(keys, (rows) => {
    const head = readHead(rows, options.name);
    const newest = readRow(rows, shown.sessionId)?.generation ?? 0;
    if (epoch.over !== undefined || head.sessionId !== mine.sessionId || newest > shown.generation) return false;
    if (!isSameSession) rows.delete(rowKey(mine.sessionId));
    rows.set(headKey(options.name), { epoch: head.epoch, sessionId: shown.sessionId, subject: shown.subject });
    rows.set(rowKey(shown.sessionId), { generation: shown.generation });
    return true;
  });
  return isAdopted
    ? () => {
        if (epoch.over !== undefined) throw epoch.over;
        return core.adopt(shown);
      }
    : undefined;
}

async function end(core: Core, epoch: Epoch, reason: 'storage-cleared' | 'user-switched'): Promise<() => never> {
  await core.release(epoch, 'left');
  return () => {
    core.finish(epoch, reason);
    throw epoch.over;
  };
}
