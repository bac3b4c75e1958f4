import { ownOptions } from '../token/own.ts';
import type { SessionRecord } from '../token/session-record.ts';
import { adopt } from './adopt.ts';
import { settleAttempt } from './attempt.ts';
import type { Core } from './core.ts';
import { finishLater, releaseThenFinish, type Settle } from './ending.ts';
import {
  addToFence,
  changeFacts,
  type Facts,
  isNamed,
  isTaught,
  isUnknown,
  type Row,
  raise,
  readFacts,
  writeSession,
} from './facts.ts';
import { findRecord } from './find-record.ts';
import type { Epoch, Held } from './held.ts';
import { forgetStored, saveAgain, saveOwn } from './own-copy.ts';
import { pause } from './pause.ts';
import { saveUnderLock } from './store-under-lock.ts';
import { LAST_ASK_LIMIT } from './tabs.ts';
import { note } from './trace.ts';

/** How long a store has to be empty until that counts, in milliseconds. */
const EMPTY_PAUSE = 250;
/** How long after a sign-out its clear of an asynchronous store may still land, in milliseconds. */
const CLEAR_LIMIT = 5000;
/** Without anything that it may inherit (PPL-1). */
const NO_ROW: Row = ownOptions({ generation: 0, epoch: 0 });

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
  const settle = mine && (await look(core, epoch, mine, isLocked));
  // The same user may have signed in here once more meanwhile, which is no end of the epoch: that counts.
  return settle && (() => (!epoch.over && core.held?.record !== mine ? (core.held as Held) : settle()));
}

