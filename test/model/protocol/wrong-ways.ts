import { plain, type Rules, type Setting, shipped } from './setting.ts';

/** The protocol with one rule taken away: what it breaks first, in how many steps, and where that was found. */
export interface WrongWay {
  readonly name: string;
  readonly breaks: string;
  readonly steps: number;
  readonly setting: Setting;
}

/** What apps copy: one refresh in each tab, started and ended by what that tab remembers. All else is ours. */
const copied: Partial<Rules> = {
  mutex: 'of the tab',
  facts: 'none',
  checksEpoch: false,
  rejection: 'is believed',
};

/** What others ship, and what this protocol was before the checker found fault with it. */
export const wrongWays: readonly WrongWay[] = [
  wrongWay('a copied interceptor: no lock, no fence', 'I1', 10, copied, { signOuts: 0, signIns: 0 }),
  wrongWay('a copied interceptor, and somebody signs out', 'I3', 8, copied, { signIns: 0 }),
  wrongWay('a mutex in the tab only', 'I1', 10, { mutex: 'of the tab' }),
  wrongWay('a lock, and nothing read again', 'I2', 13, { facts: 'none' }),
  wrongWay('a lock, and a stale store read again', 'I2', 13, { facts: 'store' }),
  wrongWay('a commit that does not look at the epoch', 'I3', 8, { checksEpoch: false }, { signIns: 0 }),
  wrongWay('a sign-in that another tab cannot overtake', 'I3', 3, { overtakes: 'this tab' }),
  wrongWay('a lock that is stolen on time-out', 'I1', 10, { mutex: 'stolen on time-out' }),
  wrongWay(
    'a lease shorter than the request may take',
    'I1',
    12,
    { mutex: 'a lease shorter than the request' },
    { lock: 'lease' },
  ),
  wrongWay(
    'a lease that a page takes with it',
    'I11',
    4,
    { mutex: 'a lease without an end' },
    { lock: 'lease', faults: 1 },
  ),
  wrongWay('the store mended while an attempt is open (hole 1)', 'I10', 9, { mends: 'always' }, { faults: 1 }),
  wrongWay('saved before the commit, not in it (hole 2)', 'I3', 9, { saves: 'before it' }),
  wrongWay('a sign-out that clears what it expects (hole 3)', 'I3', 5, { clears: 'what it expects' }),
  wrongWay(
    'an unnamed record trusted by a page that loads (hole 4)',
    'I3',
    3,
    { unnamed: 'is trusted' },
    { faults: 1 },
  ),
  wrongWay('the newer generation asked for first (hole 5)', 'I5', 19, { readsFirst: 'generation' }, { faults: 1 }),
  wrongWay(
    "cookie: a sign-in that is not marked, B's cookie under A's head (hole 6)",
    'I7',
    14,
    { marks: { ...shipped.marks, signIn: false } },
    { credential: 'cookie', faults: 1 },
  ),
  wrongWay(
    "cookie: a sign-in outside the lock, B's cookie under A's head (hole 6)",
    'I7',
    13,
    { locks: { signIn: false, logOut: true } },
    { credential: 'cookie' },
  ),
  wrongWay(
    'cookie: a late Set-Cookie that nobody waits for (hole 6)',
    'I3',
    13,
    { settles: false },
    { credential: 'cookie', faults: 1, server: 'grace' },
  ),
  wrongWay(
    'cookie: a log-out outside the lock kills the next session (hole 6)',
    'I5',
    23,
    { locks: { signIn: true, logOut: false } },
    { credential: 'cookie' },
  ),
  wrongWay(
    'cookie: a page gone before its log-out is sent (hole 6)',
    'I3',
    4,
    { marks: { ...shipped.marks, signOut: false } },
    { credential: 'cookie', faults: 1 },
  ),
  wrongWay(
    'cookie: an end that is no sign-out, and leaves its cookie',
    'I3',
    3,
    { marks: { ...shipped.marks, otherEnds: false } },
    { credential: 'cookie', faults: 1 },
  ),
  wrongWay('tab-scope store: one head for all ends siblings (hole 7)', 'I5', 3, { head: 'names' }, { store: 'tab' }),
  wrongWay('a settle time shorter than the request', 'I4', 13, { settles: false }, { faults: 1 }),
  wrongWay('the same, with a grace', 'I4', 21, { settles: false }, { faults: 1, server: 'grace' }),
  wrongWay('an unnamed record deleted before the store caught up', 'I5', 5, { deletes: 'on sight' }),
  wrongWay(
    'late tokens revoked though a sibling has them in use',
    'I5',
    25,
    { revokes: 'whatever came late' },
    { lock: 'lease', faults: 1, server: 'grace' },
  ),
  wrongWay(
    'a 503 that closes an attempt whose outcome is open',
    'I10',
    15,
    { closes: 'any attempt' },
    { store: 'tab', faults: 2 },
  ),
  wrongWay('what was saved and not counted, left to the next refresh', 'I13', 11, { saved: 'waits' }, { faults: 1 }),
  wrongWay(
    'a store that was emptied, and a refresh all the same',
    'I2',
    14,
    { emptied: 'goes on' },
    { tabs: 3, faults: 2, generations: 2, signIns: 0 },
  ),
  wrongWay('asynchronous store: cleared at once', 'I5', 8, { tidies: 'at once' }, { store: 'asynchronous' }),
  wrongWay(
    'asynchronous store: a sign-in saved over its own refresh',
    'I10',
    13,
    { keeps: 'the session' },
    { store: 'asynchronous' },
  ),
  wrongWay('a rejection that is believed, though somebody signed out', 'I5', 8, { rejection: 'is believed' }),
  wrongWay('waiters served whoever is signed in by then', 'I7', 10, { checksTag: false }),
];

function wrongWay(
  name: string,
  breaks: string,
  steps: number,
  rules: Partial<Rules>,
  differences: Partial<Setting> = {},
): WrongWay {
  return { name, breaks, steps, setting: { ...plain, ...differences, rules: { ...shipped, ...rules } } };
}
