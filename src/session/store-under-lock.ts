import type { Turn } from '../platform/lock.ts';
import type { SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';
import { isNamed, isUnknown, readFacts } from './facts.ts';

/** How long to wait for the turn to refresh or to write, in milliseconds: longer than any refresh may take. */
const LOCK_WAIT = 45_000;

/**
 * Runs work when nobody else refreshes or writes the session of a record. Where each tab has a session of its own, those
 * of one name have nothing to do with each other; but an asynchronous store is written under this lock alone, so there
 * all sessions of the tab wait for each other: an old one's last write must not take a new one's with it.
 */
export function underLock<T>(
  core: Core,
  record: SessionRecord | undefined,
  body: (turn: Turn) => Promise<T>,
): Promise<T> {
  const own = core.keeper.now && record ? record.sessionId : core.tab;
  const suffix = core.scope === 'tab' ? `:${own}` : '';
  return core.lock.request(`latchkey.1:${core.name}${suffix}`, LOCK_WAIT, core.closed.signal, body);
}

/** An asynchronous store is written under the lock only, after the fence was read again. */
export async function saveUnderLock(core: Core, record: SessionRecord): Promise<void> {
  if (core.keeper.now) return;
  await underLock(core, record, async () => {
    const facts = await readFacts(core, record);
    const isNewest = (facts.row?.generation ?? 0) <= record.generation && !facts.row?.attempt;
    if ((isNamed(core, record, facts) || isUnknown(core, facts)) && isNewest) await core.keeper.save(record);
  });
}

/** The same for clearing it: only what the fence does not name. Never rejects. */
export async function clearUnderLock(core: Core, record: SessionRecord | undefined): Promise<void> {
  const { keeper } = core;
  if (keeper.now) return;
  await underLock(core, record, async () => {
    const { record: shown } = await keeper.load();
    if (!isNamed(core, shown, await readFacts(core, shown))) await keeper.clear();
  }).catch(() => {});
}
