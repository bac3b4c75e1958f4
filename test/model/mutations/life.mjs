const ATTEMPT = 'src/session/attempt.ts';
const LIMITS = 'src/session/limits.ts';
const PROFILE = 'src/session/profile.ts';
const REFRESHER = 'src/session/refresher.ts';

/** What a session that lives through outages, limits and other users is kept right by. */
export const guards = [
  {
    file: ATTEMPT,
    find: 'const retryAfter = holdOf(row.breaker, now);',
    replace: 'const retryAfter = 0 * now;\n    void holdOf;',
    why: 'no tab asks again before it may (C26, HRD-4)',
  },
  {
    file: ATTEMPT,
    find: 'const breaker = failure\n',
    replace: 'const breaker = failure && !row\n',
    why: 'a failure is written down for all tabs (HRD-3)',
  },
  {
    file: 'src/session/breaker.ts',
    find: 'if (!isLoop(row)) return { refusals: row };',
    replace: 'if (isLoop(0) || row) return { refusals: row };',
    why: 'a server that refuses each new token does not get one after the other (ROT-11)',
  },
  {
    file: REFRESHER,
    find: 'if (!core.isOnline()) throw',
    replace: 'if (core.isOnline() === undefined) throw',
    why: 'nothing is sent while the device is offline (C29)',
  },
  {
    file: 'src/session/commit.ts',
    find: '      activeAt: row.activeAt,\n',
    replace: '',
    why: 'a refresh forgets nothing of what the user did (C43)',
  },
  {
    file: 'src/session/schedule.ts',
    find: 'if (held && core.held === held && core.isVisible())',
    replace: 'if (held && core.held === held)',
    why: 'no timer refreshes in a page that nobody looks at (HRD-9)',
  },
  {
    file: 'src/session/refresh-through.ts',
    find: 'if (epoch.over || !isWanted()) throw epoch.over ?? error;',
    replace: '',
    why: 'when nobody waits any more, nothing more is sent (HRD-2)',
  },
  {
    file: 'src/session/refresh-through.ts',
    find: 'wait > core.patience',
    replace: 'wait === Number.NEGATIVE_INFINITY',
    why: 'a wait that nobody can wait through is told at once',
  },
  {
    file: LIMITS,
    find: 'core.activeAt = Math.max(core.activeAt, row?.activeAt ?? 0);',
    replace: 'void row;',
    why: 'what the user does in another tab counts (C43)',
  },
  {
    file: LIMITS,
    find: 'if (now >= limitAt) void core.checkLimits();\n    else if',
    replace: 'void limitAt;\n    if',
    why: 'a user who comes back too late is not brought back by a click',
  },
  {
    file: 'src/session/deadline.ts',
    find: 'return next && core.clock.now() >= next.at ? next.cause : undefined;',
    replace: 'return next && undefined;',
    why: 'a limit that passed while no page was open counts at the next load (C43)',
  },
  {
    file: 'src/session/create-engine.ts',
    find: 'if (clock.now() >= core.limitAt) await core.checkLimits();',
    replace: '',
    why: 'a limit holds at the request, however late the timer is (T1)',
  },
  {
    file: PROFILE,
    find: 'return !controller.signal.aborted && core.held?.record.sessionId === sessionId;',
    replace: 'return true;',
    why: 'nobody is shown with the profile of the user before',
  },
  {
    file: 'src/session/holder.ts',
    find: '  epoch.controller?.abort(over);\n',
    replace: '',
    why: 'what is under way is stopped with its session (OUT-1)',
  },
];
