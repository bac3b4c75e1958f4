import { newSession, newTab, record, type World } from './world.ts';

/** One world to be searched to its end: what there is, how much may happen in it, and by which rules the tabs go. */
export interface Setting {
  readonly tabs: 2 | 3;
  /** The newest generation that anybody still wishes for. */
  readonly generations: number;
  /** How many faults, sign-outs and sign-ins (each as another user) may happen, all tabs together. */
  readonly faults: number;
  readonly signOuts: number;
  readonly signIns: number;
  readonly store: 'synchronous' | 'asynchronous' | 'tab';
  /** Tab-scope store: the session that each tab begins with; two alike are a duplicated tab. */
  readonly sessions: readonly number[];
  readonly credential: 'record' | 'cookie';
  readonly lock: 'platform' | 'lease';
  /** What the server does with a spent refresh token: revokes the family, rejects it, or honours the last one. */
  readonly server: 'revokes' | 'rejects' | 'grace';
  readonly rules: Rules;
}

/** The rules of the protocol, each with the way of going without it. */
export interface Rules {
  /** One lock for all tabs of the origin, never stolen; a lease lasts longer than a request may take (I1). */
  readonly mutex:
    | 'of the origin'
    | 'of the tab'
    | 'stolen on time-out'
    | 'a lease shorter than the request'
    | 'a lease without an end';
  /** What is asked, under the lock, before a token is sent (I2). */
  readonly facts: 'fence' | 'store' | 'none';
  /** Whether a commit is discarded that was begun in an older epoch (I3). */
  readonly checksEpoch: boolean;
  /** Whether a sign-in is discarded that anybody's sign-out, sign-in overtook, or only this tab's own (I3). */
  readonly overtakes: 'anybody' | 'this tab';
  /** Whether waiters get a token of the session in which they were tagged only (I7). */
  readonly checksTag: boolean;
  /** Whether late tokens are revoked only when their session is over, not when a sibling was faster (I5). */
  readonly revokes: 'what is over' | 'whatever came late';
  /** Whether the store is mended only while no attempt is open: the newest token may lie in it (I10). */
  readonly mends: 'at rest' | 'always';
  /** Whether a synchronous store is saved inside the transaction that commits (I3). */
  readonly saves: 'in the commit' | 'before it';
  /** What a sign-out clears: whatever the store shows, or only the record that the tab expects there (I3). */
  readonly clears: 'everything' | 'what it expects';
  /** Whether a record that the head does not name is nothing (I3). */
  readonly unnamed: 'is nothing' | 'is trusted';
  /** Whether an unnamed record is deleted only once the store has caught up, or nobody is signed in (I5). */
  readonly deletes: 'what is known' | 'on sight';
  /** Whether what a page saved and died is committed by whoever sees it, or by the next refresh only (I13). */
  readonly saved: 'is committed' | 'waits';
  /** Whether a session whose store was emptied ends, or is refreshed and saved again (I2). */
  readonly emptied: 'ends' | 'goes on';
  /** Whether an open attempt is looked into before a newer generation is (I5). */
  readonly readsFirst: 'attempt' | 'generation';
  /** Whether a rejection ends the session only if nobody was faster: fence and head are read again (I5). */
  readonly rejection: 'is looked into' | 'is believed';
  /** Whether a verdict-less answer closes the attempt of whoever asked, or any (I4). */
  readonly closes: 'its own attempt' | 'any attempt';
  /** Asynchronous store: whether it is cleared under the lock only (I5). */
  readonly tidies: 'under the lock' | 'at once';
  /** Asynchronous store: whether a sign-in is saved only while the fence names this very generation (I10). */
  readonly keeps: 'the generation' | 'the session';
  /** Cookie: whether an unfinished sign-in, sign-out is known to whoever comes next, and any other end, too (I7, I3). */
  readonly marks: { readonly signIn: boolean; readonly signOut: boolean; readonly otherEnds: boolean };
  /** Whether nobody sends while the request of a page that is gone may still be answered (I4; cookie: I7, I3). */
  readonly settles: boolean;
  /** Cookie: whether sign-in, log-out are sent under the lock (I7, I5). */
  readonly locks: { readonly signIn: boolean; readonly logOut: boolean };
  /** Tab-scope store: whether the head counts sign-outs only, or names one session for all tabs (I5). */
  readonly head: 'counts' | 'names';
}

/** The protocol as it is shipped. */
export const shipped: Rules = {
  mutex: 'of the origin',
  facts: 'fence',
  checksEpoch: true,
  overtakes: 'anybody',
  checksTag: true,
  revokes: 'what is over',
  mends: 'at rest',
  saves: 'in the commit',
  clears: 'everything',
  unnamed: 'is nothing',
  deletes: 'what is known',
  saved: 'is committed',
  emptied: 'ends',
  readsFirst: 'attempt',
  rejection: 'is looked into',
  closes: 'its own attempt',
  tidies: 'under the lock',
  keeps: 'the generation',
  marks: { signIn: true, signOut: true, otherEnds: true },
  settles: true,
  locks: { signIn: true, logOut: true },
  head: 'counts',
};

/** Two tabs, a synchronous store of the origin, and a server that knows no mercy: what the settings differ from. */
export const plain: Setting = {
  tabs: 2,
  generations: 3,
  faults: 0,
  signOuts: 1,
  signIns: 1,
  store: 'synchronous',
  sessions: [1, 1, 1],
  credential: 'record',
  lock: 'platform',
  server: 'revokes',
  rules: shipped,
};

/** All tabs at rest, signed in. */
export function beginningOf({ tabs, faults, signOuts, signIns, store, sessions, credential, rules }: Setting): World {
  const own = sessions.slice(0, tabs).map((session) => record(session, 1));
  const born = Math.max(...sessions.slice(0, tabs));
  const epoch = store === 'tab' ? 0 : 1;
  return {
    epoch,
    head: store === 'tab' && rules.head === 'counts' ? 0 : 1,
    pending: 'none',
    store: store === 'tab' ? 0 : record(1, 1),
    jar: credential === 'cookie' ? record(1, 1) : 0,
    jarBefore: 0,
    born,
    sessions: Array.from({ length: born + 1 }, () => newSession(0, 1)),
    orphans: [],
    isLeased: false,
    isLittered: false,
    faults,
    signOuts,
    signIns,
    tabs: own.map((held) => newTab(held, store === 'asynchronous' ? 0 : held)),
    breach: undefined,
  };
}
