import type { SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';
import { changeFacts, isNamed, isUnknown } from './facts.ts';
import { saveUnderLock } from './store-under-lock.ts';

/**
 * What came from another tab is kept here as well, where only this tab would keep it, while the fence names it (I3).
 *
 * @returns Whether it is still to be used.
 */
export async function saveOwn(core: Core, record: SessionRecord): Promise<boolean> {
  const { keeper } = core;
  if (!isOwn(core, record)) return true;
  const isCurrent = await changeFacts(core, record, (facts) => {
    const isNewest = isNamed(core, record, facts) && (facts.row?.generation ?? 0) <= record.generation;
    if (isNewest) keeper.now?.save(record);
    return isNewest;
  });
  // Not waited for: this may be under that very lock.
  if (isCurrent && !keeper.now) void saveUnderLock(core, record).catch(() => {});
  return isCurrent;
}

/** What nobody is signed in with, or what only this tab keeps, is removed; never what another tab may have written. */
export async function forgetStored(core: Core, record: SessionRecord | undefined): Promise<void> {
  const { keeper } = core;
  await changeFacts(core, record, (facts) => {
    const isNobody = !isUnknown(core, facts) && core.scope === 'origin' && facts.head?.sessionId === undefined;
    // Somebody may have signed in meanwhile.
    const isThis = isOwn(core, record) && keeper.now?.load().record?.sessionId === record?.sessionId;
    if (isNobody || (isThis && !isNamed(core, record, facts))) keeper.now?.clear();
  });
  if (!keeper.now && isOwn(core, record) && !core.held) await keeper.clear();
}

/** What the fence names belongs into the store: never into an empty one, and never while a newer one may be in it. */
export async function saveAgain(core: Core, mine: SessionRecord): Promise<void> {
  const { keeper } = core;
  await changeFacts(core, mine, (facts) => {
    const isNewest = isNamed(core, mine, facts) && facts.row?.generation === mine.generation;
    if (isNewest && !facts.row?.attempt && keeper.now?.load().record) keeper.now.save(mine);
  });
  // Not waited for: this may be under that very lock.
  if (!keeper.now) void saveUnderLock(core, mine).catch(() => {});
}

/** Whether a record is stored for this tab alone. */
function isOwn({ store }: Core, record: SessionRecord | undefined): boolean {
  return store.scope === 'tab' || store.handsOver?.(record) === true;
}
