import { changeHead, clear, close, hold, isUnsettled, save } from './fence.ts';
import { finish, isAwake, type Move } from './move.ts';
import { send } from './refresh.ts';
import type { Setting } from './setting.ts';
import { record, sessionAt, sessionOf, type Tab, type World } from './world.ts';

/**
 * The browser holds the refresh token, one for all tabs, and any answer may change it, whoever is signed in by then. So
 * jar and head are kept together: sign-in and log-out go under the lock, and what was begun stands in `head.pending`.
 */
export const cookieMoves: readonly Move[] = [
  {
    name: 'ask to sign in, cookie',
    by: 'user',
    where: { credential: 'cookie' },
    when: (world, tab) => world.signIns > 0 && tab.page === 'running' && tab.at === 'idle',
    change(world, tab) {
      world.signIns -= 1;
      tab.errand = 'sign-in';
      tab.since = world.epoch;
      tab.at = 'waiting';
    },
  },
  {
    // The log-out that a sign-out left to be done; a page that loads and finds one pending does it first.
    name: 'ask to log out',
    by: 'engine',
    where: { credential: 'cookie' },
    when: (world, tab) =>
      tab.at === 'idle' &&
      ((tab.page === 'running' && tab.owes) || (tab.page === 'loading' && world.pending !== 'none')),
    change(_, tab) {
      tab.owes = false;
      tab.errand = 'log-out';
      tab.at = 'waiting';
    },
  },
  {
    // Whoever has the lock settles what a page left behind. A sign-in without its page: nobody knows whose cookie is in
    // the jar, so the session ends, and then the jar is emptied (I7, I3). Not while a late answer may refill it.
    name: 'settle what is pending',
    by: 'engine',
    where: { credential: 'cookie' },
    when: (world, tab, setting) =>
      isAwake(tab) &&
      tab.at === 'inside' &&
      isQuiet(world, setting) &&
      (world.pending !== 'none' || isHasty(tab, setting)),
    change(world, tab, setting) {
      if (world.pending === 'sign-in') {
        const isLatest = tab.since === world.epoch;
        close(world, world.head, setting);
        changeHead(world, 0);
        clear(world, tab, setting);
        world.pending = 'sign-out';
        // The sign-in that this errand is for comes after what it settles.
        if (isLatest) tab.since = world.epoch;
      }
      logOut(world, tab);
    },
  },
  {
    name: 'nothing to log out',
    by: 'engine',
    where: { credential: 'cookie' },
    when: (world, tab, setting) =>
      isAwake(tab) &&
      tab.at === 'inside' &&
      tab.errand === 'log-out' &&
      world.pending === 'none' &&
      !isHasty(tab, setting),
    change: (_, tab) => finish(tab),
  },
  {
    // Answered: the jar is empty, and nothing is left to be done. Not answered: still pending, for whoever comes next.
    name: 'settled',
    by: 'engine',
    where: { credential: 'cookie' },
    when: (_, tab) => isAwake(tab) && tab.at === 'settling' && (tab.request === 'arrived' || isFailed(tab)),
    change(world, tab) {
      const isDone = tab.request === 'arrived';
      if (isDone && world.pending === 'sign-out') world.pending = 'none';
      const isAwaited = tab.errand === 'refresh' || (tab.errand === 'sign-in' && tab.since === world.epoch);
      if (!isDone || !isAwaited) return finish(tab);
      tab.request = 'none';
      tab.at = 'inside';
    },
  },
  {
    // Known to whoever comes next before it is sent; discarded if the user signed out since (OUT-10).
    name: 'begin to sign in',
    by: 'engine',
    where: { credential: 'cookie' },
    when: (world, tab, setting) =>
      isAwake(tab) &&
      tab.at === 'inside' &&
      tab.errand === 'sign-in' &&
      (world.pending === 'none' || !setting.rules.locks.signIn) &&
      isQuiet(world, setting),
    change(world, tab, setting) {
      if (tab.since !== world.epoch) return finish(tab);
      if (setting.rules.marks.signIn) world.pending = 'sign-in';
      send(world, tab, 0, setting);
    },
  },
  {
    // Committed under the lock: jar and head change hands together (I7). Overtaken by a sign-out: the cookie that it
    // brought is logged out before anybody else has the lock (I3).
    name: 'signIn, cookie',
    by: 'engine',
    where: { credential: 'cookie' },
    when: (_, tab) => isAwake(tab) && isSigningIn(tab) && tab.request === 'arrived',
    change(world, tab, setting) {
      if (tab.since !== world.epoch) return logOut(world, tab);
      const number = sessionOf(tab.wire);
      close(world, world.head, setting);
      changeHead(world, number);
      sessionAt(world, number).row = 1;
      if (world.pending === 'sign-in') world.pending = 'none';
      save(world, tab, record(number, 1), setting);
      hold(world, tab, record(number, 1));
      tab.at = 'leaving';
    },
  },
  {
    // Refused, or no verdict: no cookie came. No answer at all: one may have come, so it stays pending.
    name: 'no sign-in',
    by: 'engine',
    where: { credential: 'cookie' },
    when: (_, tab) => isAwake(tab) && isSigningIn(tab) && isFailed(tab),
    change(world, tab) {
      if (tab.request !== 'lost' && world.pending === 'sign-in') world.pending = 'none';
      finish(tab);
    },
  },
];

function logOut(world: World, tab: Tab): void {
  tab.request = 'sent';
  tab.wire = world.jar;
  tab.at = 'settling';
}

/** Nobody sends while a request of a page that is gone may still be answered: its Set-Cookie would come late (I7). */
function isQuiet(world: World, { rules }: Setting): boolean {
  return !rules.settles || !isUnsettled(world, 0);
}

function isSigningIn({ at, errand }: Tab): boolean {
  return at === 'sent' && errand === 'sign-in';
}

function isFailed({ request }: Tab): boolean {
  return request === 'refused' || request === 'unavailable' || request === 'lost';
}

/** A log-out that is not marked, or does not wait for its turn, does not ask what is pending either. */
function isHasty({ errand, since, page }: Tab, { rules }: Setting): boolean {
  return errand === 'log-out' && page === 'running' && since === 0 && !(rules.marks.signOut && rules.locks.logOut);
}
