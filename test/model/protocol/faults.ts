import { clear, close, isNamed, loseCopies, namedRecord, save } from './fence.ts';
import { finish, isAwake, type Move } from './move.ts';
import { isAnswered, isOurs, successorOf } from './refresh.ts';
import { kindOf } from './server.ts';
import type { Setting } from './setting.ts';
import { newSession, record, sessionAt, sessionOf, type Tab, type World } from './world.ts';

/** What goes wrong. Each costs one of the faults that a setting allows; what it takes from everybody is noted. */
export const faults: readonly Move[] = [
  {
    name: 'crash',
    by: 'fault',
    when: (_, tab) => tab.page !== 'gone',
    change: (world, tab, setting) => leavePage(world, tab, 'gone', setting),
  },
  {
    name: 'reload',
    by: 'fault',
    when: (_, tab) => tab.page === 'running' || tab.page === 'frozen',
    change: (world, tab, setting) => leavePage(world, tab, 'loading', setting),
  },
  {
    // The store is written, the transaction is not complete: the newest token is in the store, and nowhere else.
    name: 'crash between save and commit',
    by: 'fault',
    when: (world, tab, setting) =>
      isAnswered(tab, setting) && setting.store !== 'asynchronous' && isOurs(world, tab, setting),
    change(world, tab, setting) {
      // In a tab-scope store nobody else can look for it.
      if (setting.store === 'tab') {
        tab.view = successorOf(tab);
        loseAnswer(world, tab.view);
      } else save(world, tab, successorOf(tab), setting);
      tab.request = 'none';
      leavePage(world, tab, setting.store === 'tab' ? 'loading' : 'gone', setting);
    },
  },
  {
    // The record of the session that was to be replaced is overwritten, by one that nobody will ever name.
    name: 'crash inside a sign-in',
    by: 'fault',
    where: { store: 'synchronous' },
    when: (world, tab) => tab.isSigning && tab.page === 'running' && tab.since === world.epoch,
    change(world, tab, setting) {
      world.born += 1;
      world.sessions.push(newSession(0, 1));
      loseRecord(world);
      save(world, tab, record(world.born, 1), setting);
      close(world, world.born, setting);
      world.isLittered = true;
      leavePage(world, tab, 'gone', setting);
    },
  },
  {
    name: 'crash inside a sign-in, cookie',
    by: 'fault',
    where: { credential: 'cookie' },
    when: (world, tab) =>
      isAwake(tab) &&
      tab.errand === 'sign-in' &&
      tab.request === 'arrived' &&
      tab.at === 'sent' &&
      tab.since === world.epoch,
    change(world, tab, setting) {
      loseRecord(world);
      save(world, tab, record(sessionOf(tab.wire), 1), setting);
      world.isLittered = true;
      leavePage(world, tab, 'gone', setting);
    },
  },
  {
    name: 'crash inside a sign-out',
    by: 'fault',
    where: { store: 'synchronous' },
    when: (world, tab) => world.signOuts > 0 && tab.page === 'running' && world.head !== 0,
    change(world, tab, setting) {
      world.signOuts -= 1;
      clear(world, tab, setting);
      sessionAt(world, world.head).isLost = true;
      leavePage(world, tab, 'gone', setting);
    },
  },
  {
    // A page that does not run. Where nothing is under way, that is no more than a page that does nothing.
    name: 'freeze',
    by: 'fault',
    when: (_, tab) => tab.page === 'running' && (tab.at !== 'idle' || tab.isSigning || tab.job !== 'none'),
    change(world, tab, setting) {
      tab.page = 'frozen';
      loseCopies(world, tab, setting);
      loseUnsaved(world, tab, setting);
    },
  },
  {
    name: 'lost request',
    by: 'fault',
    when: (_, tab) => tab.request === 'sent',
    change(_, tab) {
      tab.request = 'lost';
      tab.wire = 0;
    },
  },
  {
    name: 'lost response',
    by: 'fault',
    when: (_, tab) => tab.request === 'granted',
    change(world, tab) {
      loseAnswer(world, tab.wire);
      tab.request = 'lost';
      tab.wire = 0;
    },
  },
  {
    name: '503',
    by: 'fault',
    when: (_, tab) => tab.request === 'sent',
    change(_, tab) {
      tab.request = 'unavailable';
      tab.wire = 0;
    },
  },
  {
    // The jar of this process is behind: the cookie before the last is sent (measured for document.cookie).
    name: 'stale cookie',
    by: 'fault',
    where: { credential: 'cookie' },
    when: (world, tab) =>
      isAwake(tab) &&
      tab.at === 'opened' &&
      sessionOf(tab.held) === sessionOf(tab.token) &&
      sessionOf(world.jarBefore) === sessionOf(world.jar),
    change(world, tab) {
      loseAnswer(world, world.jar);
      tab.request = 'sent';
      tab.wire = world.jarBefore;
      tab.at = 'sent';
    },
  },
  {
    // Behind for longer than anybody waits: this tab cannot get the record that the fence names.
    name: 'stale store, for too long',
    by: 'fault',
    where: { store: 'synchronous' },
    when: (world, tab) =>
      tab.at === 'inside' &&
      tab.errand === 'refresh' &&
      tab.view !== world.store &&
      world.head === sessionOf(tab.token) &&
      tab.token < namedRecord(world, world.head) &&
      !sessionAt(world, world.head).isOpen,
    change(_, tab) {
      // It stops there: no old token is sent, and the fence stays as it is (I2).
      tab.held = 0;
      finish(tab);
    },
  },
];

