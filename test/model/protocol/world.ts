import type { Errand, Job, Page, Request, Step } from './words.ts';
import { PAGES, REQUESTS, STEPS } from './words.ts';

/**
 * Everything that the protocol can tell apart, at one moment: the fence, the store, the cookie jar, the server, and each
 * tab. Moves change a copy of it; `keyOf` gives equal texts for equal worlds.
 */
export interface World {
  /** Head of the fence: counts sign-ins and sign-outs; in a tab-scope store sign-outs only. */
  epoch: number;
  /** Head of the fence: the session that is signed in, or 0. */
  head: number;
  /** Head of the fence, cookie credential: what was begun and is not known to have been answered. */
  pending: 'none' | 'sign-in' | 'sign-out';
  /** What the store of the origin holds; a tab may still see what was there before. */
  store: Rec;
  /** The cookie that the browser would send, and the one that it held before. */
  jar: Rec;
  jarBefore: Rec;
  /** How many sessions there were. */
  born: number;
  /** By number; 0 is never used. */
  sessions: Session[];
  /** Requests of pages that are gone. */
  orphans: Orphan[];
  /** Whether the lease is still that of a page that is gone. */
  isLeased: boolean;
  /** Whether a page died between a sign-in or sign-out and what that does to the store: a dead record may lie there. */
  isLittered: boolean;
  /** How many more may happen. */
  faults: number;
  signOuts: number;
  signIns: number;
  tabs: Tab[];
  /** The invariant that the last move broke. */
  breach: string | undefined;
}

/** One session: its row in the fence, the server's side, and what only the checker knows. */
export interface Session {
  /** Row: its newest generation by the fence, or 0. */
  row: number;
  /** Row: whether an attempt is open. */
  isOpen: boolean;
  /** Row, tab-scope store: the epoch in which it began. */
  since: number;
  /** Server: the newest refresh token that it gave. */
  newest: number;
  /** Server: whether the family is revoked. */
  isRevoked: boolean;
  /** Checker: the newest generation that a page, the store, the fence or the jar ever had (I2). */
  known: number;
  /** Checker: whether the user, a peer or the server ended it (I3). */
  isOver: boolean;
  /** Checker: whether a fault took the answer with the newest token from everybody: the server may say no (I4, I5). */
  isUnknown: boolean;
  /** Checker: whether a fault took the record from everybody who could be asked for it (I5). */
  isLost: boolean;
}

/** One tab, and the page in it. */
export interface Tab {
  page: Page;
  /** The record in use. */
  held: Rec;
  /** What the store shows to this tab: in a tab-scope store its own, else what it last heard of the origin's. */
  view: Rec;
  /** What it does under the lock, or waits to do: how far it is, and with which record it began. */
  errand: Errand;
  at: Step;
  token: Rec;
  hasLock: boolean;
  /** Whether the open attempt is the one that it opened. */
  isOpener: boolean;
  request: Request;
  /** What the request carries, and then what the answer carries. */
  wire: Rec;
  /** Whether a sign-in is under way, and the epoch in which a sign-in began. */
  isSigning: boolean;
  since: number;
  /** What a sign-out leaves to be done under the lock: to log out (cookie), to clear the store (asynchronous). */
  owes: boolean;
  /** Asynchronous store: what it is about to write, and what. */
  job: Job;
  keep: Rec;
}

/** A request that outlived its page. */
export interface Orphan {
  readonly errand: Errand;
  readonly request: 'sent' | 'granted';
  readonly wire: Rec;
}

/** A record, or a token: session and generation as one small number; 0 is none. */
export type Rec = number;

export function record(session: number, generation: number): Rec {
  return session * 8 + generation;
}

export function sessionOf(rec: Rec): number {
  return rec >> 3;
}

export function generationOf(rec: Rec): number {
  return rec & 7;
}

/** The session of that number; sessions are made in order, so it exists. */
export function sessionAt(world: World, number: number): Session {
  return world.sessions[number] as Session;
}

export function newSession(since: number, generation: number): Session {
  const nothing = { isOpen: false, isRevoked: false, isOver: false, isUnknown: false, isLost: false };
  return { ...nothing, row: generation, since, newest: generation, known: generation };
}

export function newTab(held: Rec, view: Rec): Tab {
  return {
    page: 'running',
    held,
    view,
    errand: 'none',
    at: 'idle',
    token: 0,
    hasLock: false,
    isOpener: false,
    request: 'none',
    wire: 0,
    isSigning: false,
    since: 0,
    owes: false,
    job: 'none',
    keep: 0,
  };
}

export function copyOf(world: World): World {
  return {
    ...world,
    sessions: world.sessions.map((session) => ({ ...session })),
    orphans: [...world.orphans],
    tabs: world.tabs.map((tab) => ({ ...tab })),
  };
}

/** The same text for the same world, whichever tab is which: nothing refers to a tab by number, so tabs are sorted. */
export function keyOf(world: World): string {
  const { epoch, head, born, faults, signOuts, signIns, store, jar, jarBefore, orphans } = world;
  let key = String.fromCharCode(
    epoch |
      (head << 3) |
      (PENDING[world.pending] << 5) |
      (born << 7) |
      (faults << 9) |
      (signOuts << 11) |
      (signIns << 13),
    store | (jar << 5) | (jarBefore << 10) | (flag(world.isLeased) << 15),
    orphans.length | (flag(world.isLittered) << 3),
  );
  for (let index = 1; index <= born; index += 1) key += keyOfSession(sessionAt(world, index));
  if (orphans.length > 0) key += orphans.map(keyOfOrphan).sort().join('');
  const [first = '', second = '', third = ''] = world.tabs.map(keyOfTab);
  if (!third) return key + (first < second ? first + second : second + first);
  return key + [first, second, third].sort().join('');
}

const PENDING = { none: 0, 'sign-in': 1, 'sign-out': 2 };
const ERRANDS = { none: 0, refresh: 1, 'sign-in': 2, 'log-out': 3 };
const JOBS = { none: 0, save: 1, saving: 2, clearing: 3, look: 4, seen: 5 };

function keyOfSession(session: Session): string {
  const { row, since, newest, known, isOpen, isRevoked } = session;
  return String.fromCharCode(
    row | (since << 3) | (newest << 5) | (known << 8) | (flag(isOpen) << 11) | (flag(isRevoked) << 12),
    flag(session.isOver) | (flag(session.isUnknown) << 1) | (flag(session.isLost) << 2),
  );
}

function keyOfOrphan({ errand, request, wire }: Orphan): string {
  return String.fromCharCode(ERRANDS[errand] | (flag(request === 'sent') << 2) | (wire << 3));
}

function keyOfTab(tab: Tab): string {
  return String.fromCharCode(
    PAGES[tab.page] |
      (STEPS[tab.at] << 2) |
      (REQUESTS[tab.request] << 6) |
      (ERRANDS[tab.errand] << 9) |
      (tab.since << 11),
    tab.held | (tab.view << 5) | (tab.token << 10) | (flag(tab.hasLock) << 15),
    tab.wire |
      (tab.keep << 5) |
      (JOBS[tab.job] << 10) |
      (flag(tab.isSigning) << 13) |
      (flag(tab.owes) << 14) |
      (flag(tab.isOpener) << 15),
  );
}

function flag(is: boolean): number {
  return is ? 1 : 0;
}