async function look(core: Core, epoch: Epoch, mine: SessionRecord, isLocked: boolean): Promise<Settle | undefined> {
  const isHeld = (): boolean => !epoch.over && core.held?.record === mine;
  // Before the load: what a slow store still shows of an older session of ours is nobody's sign-in.
  const isKept = core.keeper.isKept(mine);
  // The store first: whatever emptied it in a transaction of the fence is in the fence by the time that it is read.
  let shown = await core.keeper.load();
  if (!isHeld()) return undefined;
  const isTrusted = isKept && shown.problem === undefined;
  if (isTrusted && isTaught(core)) await learnFromStore(core, mine, shown.record);
  let facts = await readFacts(core, mine);
  if (!isHeld()) return undefined;
  if (isUnknown(core, facts)) {
    await addToFence(core, mine);
    facts = await readFacts(core, mine);
    // Emptied once more: what is not known has not ended.
    if (isUnknown(core, facts)) return undefined;
  }
  if (!isNamed(core, mine, facts)) return await leave(core, epoch, mine, facts);
  const { attempt, expiresAt, generation, tab } = facts.row ?? NO_ROW;
  // Before the newer generation is looked for: it may be in the store only, uncommitted (crash between save and commit).
  const saved = isLocked ? await settleAttempt(core, mine, facts) : undefined;
  if (!isHeld()) return undefined;
  if (saved && saved.generation > mine.generation) return await take(core, epoch, mine, saved);
  if (generation > mine.generation) {
    const isLast = isLocked && core.backend.credential !== 'cookie';
    const newer = await findRecord(core, mine.sessionId, { generation, tab }, isLast ? LAST_ASK_LIMIT : undefined);
    if (newer) return await take(core, epoch, mine, newer);
    // Whoever had it may have emptied the store, and gone before the fence could say why.
    const isEmptied = isTrusted && !shown.record && (await staysEmpty(core));
    if (!isHeld() || (!isLocked && !isEmptied)) return undefined;
    if (isLocked && !isLast) {
      // The cookies are what another tab got, and as old.
      const life = expiresAt && { receivedAt: 0, tokens: { ...mine.tokens, lifetime: expiresAt } };
      return await take(core, epoch, mine, { ...mine, generation, ...life });
    }
    // Another session may have taken its place while it was looked for.
    facts = await readFacts(core, mine);
    if (isUnknown(core, facts)) return undefined;
    if (!isNamed(core, mine, facts)) return await leave(core, epoch, mine, facts);
    // An older refresh token is never sent (ROT-3). It ends here only: a tab that sleeps may have the newest.
    return finishLater(core, epoch, 'storage-cleared');
  }
  // A fence that was emptied, and filled again by a tab that was behind: what was sent of the older is no attempt at this.
  if (mine.generation > generation) await raise(core, mine);
  else if (isLocked && attempt) shown = await core.keeper.load();
  const { record } = shown;
  if (!attempt && record?.sessionId === mine.sessionId && record.generation > mine.generation) {
    // A store that its server writes.
    await raise(core, record);
    return await take(core, epoch, mine, record);
  }
  if (shown.problem !== undefined || !isHeld()) return undefined;
  if (!isTrusted) {
    // A save that did not get its turn is made up for.
    if (!core.keeper.now && shown.record?.sessionId !== mine.sessionId) await saveAgain(core, mine);
    return undefined;
  }
  if (!shown.record) {
    // The clear of the session before may have landed on top of this one's save.
    const sinceEnd = core.clock.now() - (facts.head?.endedAt ?? Number.NEGATIVE_INFINITY);
    if (sinceEnd >= 0 && sinceEnd < CLEAR_LIMIT) {
      void saveUnderLock(core, mine).catch(() => {});
      return undefined;
    }
    const isGone = await staysEmpty(core);
    if (!isHeld()) return undefined;
    // Something was written meanwhile: that is looked at as well.
    if (!isGone) return await look(core, epoch, mine, isLocked);
    return await releaseThenFinish(core, epoch, mine, 'left', 'storage-cleared');
  }
  const isBehind = shown.record.sessionId !== mine.sessionId || shown.record.generation < mine.generation;
  if (isBehind) await saveAgain(core, mine);
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

/** Another tab ended the session, or opened another. */
async function leave(core: Core, epoch: Epoch, mine: SessionRecord, { head, row }: Facts): Promise<Settle | undefined> {
  await forgetStored(core, mine);
  const next = core.scope === 'origin' ? head?.sessionId : undefined;
  if (next === undefined) {
    const reason = row?.ended ?? head?.reason ?? 'user';
    return finishLater(core, epoch, reason === 'user' ? 'other-tab' : reason);
  }
  // Somebody else's tokens are never taken up by requests of this user (SES-4).
  if (mine.subject === undefined || head?.subject !== mine.subject) return finishLater(core, epoch, 'user-switched');
  const { row: newRow } = await readFacts(core, { sessionId: next });
  const record = await findRecord(core, next, newRow ?? { generation: 1 }, LAST_ASK_LIMIT);
  if (record) return await take(core, epoch, mine, record);
  // It may itself have been replaced while it was looked for, or all of it forgotten.
  const now = await readFacts(core, mine);
  if (isUnknown(core, now)) return undefined;
  return now.head?.sessionId === next
    ? finishLater(core, epoch, 'storage-cleared')
    : await leave(core, epoch, mine, now);
}

/** Uses what another tab committed, unless the fence says by now that it is over. */
async function take(core: Core, epoch: Epoch, mine: SessionRecord, record: SessionRecord): Promise<Settle | undefined> {
  const isCurrent = await saveOwn(core, record);
  const facts = await readFacts(core, record);
  if (!isCurrent && !isUnknown(core, facts) && !isNamed(core, record, facts)) {
    return await leave(core, epoch, mine, await readFacts(core, mine));
  }
  return () => {
    if (epoch.over) throw epoch.over;
    note(core, 'adopted', record.generation);
    const held = adopt(core, record);
    const cause = facts.row?.ending;
    if (cause && held.endsAt !== undefined) core.events.emit('expiring', { cause, at: held.endsAt });
    return held;
  };
}

/**
 * Whether an empty store stays so for a moment: it may be late, or a sign-out in another tab has emptied it just before its
 * reason is in the fence.
 */
async function staysEmpty(core: Core): Promise<boolean> {
  await pause(core, EMPTY_PAUSE);
  const { record, problem } = await core.keeper.load();
  return !record && problem === undefined;
}