/** Closes or reloads a page: its memory and its turn are gone, its request is not. */
function leavePage(world: World, tab: Tab, page: 'gone' | 'loading', setting: Setting): void {
  const { errand, request, wire, at, job } = tab;
  loseCopies(world, tab, setting);
  if (setting.lock === 'lease' && tab.hasLock) world.isLeased = true;
  const kind = kindOf(tab);
  if (request === 'sent' || (request === 'granted' && setting.credential === 'cookie')) {
    // A record's other requests do not outlive what they are for.
    if (errand !== 'none') world.orphans.push({ errand: kind, request, wire });
  } else if (request === 'granted' && at === 'sent') loseAnswer(world, wire);
  loseUnsaved(world, tab, setting);
  // The clearing that a sign-out left to be done is left to the next page that loads.
  if (tab.owes || job !== 'none' || at === 'tidying' || at === 'saved') world.isLittered = true;
  tab.isSigning = false;
  finish(tab);
  tab.page = page;
  tab.held = 0;
  tab.owes = false;
  tab.job = 'none';
  tab.keep = 0;
  if (page === 'gone') tab.view = 0;
}

/** The record in the store is about to be overwritten by one that nobody will ever name. */
function loseRecord(world: World): void {
  if (world.head === 0) return;
  const session = sessionAt(world, world.head);
  session.isLost = true;
  // If it was the successor, saved by a page that died, then nobody knows that any more.
  if (world.store !== namedRecord(world, world.head) + 1) return;
  session.known = session.row;
  session.isUnknown = true;
}

/** The newest token of a session is with nobody: the server's no is to be expected, but for a grace (I4, I5). */
function loseAnswer(world: World, wire: number): void {
  const session = sessionAt(world, sessionOf(wire));
  if (wire !== 0 && !session.isOver) session.isUnknown = true;
}

/** A sign-in that an asynchronous store does not have yet is with nobody else. */
function loseUnsaved(world: World, { job, keep }: Tab, setting: Setting): void {
  const isUnsaved = job === 'save' || job === 'saving';
  if (isUnsaved && isNamed(world, sessionOf(keep), setting)) sessionAt(world, sessionOf(keep)).isLost = true;
}
