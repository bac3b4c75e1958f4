const SIGN_IN = 'src/session/sign-in.ts';
const SIGN_OUT = 'src/session/sign-out.ts';
const ENDING = 'src/session/ending.ts';
const UNDER_LOCK = 'src/session/store-under-lock.ts';

/** What the beginnings and the ends of a session are kept right by. */
export const guards = [
  {
    file: SIGN_IN,
    find: 'if (!isDone && (intent.over || !isValid(facts))) return false;',
    replace: 'if (!isDone && !isValid(facts)) return false;',
    why: 'a sign-in that was overtaken is not written (OUT-10)',
  },
  {
    file: SIGN_IN,
    find: 'if (!isDone && (intent.over || !isValid(facts))) return false;',
    replace: 'if (intent.over || !isValid(facts)) return false;',
    why: 'a sign-in whose transaction runs twice knows its own session',
  },
  {
    file: SIGN_IN,
    find: 'if (current && !isSameUser) turn(core, new SessionChangedError());',
    replace: '',
    why: 'requests of the user before are over with the next (SES-1)',
  },
  {
    file: SIGN_OUT,
    find: 'keeper.now?.clear(true);\n    writeEnd(core, facts,',
    replace: 'writeEnd(core, facts,',
    why: 'the store is emptied in the transaction of the sign-out, whatever it shows (I3)',
  },
  {
    file: SIGN_OUT,
    find: "writeEnd(core, facts, 'user', everywhere);",
    replace: "writeEnd(core, facts, 'user');",
    why: 'a sign-out of all devices is one, whoever sends it',
  },
  {
    file: SIGN_OUT,
    find: 'announce(core);',
    replace: '',
    why: 'a sign-out is told to the other tabs (OUT-6)',
  },
  {
    file: ENDING,
    find: 'if (epoch.over || !isNamed(core, record, facts) || !isNewest) return undefined;',
    replace: 'if (epoch.over || !isNewest) return undefined;',
    why: 'nobody ends a session that is not theirs any more (I5)',
  },
  {
    file: ENDING,
    find: '|| !isNewest) return undefined;',
    replace: ') return undefined;\n    void isNewest;',
    why: 'nobody ends a session of which there is a newer token (I5)',
  },
  {
    file: ENDING,
    find: 'if (epoch.over) return;\n  const wasSignedIn',
    replace: 'const wasSignedIn',
    why: 'a session ends once (EVT-2)',
  },
  {
    file: UNDER_LOCK,
    find: 'if (!isNamed(core, shown, await readFacts(core, shown))) await keeper.clear();',
    replace: 'await keeper.clear();\n    void shown;',
    why: 'an asynchronous store is cleared only of what the fence does not name',
  },
  {
    file: UNDER_LOCK,
    find: '(isNamed(core, record, facts) || isUnknown(core, facts)) && isNewest',
    replace: 'isNewest',
    why: 'an asynchronous store is given only what the fence names (I3)',
  },
  {
    file: UNDER_LOCK,
    find: '(facts.row?.generation ?? 0) <= record.generation && !facts.row?.attempt;',
    replace: 'true;',
    why: 'an asynchronous store is not set back to an older generation (I10)',
  },
];
