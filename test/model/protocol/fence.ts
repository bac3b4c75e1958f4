import { breach } from './move.ts';
import type { Setting } from './setting.ts';
import { generationOf, type Rec, record, type Session, sessionAt, sessionOf, type Tab, type World } from './world.ts';

/** Whether the fence says that this session is signed in. */
export function isNamed(world: World, session: number, { store, rules }: Setting): boolean {
  if (session === 0) return false;
  if (store !== 'tab' || rules.head === 'names') return world.head === session;
  // A tab-scope head names nobody: a session lives while it has a row, and nobody signed out since it began.
  const { row, since } = sessionAt(world, session);
  return row > 0 && since === world.epoch;
}

/** The record that the fence names, for a session. */
export function namedRecord(world: World, session: number): Rec {
  return session === 0 ? 0 : record(session, sessionAt(world, session).row);
}

/** What the store shows to a tab. What a synchronous store of the origin shows may be old. */
export function shownTo(world: World, tab: Tab, { store }: Setting): Rec {
  return store === 'asynchronous' ? world.store : tab.view;
}

/** Whether the store shows what it holds. Bounded: an engine that waits for it (2 s at most) sees it in the end (S9). */
export function isCaughtUp(world: World, tab: Tab, { store }: Setting): boolean {
  return store !== 'synchronous' || tab.view === world.store;
}

/** Writes a record: here, and whether it may be written is the caller's transaction to know. */
export function save(world: World, tab: Tab, rec: Rec, setting: Setting): void {
  const before = setting.store === 'tab' ? tab.view : world.store;
  const session = sessionAt(world, sessionOf(rec));
  // What was stored of a session never gets older (I10).
  if (sessionOf(before) === sessionOf(rec) && before > rec) breach(world, 'I10');
  // An asynchronous store may hold for a moment what is taken back; a synchronous one never does (I3).
  if (session.isOver && setting.store !== 'asynchronous') breach(world, 'I3');
  if (!session.isOver) session.known = Math.max(session.known, generationOf(rec));
  write(world, tab, rec, setting);
}

/** Empties the store, whatever it shows. */
export function clear(world: World, tab: Tab, setting: Setting): void {
  write(world, tab, 0, setting);
}

function write(world: World, tab: Tab, rec: Rec, { store }: Setting): void {
  if (store !== 'tab') world.store = rec;
  if (store !== 'asynchronous') tab.view = rec;
}

/** A tab takes a record into use: of a session that is over it never may (I3). */
export function hold(world: World, tab: Tab, rec: Rec): void {
  const session = sessionAt(world, sessionOf(rec));
  if (session.isOver) breach(world, 'I3');
  else session.known = Math.max(session.known, generationOf(rec));
  tab.held = rec;
}

/** The commit's word in the fence: the next generation, no attempt open (I10). */
export function commitRow(session: Session, generation: number): void {
  session.row = generation;
  session.isOpen = false;
}

/** A session is over: whatever comes of it from now on is late. */
export function close(world: World, number: number, { credential, store }: Setting): void {
  if (number === 0) return;
  const session = sessionAt(world, number);
  session.row = 0;
  session.isOpen = false;
  session.isOver = true;
  session.isUnknown = false;
  session.isLost = false;
  session.known = 0;
  session.since = 0;
  // The tokens are revoked. A cookie lives on until it is logged out; a tab revokes its own session, not the others'.
  if (credential === 'record' && store !== 'tab') revoke(session);
}

/** The server forgets a session, all of it. */
export function revoke(session: Session): void {
  session.isRevoked = true;
  if (session.isOver) session.newest = 0;
}

/** Who is signed in changes: one more epoch, in the transaction that writes the store, too (I3). */
export function changeHead(world: World, to: number): void {
  world.epoch += 1;
  world.head = to;
}

/** A tab that can be asked for this record, if there is one. */
export function siblingWith(world: World, tab: Tab, rec: Rec): Tab | undefined {
  return world.tabs.find((other) => other !== tab && other.page === 'running' && other.held === rec);
}

/** Whether nobody is under the lock; the sessions of a tab-scope store have one each (I1). */
export function isLockFree(world: World, session: number, { store }: Setting): boolean {
  const isElsewhere = (other: Tab): boolean => store === 'tab' && sessionOf(other.token) !== session;
  return !world.isLeased && world.tabs.every((other) => !other.hasLock || isElsewhere(other));
}

/**
 * Whether the store shows the successor of what the fence names, saved by a page that died before it was counted. Only
 * known under the lock: an asynchronous store shows it in each commit, and a tab may be about to send the old one (I2).
 */
export function isSavedOnly(world: World, tab: Tab, session: number, setting: Setting): boolean {
  return (
    isNamed(world, session, setting) &&
    sessionAt(world, session).isOpen &&
    shownTo(world, tab, setting) === namedRecord(world, session) + 1
  );
}

/** Whether a request of a page that is gone may still be answered. */
export function isUnsettled(world: World, session: number): boolean {
  return world.orphans.some(({ wire }) => session === 0 || sessionOf(wire) === session);
}

/** Who holds a record cannot be asked for it any more: a duplicated tab has no other place to get it from (C41). */
export function loseCopies(world: World, tab: Tab, setting: Setting): void {
  const session = sessionOf(tab.held);
  if (setting.store !== 'tab' || !isNamed(world, session, setting)) return;
  const isOnly = tab.held === namedRecord(world, session) && siblingWith(world, tab, tab.held) === undefined;
  if (isOnly) sessionAt(world, session).isLost = true;
}

/** handOver: a sibling gives away the record that the fence names. A tab-scope store is brought up to date with it (C41). */
export function handOver(world: World, tab: Tab, setting: Setting): void {
  const session = sessionOf(tab.token || tab.held || tab.view);
  hold(world, tab, namedRecord(world, setting.store === 'tab' ? session : world.head));
  if (setting.store === 'tab') save(world, tab, tab.held, setting);
}

/** A lease may have run out under a page that was frozen; it fences itself (I1). The platform's lock never does. */
export function mayGoOn(tab: Tab, { lock }: Setting): boolean {
  return lock !== 'lease' || tab.hasLock;
}

/**
 * Whether the store of the session that a tab holds was emptied, and is not merely late: apps log out by clearing storage
 * (S4). Not for want of a save that is still to come: only who has seen its session there can miss it.
 */
export function isEmptied(world: World, tab: Tab, setting: Setting): boolean {
  return (
    setting.store !== 'tab' &&
    tab.held !== 0 &&
    tab.held === namedRecord(world, world.head) &&
    shownTo(world, tab, setting) === 0 &&
    isCaughtUp(world, tab, setting) &&
    world.tabs.every(({ job }) => job === 'none' || setting.store !== 'asynchronous')
  );
}
