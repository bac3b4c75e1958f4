import { clear, isNamed, isSavedOnly, namedRecord, save } from './fence.ts';
import { isAwake, type Move } from './move.ts';
import { discard, isAnswered, isCommittable, isOurs, settleCommit, successorOf } from './refresh.ts';
import { sessionOf } from './world.ts';

/**
 * A store whose writes take time cannot be written inside a transaction of the fence: it is written under the lock, the
 * fence is asked again afterwards, and what should not be there is taken back (OUT-4).
 */
export const asyncStoreMoves: readonly Move[] = [
  {
    name: 'commit: save first',
    by: 'engine',
    when: (_, tab, setting) =>
      isAnswered(tab, setting) && (setting.store === 'asynchronous' || setting.rules.saves === 'before it'),
    change(world, tab, setting) {
      if (!isCommittable(world, tab, setting)) return discard(world, tab, setting);
      tab.at = 'saved';
      if (setting.store === 'asynchronous') save(world, tab, successorOf(tab), setting);
    },
  },
  {
    // Compare and set: a sign-out did not wait for this (I3).
    name: 'commit: then compare and set',
    by: 'engine',
    when: (_, tab) => isAwake(tab) && tab.at === 'saved',
    change(world, tab, setting) {
      if (setting.store !== 'asynchronous') save(world, tab, successorOf(tab), setting);
      if (isOurs(world, tab, setting)) settleCommit(world, tab);
      else tab.at = 'tidying';
    },
  },
  {
    // Still under the lock: whoever signs in saves after this (I3, I5).
    name: 'commit: take back',
    by: 'engine',
    when: (_, tab) => isAwake(tab) && tab.at === 'tidying',
    change(world, tab, setting) {
      clear(world, tab, setting);
      discard(world, tab, setting);
    },
  },
  {
    // A sign-in is saved, a sign-out is cleared: each when its turn comes, and only if the fence still says so (I3, I10):
    // by then somebody may have refreshed what was signed in, or may have saved that and died.
    name: 'write under the lock',
    by: 'engine',
    where: { store: 'asynchronous' },
    when: (world, tab) =>
      tab.page === 'running' &&
      (tab.job === 'save' || (tab.job === 'none' && tab.owes)) &&
      world.tabs.every(({ hasLock }) => !hasLock),
    change(world, tab, setting) {
      const session = sessionOf(tab.keep);
      const isCurrent = tab.keep === namedRecord(world, session) && !isSavedOnly(world, tab, session, setting);
      const isNewest = setting.rules.keeps === 'the session' || isCurrent;
      if (tab.job === 'none') {
        tab.owes = false;
        if (world.head === 0) tab.job = 'clearing';
      } else if (isNamed(world, session, setting) && isNewest) tab.job = 'saving';
      else tab.job = 'none';
      tab.hasLock = tab.job !== 'none';
      if (tab.job !== 'saving') tab.keep = 0;
    },
  },
  {
    name: 'write is done',
    by: 'world',
    where: { store: 'asynchronous' },
    when: (_, tab) => tab.page === 'running' && (tab.job === 'saving' || tab.job === 'clearing'),
    change(world, tab, setting) {
      if (tab.job === 'saving') save(world, tab, tab.keep, setting);
      else clear(world, tab, setting);
      tab.hasLock = false;
      tab.job = 'none';
      tab.keep = 0;
    },
  },
  {
    // At once, and not under the lock: what was seen there is gone by the time that it is deleted (I5). A way to go wrong.
    name: 'look, then clear at once',
    by: 'engine',
    where: { store: 'asynchronous' },
    when: (_, tab) => tab.page === 'running' && (tab.job === 'look' || tab.job === 'seen'),
    change(world, tab, setting) {
      if (tab.job === 'look' && world.store !== 0 && sessionOf(world.store) !== world.head) {
        tab.job = 'seen';
        return;
      }
      if (tab.job === 'seen') clear(world, tab, setting);
      tab.job = 'none';
    },
  },
];
