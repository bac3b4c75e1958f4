import type { SessionRecord } from '../token/session-record.ts';
import { adopt } from './adopt.ts';
import { settleAttempt } from './attempt.ts';
import type { Core } from './core.ts';
import { finishLater, releaseThenFinish, type Settle } from './ending.ts';
import { changeFacts, type Facts, isNamed, isTaught, isUnknown, readFacts, writeSession } from './facts.ts';
import { findRecord } from './find-record.ts';
import type { Epoch } from './held.ts';
import { note } from './trace.ts';

/**
 * Looks whether what this tab holds is still the newest: in the fence, which is never behind, and in the store, which
 * may be.
 *
 * @param isLocked Whether this tab has the turn to refresh; only then can an attempt that was left open be dealt with.
 * @returns What to do about it once no lock is held: it gives the record to use from now on, or throws why there is none.
 *   Undefined when nothing has changed.
 */
export async function catchUp(core: Core, epoch: Epoch, isLocked: boolean): Promise<Settle | undefined> {
  const mine = core.held?.record;
  if (!mine) return undefined;
  // Before the load: what a slow store still shows of an older session of ours is nobody's sign-in.
  const isKept = core.keeper.isKept(mine);
  // The store first: whatever emptied it in a transaction of the fence is in the fence by the time that it is read.
  const shown = await core.keeper.load();
  const isHeld = (): boolean => !epoch.over && core.held?.record === mine;
  if (!isHeld()) return undefined;
  const isTrusted = isKept && shown.problem === undefined;
  if (isTrusted && isTaught(core)) await learnFromStore(core, mine, shown.record);
  let facts = await readFacts(core, mine);
  if (!isHeld()) return undefined;
  if (isUnknown(core, facts)) {
    await addToFence(core, mine);
    facts = await readFacts(core, mine);
  }
  if (!isNamed(core, mine, facts)) return await leave(core, epoch, mine, facts, isLocked);
  // Before the newer generation is looked for: it may be in the store only, uncommitted (crash between save and commit).
  const saved = isLocked ? await settleAttempt(core, mine, facts) : undefined;
  if (!isHeld()) return undefined;
  if (saved && saved.generation > mine.generation) return take(core, epoch, saved, isLocked);
  const { generation = 0, tab } = facts.row ?? {};
  if (generation > mine.generation) {
    const newer = await findRecord(core, mine.sessionId, { generation, tab });
    if (newer) return take(core, epoch, newer, isLocked);
    if (!isLocked) return undefined;
    if (core.backend.credential === 'cookie') return take(core, epoch, { ...mine, generation }, isLocked);
    // An older refresh token is never sent (ROT-3): without the newest one there is nothing left of the session.
    return await releaseThenFinish(core, epoch, { ...mine, generation }, 'left', 'storage-cleared');
  }
  if (!facts.row?.attempt) {
    // A store that its server writes, or a fence that was emptied and filled again by a tab that was behind.
    const newest = shown.record?.sessionId === mine.sessionId ? shown.record : mine;
    if (newest.generation > generation) await raise(core, newest);
    if (newest.generation > mine.generation) return await take(core, epoch, newest, isLocked);
  }
  if (!isTrusted || !isHeld()) return undefined;
  if (!shown.record) return await releaseThenFinish(core, epoch, mine, 'left', 'storage-cleared');
  if (shown.record.sessionId !== mine.sessionId || shown.record.generation < mine.generation)
    await saveAgain(core, mine);
  return undefined;
}

/**
 * Where the fence is this tab's alone, the store is all that shows what other tabs did, and is taken at its word. It is
 * behind at times; then the server's rejection tells, and the store is read again.
 */
async function learnFromStore(core: Core, mine: SessionRecord, record: SessionRecord | undefined): Promise<void> {
  const isSame = record?.sessionId === mine.sessionId;
  if (!record || (isSame && record.generation <= mine.generation) || (!isSame && core.scope === 'tab')) return;
  await changeFacts(core, record, (facts) => {
    if (!isSame) writeSession(core, record, facts);
    else if (facts.row) facts.row = { ...facts.row, generation: record.generation };
  });
}

