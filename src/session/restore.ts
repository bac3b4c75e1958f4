import { within } from '../platform/awaitable.ts';
import type { SessionRecord } from '../token/session-record.ts';
import { adopt } from './adopt.ts';
import { callBackend } from './call-backend.ts';
import { carrierOf, settleJar } from './cookie-jar.ts';
import { type Core, setState } from './core.ts';
import { overdue } from './deadline.ts';
import { end, finish, release } from './ending.ts';
import { changeFacts, isNamed, isTaught, isUnknown, type Row, raise, readFacts, writeSession } from './facts.ts';
import { findRecord } from './find-record.ts';
import type { Held } from './held.ts';
import { hold, isUsable } from './holder.ts';
import { forgetStored, saveOwn } from './own-copy.ts';
import { refresh } from './refresher.ts';
import { revoke } from './revoke.ts';
import { secretsOf } from './secrets.ts';
import { clearUnderLock } from './store-under-lock.ts';
import { ask, LAST_ASK_LIMIT } from './tabs.ts';
import { note } from './trace.ts';

/**
 * Takes up what was stored when the page was left. Settles in bounded time, and gives a state whatever happens (C42),
 * unless somebody signs out meanwhile: then the epoch is over. No event: nobody signed in or out (C38).
 */
export async function restore(core: Core): Promise<void> {
  const { epoch, clock, patience } = core;
  const isCookie = core.backend.credential === 'cookie';
  if (isCookie) await settleJar(core);
  const found = await currentRecord(core, false);
  if (epoch.over) return;
  const record = core.takeOver ? await core.takeOver.restore(found) : found;
  if (epoch.over) return;
  if (!record) return setState(core, { status: 'signed-out' });
  const held = hold(core, record);
  const over = (await overdue(core, record)) ?? (isUsable(held) || held.isRenewable ? undefined : 'expired');
  if (over) {
    const told = await release(core, epoch, record, 'cleared', over);
    if (over !== 'expired' && !isCookie) void revoke(core, record);
    return finish(core, epoch, told ?? over);
  }
  if (epoch.over) return;
  // Of what a cookie carries, or a refresh token alone, nothing is known before the first answer, which is waited for as a
  // request would; nor is whether an old refresh token is still good for anything.
  const { accessToken, refreshExpiresAt = Number.POSITIVE_INFINITY } = record.tokens;
  const isUnsure = accessToken === undefined || (!isCookie && clock.now() >= refreshExpiresAt);
  const isBare = (isCookie || core.takeOver) && isUnsure && !isUsable(held);
  const asked = isBare ? refresh(core, record, 'expired') : core.restore === 'verify' && verify(core, held);
  if (asked) await within<unknown>(clock, 4 * patience, () => asked, Error).catch(() => {});
  if (epoch.over || core.state.status !== 'restoring') return;
  note(core, 'restored', record.generation);
  adopt(core, record);
}

/**
 * The record with which a page is to begin, by the fence: what the store shows, if the fence names it, else what another
 * tab has. Undefined: nobody is signed in.
 *
 * @param isAnnounced Whether another tab has just signed in; then the store is waited for even while it shows nothing.
 */
export async function currentRecord(core: Core, isAnnounced: boolean): Promise<SessionRecord | undefined> {
  const { epoch, keeper, scope, store } = core;
  // The store first: what a fence transaction wrote is in the fence by the time that it is read.
  const shown = (await keeper.load()).record;
  const facts = await readFacts(core, shown);
  if (isTaught(core) || isUnknown(core, facts)) {
    // Where the fence is this page's alone, the store is taken at its word, unless it is a session that ended here.
    if (!shown || (facts.row?.ended && facts.row.generation >= shown.generation)) return await nothing(core, shown);
    if (!isNamed(core, shown, facts)) await writeToFence(core, shown);
    return shown;
  }
  const sessionId = scope === 'tab' ? isNamed(core, shown, facts) && shown?.sessionId : facts.head?.sessionId;
  if (!sessionId) return await nothing(core, shown);
  const row: Pick<Row, 'generation' | 'tab' | 'signedInAt' | 'expiresAt'> = (sessionId === shown?.sessionId
    ? facts
    : await readFacts(core, { sessionId })
  ).row ?? { generation: 1 };
  if (shown?.sessionId === sessionId && shown.generation >= row.generation) {
    // A page died between the save and the commit: the transaction that proves it commits it, too (I13).
    if (keeper.now && scope === 'origin' && shown.generation > row.generation) await raise(core, shown);
    return shown;
  }
  const isCookie = core.backend.credential === 'cookie';
  // What tabs keep for themselves is asked for first. Else an empty store at load is a signed-out visitor, whatever the
  // fence says: that is how apps clear a session.
  const isAsked = !shown && store.handsOver !== undefined;
  if (!shown && !isAsked && !isAnnounced && !isCookie) return undefined;
  const given = isAsked ? await ask(core, sessionId, row.generation, row.tab) : undefined;
  const limit = shown && !isAnnounced && !isCookie ? LAST_ASK_LIMIT : undefined;
  const found = given ?? (isAsked && !isAnnounced ? undefined : await findRecord(core, sessionId, row, limit));
  // It may have been replaced while it was looked for.
  const now = found ? undefined : (await readFacts(core, undefined)).head;
  if (scope === 'origin' && now && now.sessionId !== sessionId) return await currentRecord(core, isAnnounced);
  if (!found && isCookie) return carrierOf({ ...facts.head, sessionId }, row);
  // There was a session, and all that is left of it is older than what was spent: the app may say so (ROT-3).
  if (!found && shown && !isAnnounced) finish(core, epoch, 'storage-cleared');
  if (!found) return await nothing(core, shown);
  return (await saveOwn(core, found)) ? found : undefined;
}

/** Begins with what the store shows; of several pages that do so at once, the first decides. */
async function writeToFence(core: Core, shown: SessionRecord): Promise<void> {
  await changeFacts(core, shown, (facts) => {
    if (isTaught(core) || isUnknown(core, facts)) writeSession(core, shown, facts);
  });
}

/** What the fence does not name is nothing: it is never used, and removed where no other tab can have written it. */
async function nothing(core: Core, shown: SessionRecord | undefined): Promise<undefined> {
  if (!shown) return;
  await forgetStored(core, shown);
  void clearUnderLock(core, shown);
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
