import type { Unsubscribe } from '../platform/clock.ts';
import { adopt } from './adopt.ts';
import { catchUp } from './catch-up.ts';
import type { Core } from './core.ts';
import { expire } from './expire.ts';
import { isNamed, readFacts } from './facts.ts';
import { isUsable } from './holder.ts';
import { pause } from './pause.ts';
import { currentRecord } from './restore.ts';
import { underLock } from './store-under-lock.ts';
import { listen } from './tabs.ts';
import { note } from './trace.ts';

/** How long requests wait after a wake-up for the fence to be read again, in milliseconds. */
const DIRTY_LIMIT = 3000;

/** Looks into the fence whenever there is a hint that something has changed: a message, a write, a wake-up. */
export function watch(core: Core): void {
  const { name, onWake, store, undo } = core;
  const look = createReconcile(core);
  core.look = look;
  const lookFirst = (): void => {
    // For as long as a fence may take: a slow store may be waiting for its turn.
    const dirty = Promise.race([look(), pause(core, DIRTY_LIMIT)]).finally(() => {
      if (core.dirty === dirty) core.dirty = undefined;
    });
    core.dirty = dirty;
  };
  // What a restore has read may be old before it is used.
  listen(core, () => void (core.state.status === 'restoring' ? lookFirst() : look()));
  const sleep = onWake((wasOffline) => {
    note(core, 'woken');
    // A page that slept missed what it was told: its next request waits until it has caught up (OUT-6, OUT-7).
    lookFirst();
    core.events.emit('news', wasOffline ? 'online' : 'awake');
  });
  undo.add(sleep);
  try {
    const unsubscribe: unknown = store.subscribe?.(name, look);
    if (typeof unsubscribe === 'function') undo.add(unsubscribe as Unsubscribe);
  } catch {
    core.diagnose('store-failed', 'store.subscribe threw: changes by others go unseen.');
  }
}

/** Makes what is called while it runs run once more after it, and no more than once. */
function createReconcile(core: Core): () => Promise<void> {
  let running: Promise<void> | undefined;
  let isAskedAgain = false;
  async function run(): Promise<void> {
    await core.ready;
    do {
      isAskedAgain = false;
      await reconcile(core).catch(() => {});
    } while (isAskedAgain);
    running = undefined;
  }
  return () => {
    isAskedAgain = true;
    running ??= run();
    return running;
  };
}

/**
 * Brings this tab to what the fence says, whatever it has missed: idempotent, and called for every hint that there may
 * be something to see.
 */
async function reconcile(core: Core): Promise<void> {
  const { closed, epoch, keeper } = core;
  if (closed.signal.aborted) return;
  if (!core.held) return await follow(core);
  const look = (): ReturnType<typeof catchUp> => catchUp(core, epoch, false);
  // Our own writes to a slow store are seen, too: not in the middle of one.
  (await (keeper.now ? look() : underLock(core, core.held.record, look)))?.();
  const { held } = core;
  if (held && !held.isRenewable && !isUsable(held)) await expire(core, epoch, held);
  // The user may have come back in another tab.
  if (core.toldOf) await core.checkLimits();
}

/** Another tab has signed in, and this one shows its sign-in form. */
async function follow(core: Core): Promise<void> {
  const { epoch, intent, state } = core;
  // To a page that has just shown somebody else's data, a new user is shown by a new load (SES-4).
  if (core.scope === 'tab' || (state.status === 'signed-out' && state.reason === 'user-switched')) return;
  const record = await currentRecord(core, true);
  if (!record || !isNamed(core, record, await readFacts(core, record))) return;
  if (epoch.over || core.epoch !== epoch || core.intent !== intent || core.held) return;
  note(core, 'adopted', record.generation);
  adopt(core, record);
  if (core.state.status === 'signed-in') core.events.emit('signed-in', { user: core.state.user });
}
