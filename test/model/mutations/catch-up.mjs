const CATCH_UP = 'src/session/catch-up.ts';
const OWN_COPY = 'src/session/own-copy.ts';
const FACTS = 'src/session/facts.ts';
const RESTORE = 'src/session/restore.ts';

/** What a tab that looks at the fence, and at the store, is kept right by. */
export const guards = [
  {
    file: CATCH_UP,
    find: 'core.held?.record !== mine ? (core.held as Held) : settle()',
    replace: 'false ? (core.held as Held) : settle()',
    why: 'a look that began before a sign-in of the same user does not undo it',
  },
  {
    file: CATCH_UP,
    find: 'const saved = isLocked ? await settleAttempt(core, mine, facts) : undefined;',
    replace: 'const saved = undefined as SessionRecord | undefined;\n  void settleAttempt;',
    why: 'an open attempt is dealt with before anything else (ROT-3)',
  },
  {
    file: CATCH_UP,
    find: 'if (isUnknown(core, facts)) return undefined;\n  }\n  if (!isNamed',
    replace: '}\n  if (!isNamed',
    why: 'what is not known has not ended (I5)',
  },
  {
    file: CATCH_UP,
    find: "if (mine.subject === undefined || head?.subject !== mine.subject) return finishLater(core, epoch, 'user-switched');",
    replace: '',
    why: "another user's tokens are never taken up (SES-4)",
  },
  {
    file: CATCH_UP,
    find: 'if (generation > mine.generation) {\n    const isLast',
    replace: 'if (generation) {\n    const isLast',
    why: 'only what is newer is adopted',
  },
  {
    file: CATCH_UP,
    find: 'const isGone = await staysEmpty(core);',
    replace: 'const isGone = true;\n    void staysEmpty;',
    why: 'a store that is empty for a moment is no end (I5)',
  },
  {
    file: CATCH_UP,
    find: 'if (isBehind) await saveAgain(core, mine);',
    replace: 'void isBehind;\n  void saveAgain;',
    why: 'what the fence names is put back into the store (I13)',
  },
  {
    file: OWN_COPY,
    find: 'const isNewest = isNamed(core, mine, facts) && facts.row?.generation === mine.generation;',
    replace: 'const isNewest = true;',
    why: 'only what the fence names is saved again (I3)',
  },
  {
    file: OWN_COPY,
    find: 'if (isNewest && !facts.row?.attempt &&',
    replace: 'if (isNewest &&',
    why: 'nothing is saved again while an attempt is open',
  },
  {
    file: OWN_COPY,
    find: '&& keeper.now?.load().record) keeper.now.save(mine);',
    replace: ') keeper.now?.save(mine);',
    why: 'nothing is saved again over an empty store (S4)',
  },
  {
    file: OWN_COPY,
    find: 'if (isNobody || (isThis && !isNamed(core, record, facts))) keeper.now?.clear();',
    replace: 'keeper.now?.clear();\n    void [isNobody, isThis];',
    why: 'only what nobody can have written since is removed',
  },
  {
    file: OWN_COPY,
    find: 'if (isNobody || (isThis && !isNamed(core, record, facts))) keeper.now?.clear();',
    replace: 'void [isNobody, isThis];',
    why: 'what the fence does not name is removed on sight (I3)',
  },
  {
    file: FACTS,
    find: "if (scope === 'origin') return !!record && head?.sessionId === record.sessionId;",
    replace: "if (scope === 'origin') return !!record;",
    why: 'a session is what the head names (I3)',
  },
  {
    file: FACTS,
    find: 'return !!row && !row.ended && row.epoch === epochOf(head);',
    replace: 'return !!row && !row.ended;',
    why: 'a sign-out ends the sessions of all tabs of the name',
  },
  {
    file: RESTORE,
    find: 'if (shown?.sessionId === sessionId && shown.generation >= row.generation) {',
    replace: 'if (shown?.sessionId === sessionId) {',
    why: 'a page does not begin with what is older than the fence says (I2)',
  },
];
