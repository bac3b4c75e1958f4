import type { SessionRecord } from '../token/session-record.ts';
import { type Core, setState } from './core.ts';
import { type Deadline, endsAtOf, nextDeadline } from './deadline.ts';
import { end } from './ending.ts';
import { addToFence, changeFacts, isNamed, readFacts } from './facts.ts';
import { revoke } from './revoke.ts';
import { announce } from './tabs.ts';

/** What the user does is written down for the other tabs no more often than this part of the time-out. */
const WRITTEN = 1 / 20;

/**
 * Ends the session when the user has been away, or signed in, for too long, and tells of it a moment before (C43). The
 * clock is looked at when a timer fires, when the page wakes up, and at each request: a late timer is no loophole.
 */
export function watchLimits(core: Core): void {
  const { clock, events, idleTimeout, maxAge, onActivity, undo } = core;
  if (idleTimeout === undefined && maxAge === undefined) return;
  let stopTimer = (): void => {};

  core.checkLimits = () => check().catch(() => {});
  core.noteActivity = () => {
    const { held, limitAt } = core;
    if (!held || idleTimeout === undefined) return;
    const now = clock.now();
    const away = now - core.activeAt;
    // Back after too long: that is not undone by moving the mouse.
    if (now >= limitAt) void core.checkLimits();
    else if (Math.abs(away) >= idleTimeout * WRITTEN) {
      core.activeAt = now;
      void write(core, held.record).then(core.checkLimits, () => {});
    }
  };
  events.on('news', () => void core.checkLimits());
  if (idleTimeout !== undefined) undo.add(onActivity(core.noteActivity));
  undo.add(() => stopTimer());

  async function check(): Promise<void> {
    const { held } = core;
    stopTimer();
    if (!held) return tell(undefined);
    // In another tab the user may be busy.
    const { row } = await readFacts(core, held.record);
    if (core.held !== held) return;
    core.activeAt = Math.max(core.activeAt, row?.activeAt ?? 0);
    const next = nextDeadline(core, held.record);
    if (!next) return;
    const now = clock.now();
    core.limitAt = next.at;
    if (now >= next.at) return await reach(next);
    const isDue = now >= next.noticeAt;
    tell(isDue ? next : undefined);
    stopTimer();
    stopTimer = clock.setTimer(core.checkLimits, (isDue ? next.at : next.noticeAt) - now);
  }

  async function reach({ cause }: Deadline): Promise<void> {
    const { epoch, held } = core;
    if (!held) return;
    // Where somebody has cleared the browser's databases, the fence has nothing that could end.
    await addToFence(core, held.record);
    await end(core, epoch, held, cause);
    // A cookie was logged out with its end.
    if (epoch.over && core.backend.credential !== 'cookie') void revoke(core, held.record);
  }

  function tell(next: Deadline | undefined): void {
    const { held, state, toldOf } = core;
    // Nobody could be told before the session is restored.
    if (state.status === 'restoring') return;
    if (toldOf?.at === next?.at && toldOf?.cause === next?.cause) return;
    core.toldOf = next;
    if (!held || state.status !== 'signed-in') return;
    setState(core, { ...state, endsAt: endsAtOf(core, held) });
    if (next) events.emit('expiring', { cause: next.cause, at: next.at });
  }
}

/** Lets the other tabs know that the user is there: those that have told of an end take it back. */
async function write(core: Core, record: SessionRecord): Promise<void> {
  const { activeAt, toldOf } = core;
  await changeFacts(core, record, (facts) => {
    const { row } = facts;
    if (row && isNamed(core, record, facts)) facts.row = { ...row, activeAt };
  });
  if (toldOf) announce(core);
}