/** Running tabs add what they hold to a fence that somebody has emptied; whoever is first decides. */
export async function addToFence(core: Core, record: SessionRecord): Promise<void> {
  await changeFacts(core, record, (facts) => {
    if (isUnknown(core, facts)) writeSession(core, record, facts);
  });
}

/** What is newer than the fence says is never forgotten (I10). */
async function raise(core: Core, { sessionId, generation }: SessionRecord): Promise<void> {
  await changeFacts(core, { sessionId }, (facts) => {
    if (facts.row && facts.row.generation < generation) facts.row = { ...facts.row, generation, tab: core.tab };
  });
}

/** Another tab ended the session, or opened another. */
async function leave(
  core: Core,
  epoch: Epoch,
  mine: SessionRecord,
  { head, row }: Facts,
  isLocked: boolean,
): Promise<Settle> {
  await forgetStored(core, mine);
  const next = core.scope === 'origin' ? head?.sessionId : undefined;
  if (next === undefined) {
    const reason = row?.ended ?? head?.reason ?? 'user';
    return finishLater(core, epoch, reason === 'user' ? 'other-tab' : reason);
  }
  // Somebody else's tokens are never taken up by requests of this user (SES-4).
  if (mine.subject === undefined || head?.subject !== mine.subject) return finishLater(core, epoch, 'user-switched');
  const { row: newRow } = await readFacts(core, { sessionId: next });
  const record = await findRecord(core, next, { generation: newRow?.generation ?? 1, ...newRow });
  return record ? take(core, epoch, record, isLocked) : finishLater(core, epoch, 'storage-cleared');
}

/** What nobody is signed in with, or what only this tab keeps, is removed; never what another tab may have written. */
export async function forgetStored(core: Core, record: SessionRecord | undefined): Promise<void> {
  const { keeper } = core;
  await changeFacts(core, record, (facts) => {
    const isNobody = !isUnknown(core, facts) && core.scope === 'origin' && facts.head?.sessionId === undefined;
    // Somebody may have signed in meanwhile.
    const isThis = isOwn(core) && keeper.now?.load().record?.sessionId === record?.sessionId;
    if (isNobody || (isThis && !isNamed(core, record, facts))) keeper.now?.clear();
  });
  if (!keeper.now && isOwn(core) && !core.held) await keeper.clear();
}

/** Uses what another tab committed. */
async function take(core: Core, epoch: Epoch, record: SessionRecord, isLocked: boolean): Promise<Settle> {
  await saveOwn(core, record, isLocked);
  return () => {
    if (epoch.over) throw epoch.over;
    note(core, 'adopted', record.generation);
    return adopt(core, record);
  };
}

/** What came from another tab is kept here as well, where only this tab would keep it, while the fence names it (I3). */
export async function saveOwn(core: Core, record: SessionRecord, isLocked: boolean): Promise<void> {
  const { keeper } = core;
  if (!isOwn(core)) return;
  const isCurrent = await changeFacts(core, record, (facts) => {
    const isNewest = isNamed(core, record, facts) && (facts.row?.generation ?? 0) <= record.generation;
    if (isNewest) keeper.now?.save(record);
    return isNewest;
  });
  if (isCurrent && isLocked && !keeper.now) await keeper.save(record);
}

/** Whether what is stored is seen by this tab alone. */
function isOwn({ store }: Core): boolean {
  return store.scope === 'tab' || store.handsOver === true;
}

/** What the fence names belongs into the store: never into an empty one, and never while a newer one may be in it. */
async function saveAgain(core: Core, mine: SessionRecord): Promise<void> {
  const { keeper } = core;
  await changeFacts(core, mine, (facts) => {
    const isNewest = isNamed(core, mine, facts) && facts.row?.generation === mine.generation;
    if (isNewest && !facts.row?.attempt && keeper.now?.load().record) keeper.now.save(mine);
  });
}
