import {
  changeHead,
  clear,
  close,
  commitRow,
  handOver,
  hold,
  isCaughtUp,
  isLockFree,
  isNamed,
  isSavedOnly,
  loseCopies,
  namedRecord,
  save,
  shownTo,
  siblingWith,
} from './fence.ts';
import { breach, finish, type Move } from './move.ts';
import { oweLogOut } from './refresh.ts';
import type { Setting } from './setting.ts';
import { generationOf, newSession, type Rec, record, sessionAt, sessionOf, type Tab, type World } from './world.ts';

/** How a session begins, ends, and comes back with a page. Cookies sign in under the lock: see `cookie.ts`. */
export const sessionMoves: readonly Move[] = [
  {
    // The epoch is noted before the server is asked: whatever ends or begins meanwhile overtakes it (OUT-10).
    name: 'ask to sign in',
    by: 'user',
    where: { credential: 'record' },
    when: (world, tab) => world.signIns > 0 && tab.page === 'running' && !tab.isSigning && tab.job === 'none',
    change(world, tab) {
      world.signIns -= 1;
      tab.isSigning = true;
      tab.since = world.epoch;
    },
  },
  {
    // One transaction: the head names the new session, its row begins, the store shows it (I3, I10). Overtaken: nothing
    // is written, and the new tokens are revoked.
    name: 'signIn',
    by: 'engine',
    where: { credential: 'record' },
    when: (_, tab) => tab.page === 'running' && tab.isSigning && tab.job === 'none',
    change(world, tab, setting) {
      const isOvertaken = tab.since !== world.epoch;
      tab.isSigning = false;
      tab.since = 0;
      if (isOvertaken && setting.rules.overtakes === 'anybody') return;
      // Begun before a sign-out, committed after it (I3).
      if (isOvertaken && world.head === 0) breach(world, 'I3');
      loseCopies(world, tab, setting);
      const rec = beginSession(world, setting);
      if (setting.store === 'asynchronous') {
        // Saved as soon as the lock can be had.
        tab.job = 'save';
        tab.keep = rec;
      } else save(world, tab, rec, setting);
      hold(world, tab, rec);
    },
  },
  {
    // Never waits for anything: this tab forgets, and in one transaction the head names nobody and the store is emptied,
    // whatever it shows (I3). Ends whoever is signed in; in a tab-scope store every tab of the name.
    name: 'signOut',
    by: 'user',
    when: (world, tab) =>
      world.signOuts > 0 && tab.page === 'running' && (tab.held !== 0 || tab.isSigning || tab.errand === 'sign-in'),
    change(world, tab, setting) {
      const expected = tab.held;
      world.signOuts -= 1;
      leaveSession(world, tab, setting);
      if (setting.store === 'asynchronous') {
        tab.owes = true;
        if (setting.rules.tidies === 'at once' && tab.job === 'none') tab.job = 'look';
      }
      // Another page's commit may have come in between, and the store may show it late: nothing is expected (I3).
      else if (setting.rules.clears === 'everything' || tab.view === expected) clear(world, tab, setting);
    },
  },
  {
    // What a page that is loaded takes for its session is decided by the fence, never by what the store shows.
    name: 'restore',
    by: 'engine',
    when: (world, tab, setting) => tab.page === 'loading' && tab.at === 'idle' && isReadable(world, tab, setting),
    change: restore,
  },
];

/** The head names a new session, and the one that it replaces is over. */
export function beginSession(world: World, setting: Setting): Rec {
  world.born += 1;
  world.sessions.push(newSession(setting.store === 'tab' ? world.epoch : 0, 1));
  // A tab-scope head does not name anybody, or a sign-in here would end the session of every other tab (I5).
  if (setting.store === 'tab' && setting.rules.head === 'counts') return record(world.born, 1);
  if (setting.store !== 'tab') close(world, world.head, setting);
  changeHead(world, world.born);
  return record(world.born, 1);
}

/** The fence's part of a sign-out, and the tab's. */
export function leaveSession(world: World, tab: Tab, setting: Setting): void {
  tab.held = 0;
  tab.isSigning = false;
  if (tab.at === 'idle') tab.since = 0;
  if (setting.store === 'tab') {
    for (let number = 1; number <= world.born; number += 1) {
      if (isNamed(world, number, setting)) close(world, number, setting);
    }
  } else close(world, world.head, setting);
  changeHead(world, 0);
  if (setting.credential === 'cookie') oweLogOut(world, tab, setting);
}

/** Whether a page that loads can tell what to do: a store that shows neither may still catch up. */
function isReadable(world: World, tab: Tab, setting: Setting): boolean {
  if (setting.credential === 'cookie' && world.pending !== 'none') return false;
  const shown = shownTo(world, tab, setting);
  if (setting.rules.unnamed === 'is trusted' && shown !== 0) return true;
  const session = setting.store === 'tab' ? sessionOf(shown) : world.head;
  if (!isNamed(world, session, setting) || shown === namedRecord(world, session)) return true;
  if (!isCaughtUp(world, tab, setting)) return setting.rules.deletes === 'on sight' && sessionOf(shown) !== session;
  return isLockFree(world, session, setting);
}

function restore(world: World, tab: Tab, setting: Setting): void {
  const { rules, store } = setting;
  const shown = shownTo(world, tab, setting);
  const session = store === 'tab' ? sessionOf(shown) : world.head;
  const named = namedRecord(world, session);
  tab.page = 'running';
  // Between a sign-out and what it clears the store still shows a record: it is nothing (I3).
  if (rules.unnamed === 'is trusted' && shown !== 0) hold(world, tab, shown);
  else if (!isNamed(world, session, setting)) forgetUnnamed(world, tab, setting);
  else if (shown === named) hold(world, tab, shown);
  else if (isSavedOnly(world, tab, session, setting)) {
    // A page died between save and commit: what it saved is the newest (I2).
    commitRow(sessionAt(world, session), generationOf(shown));
    hold(world, tab, shown);
  } else if (siblingWith(world, tab, named)) handOver(world, tab, setting);
  else {
    // The fence is ahead, and there is no copy anywhere: signed out, and no old token is sent (I2). The fence stays.
    if (!sessionAt(world, session).isLost) breach(world, 'I5');
    if (store === 'tab' || (rules.deletes === 'on sight' && shown !== 0)) clear(world, tab, setting);
  }
}

/** Nobody is signed in, so nothing that the store shows can be somebody's: it is deleted on sight (I3). */
function forgetUnnamed(world: World, tab: Tab, setting: Setting): void {
  finish(tab);
  if (setting.store === 'asynchronous') {
    tab.owes = world.store !== 0;
  } else if (tab.view !== 0) clear(world, tab, setting);
}
