import type { SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';
import { sessionInFence } from './fence-record.ts';

/** How long to wait for the turn to refresh or to write, in milliseconds: longer than any refresh may take. */
const LOCK_WAIT = 45_000;

/**
 * Runs work when nobody else refreshes or writes the session of a record. In a store that each tab has for itself, the
 * sessions of one name have nothing to do with each other; but an asynchronous one is written under this lock alone, so
 * there all sessions of the tab wait for each other: an old one's last write must not take a new one's with it.
 */
export function underLock<T>(core: Core, record: SessionRecord | undefined, body: () => Promise<T>): Promise<T> {
  const own = core.keeper.now && record ? record.sessionId : core.tab;
  const suffix = core.store.scope === 'tab' ? `:${own}` : '';
  return core.lock.request(`latchkey:${core.name}${suffix}`, LOCK_WAIT, body);
}

/** An asynchronous store is written under the lock only, after the head was read again. */
export async function saveUnderLock(core: Core, record: SessionRecord): Promise<void> {
  if (core.keeper.now) return;
  await underLock(core, record, async () => {
    if ((await sessionInFence(core)) === record.sessionId) await core.keeper.save(record);
  });
}

/** The same for clearing it: only while nobody is signed in. Never rejects. */
export async function clearUnderLock(core: Core, record: SessionRecord | undefined): Promise<void> {
  if (core.keeper.now) return;
  await underLock(core, record, async () => {
    if (!(await sessionInFence(core))) await core.keeper.clear();
  }).catch(() => {});
}
