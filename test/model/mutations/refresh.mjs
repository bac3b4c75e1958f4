const REFRESHER = 'src/session/refresher.ts';
const COMMIT = 'src/session/commit.ts';
const RENEW = 'src/session/renew.ts';
const ATTEMPT = 'src/session/attempt.ts';

/** What one refresh, and what is written down of it, is kept right by. */
export const guards = [
  {
    file: REFRESHER,
    find: 'const settle = await underLock(core, record, async (turn) => {',
    replace:
      'const settle = await (async (body: (turn: { wasContended: boolean; isMineFor(_: number): boolean }) => Promise<Settle | undefined>) => body({ wasContended: false, isMineFor: () => true }))(async (turn) => {',
    why: 'one tab at a time refreshes (I1)',
  },
  {
    file: REFRESHER,
    find: 'const settled = await catchUp(core, epoch, true);\n    isTaken = settled !== undefined;',
    replace: 'const settled = undefined as Settle | undefined;\n    isTaken = settled !== undefined;',
    why: 'the fence is read again under the lock (I2)',
  },
  {
    file: REFRESHER,
    find: 'const wasSent = await openAttempt(core, epoch, record);',
    replace: 'const wasSent = false;',
    why: 'an attempt is written down before its token is sent (ROT-4)',
  },
  {
    file: REFRESHER,
    find: "|| !turn.isMineFor(limitOf('refresh'))",
    replace: '',
    why: 'a lease that ran out under a frozen page is not used (L5)',
  },
  {
    file: COMMIT,
    find: 'if (!isCurrent()) return false;',
    replace: '',
    why: 'the commit asks for the epoch (I3)',
  },
  {
    file: COMMIT,
    find: 'if (!row || !isNamed(core, record, facts)) return false;',
    replace: 'if (!row) return false;',
    why: 'the commit asks for the session (I3)',
  },
  {
    file: COMMIT,
    find: 'if (isCleared && (!now || there?.sessionId === record.sessionId)) writeSession(core, record, facts);',
    replace: '',
    why: 'a fence that somebody cleared during a refresh has ended nothing (I5)',
  },
  {
    file: COMMIT,
    find: 'if (row.generation !== record.generation && !isOurs) return false;',
    replace: '',
    why: 'the commit compares the generation (I10)',
  },
  {
    file: COMMIT,
    find: 'const isOurs = row.generation === next.generation && row.tab === core.tab;',
    replace: 'const isOurs = false;',
    why: 'a commit that nobody heard of knows its own row',
  },
  {
    file: COMMIT,
    find: "if (isSaved && epoch.over?.code !== 'auth-unavailable') await keeper.clear();",
    replace: '',
    why: 'an asynchronous save that came to nothing is taken back (I3)',
  },
  {
    file: COMMIT,
    find: 'if (!ending) void discard(core, next);',
    replace: 'void discard;',
    why: 'what comes after the end of its session is revoked (OUT-4)',
  },
  {
    file: REFRESHER,
    find: 'await closeAttempt(core, record, true);\n    // Only now, and only if nobody else has a newer one (C28).\n    const settled = await catchUp(core, epoch, true);',
    replace: 'await closeAttempt(core, record, true);\n    const settled = undefined as Settle | undefined;',
    why: 'after a rejection it is asked whether somebody has a newer token (C28)',
  },
  {
    file: ATTEMPT,
    find: 'row.generation !== record.generation) return changed();',
    replace: 'false) return changed();',
    why: 'no attempt is opened for what is not the newest any more (I2)',
  },
  {
    file: ATTEMPT,
    find: 'if (epoch.over || !row || !isNamed(core, record, facts) ||',
    replace: 'if (!row ||',
    why: 'no attempt is opened for a session that is over (I3)',
  },
  {
    file: 'src/session/breaker.ts',
    find: 'return !breaker || isBefore ?',
    replace: 'return !breaker ?',
    why: 'a clock that was set back holds nobody for ever',
  },
  {
    file: ATTEMPT,
    find: '(row.attempt.tab !== tab || row.attempt.sentAt !== now)',
    replace: 'true',
    why: "an attempt of our own, run twice, is not somebody else's (ROT-12)",
  },
  {
    file: ATTEMPT,
    find: 'if (row?.attempt?.tab !== core.tab || row.generation !== record.generation) return row?.breaker;',
    replace: 'if (!row) return undefined;',
    why: 'nobody closes the attempt of another tab',
  },
  {
    file: ATTEMPT,
    find: 'if (sender !== tab && rest > 0) await pause(core, rest);',
    replace: '',
    why: 'a request of a page that died is given time to end (I4)',
  },
  {
    file: ATTEMPT,
    find: 'const saved = await storeShows(core, mine.sessionId, row.generation + 1, isLeft ? undefined : 0);',
    replace: 'const saved = undefined as SessionRecord | undefined;\n  void isLeft;\n  void storeShows;',
    why: 'what was saved by a page that died before the commit is committed',
  },
  {
    file: RENEW,
    find: '!!(await readFacts(core, record)).row?.attempt',
    replace: '!readFacts',
    why: 'a newer token that comes along does not hide a refresh that may still be answered (ROT-3)',
  },
  {
    file: RENEW,
    find: 'next.subject === record.subject && ',
    replace: '',
    why: 'nobody slides into the session of another user (SES-6)',
  },
  {
    file: RENEW,
    find: "if (dies && mayDie) return dies > mayDie && dateOf(given, 'iat') >= dateOf(mine, 'iat');",
    replace: 'if (dies && mayDie) return true;',
    why: 'an older token that comes along is not taken up (SES-6)',
  },
];
