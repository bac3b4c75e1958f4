import { isAuthError } from '../errors.ts';
import { TIMED_OUT } from '../platform/awaitable.ts';
import type { SessionRecord } from '../token/session-record.ts';
import { type Core, clearUnderLock } from './core.ts';
import { headKey, readHead, rowKey } from './fence-record.ts';
import type { Refresher } from './refresher.ts';
import type { Intent } from './sign-in.ts';

/** How long the server may take to say whether a stored session is still good, in milliseconds. */
const VERIFY_LIMIT = 10_000;

/**
 * Takes up what was stored when the page was left. Settles in bounded time, and gives a state whatever happens (C42).
 * No event: nobody signed in or out (C38).
 */
export async function restore(core: Core, refresh: Refresher, intent: Intent): Promise<void> {
  const { keeper, options, holder } = core;
  const { record } = await keeper.load();
  if (intent.overtaken !== undefined || core.isDisposed()) return;
  if (record === undefined || !(await seed(core, record))) {
    if (intent.overtaken === undefined) core.setState({ status: 'signed-out' });
    return;
  }
  if (intent.overtaken !== undefined) return;
  const held = holder.hold(record);
  if (!core.isUsable(held) && !core.isRenewable(record)) {
    await core.release(holder.epoch(), 'cleared');
    core.finish(holder.epoch(), 'expired');
    return;
  }
  const epoch = holder.epoch();
  if (options.restore === 'verify') await verify(core, refresh, record);
  if (epoch.over === undefined && intent.overtaken === undefined) core.adopt(holder.held()?.record ?? record);
}

/** Writes what the store shows into an empty fence; a fence that names another session makes the record nothing. */
async function seed(core: Core, record: SessionRecord): Promise<boolean> {
  const { fence, options, keeper } = core;
  const isNamed = await fence.update([headKey(options.name), rowKey(record.sessionId)], (rows) => {
    if (!rows.has(headKey(options.name))) {
      rows.set(headKey(options.name), { epoch: 0, sessionId: record.sessionId, subject: record.subject });
      rows.set(rowKey(record.sessionId), { generation: record.generation });
    }
    if (readHead(rows, options.name).sessionId === record.sessionId) return true;
    keeper.clearNow();
    return false;
  });
  if (!isNamed) await clearUnderLock(core, record);
  return isNamed;
}

/** Asks the server; only its clear "no", and then its "no" to a refresh as well, ends the session. */
async function verify(core: Core, refresh: Refresher, record: SessionRecord): Promise<void> {
  const { backend } = core.options;
  const held = core.holder.held();
  try {
    const answer =
      backend.verify === undefined || held === undefined || !core.isUsable(held)
        ? 'refused'
        : await core.call(VERIFY_LIMIT, async (context) => await backend.verify?.(record, context));
    if (answer === 'refused' && core.isRenewable(record)) await refresh(record, 'refused');
    else if (answer === TIMED_OUT) return;
  } catch (error) {
    // Not reached: taken at its word (I5). Ended by the refresh: the state says so already.
    if (!isAuthError(error)) core.diagnose('refresh-stuck', 'backend.verify failed; the stored session is trusted.');
  }
}
