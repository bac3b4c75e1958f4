const TABS = 'src/session/tabs.ts';
const RECONCILE = 'src/session/reconcile.ts';
const ENGINE = 'src/session/create-engine.ts';
const LEASE = 'src/platform/lease.ts';

/** What tabs tell each other, and how they wait for each other, is kept right by. */
export const guards = [
  {
    file: TABS,
    find: 'if (!isJsonObject(received) || received.version !== RECORD_VERSION) return;',
    replace: 'if (!isJsonObject(received)) return;',
    why: 'messages of another version are not understood (V1)',
  },
  {
    file: TABS,
    find: 'if (record?.sessionId !== sessionId || !(',
    replace: 'if (!record || !(',
    why: 'a record is given only of the session that was asked for (EVT-5)',
  },
  {
    file: TABS,
    find: '!(record.generation >= generation)) return;',
    replace: 'false) return;',
    why: 'an older record than was asked for is not given',
  },
  {
    file: TABS,
    find: 'if (record?.sessionId !== sessionId || record.generation < generation) return;',
    replace: 'if (!record) return;',
    why: 'what is given is looked at before it is used (EVT-4)',
  },
  {
    file: TABS,
    find: 'if (core.stopAsking === giveUp) void core.look();',
    replace: '',
    why: 'what a busy tab hands over late is not lost on the one that asked (L8)',
  },
  {
    file: 'src/session/catch-up.ts',
    find: '{ generation, tab }, isLast ? LAST_ASK_LIMIT : undefined)',
    replace: '{ generation, tab })',
    why: 'nobody is signed out because the tab that has the newest record is busy for a moment (I5)',
  },
  {
    file: RECONCILE,
    find: 'core.dirty = dirty;\n  };',
    replace: '};',
    why: 'after a sleep no request goes out before the fence was read (OUT-6)',
  },
  {
    file: ENGINE,
    find: 'if (!held || core.dirty ||',
    replace: 'if (!held ||',
    why: 'a request sees that the page has slept (OUT-6)',
  },
  {
    file: RECONCILE,
    find: "(state.status === 'signed-out' && state.reason === 'user-switched')",
    replace: 'false',
    why: "a page that showed one user does not turn into another's (SES-4)",
  },
  {
    file: RECONCILE,
    find: 'isAskedAgain = true;\n    running ??=',
    replace: 'running ??=',
    why: 'what changes during a look is looked at after it (I13)',
  },
  {
    file: RECONCILE,
    find: 'if (epoch.over || core.epoch !== epoch || core.intent !== intent || core.held) return;\n  note',
    replace: 'note',
    why: 'whoever has signed in meanwhile follows nobody',
  },
  {
    file: LEASE,
    find: 'Math.max(clock.now() - taken.now, clock.monotonic() - taken.monotonic) + time <= LIFE',
    replace: 'true || taken.now + time < LIFE',
    why: 'whoever slept past its lease knows that it is not theirs any more (L5)',
    tests: ['test/platform/lease.test.ts', 'test/session', 'test/model/random-tabs.test.ts'],
  },
  {
    file: LEASE,
    find: 'if (monotonic < freeAt) {',
    replace: 'if (monotonic < freeAt - 30_000) {',
    why: 'nobody takes a lease before it is over (I1)',
    tests: ['test/platform/lease.test.ts', 'test/session', 'test/model/random-tabs.test.ts'],
  },
];
