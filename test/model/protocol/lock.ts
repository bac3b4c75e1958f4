import { isLockFree, isUnsettled } from './fence.ts';
import { breach, finish, isAwake, type Move } from './move.ts';
import type { Setting } from './setting.ts';
import { generationOf, sessionAt, sessionOf, type Tab } from './world.ts';

/** Who may refresh, and when: one lock for each session name, or for each session of a tab-scope store (I1). */
export const lockMoves: readonly Move[] = [
  {
    // A request met a dead token, a server refused one, the app asks. Waiters are tagged with the session (SES-1).
    name: 'wish',
    by: 'user',
    when: (_, tab, { generations }) =>
      tab.page === 'running' && tab.at === 'idle' && tab.held !== 0 && generationOf(tab.held) < generations,
    change(_, tab) {
      tab.errand = 'refresh';
      tab.at = 'waiting';
      tab.token = tab.held;
    },
  },
  {
    name: 'enter',
    by: 'engine',
    when: (world, tab, setting) =>
      isAwake(tab) &&
      tab.at === 'waiting' &&
      (isLockFree(world, sessionOf(tab.token), setting) ||
        setting.rules.mutex === 'of the tab' ||
        isAtOnce(tab, setting)),
    change(_, tab) {
      tab.hasLock = true;
      tab.at = 'inside';
    },
  },
  {
    // Who waited too long goes away, and never steals: the holder may be about to commit (I1, L3).
    name: 'give up the turn',
    by: 'engine',
    when: (world, tab) => isAwake(tab) && tab.at === 'waiting' && world.tabs.some(isFrozenHolder),
    change: (_, tab) => finish(tab),
  },
  {
    name: 'steal',
    by: 'engine',
    when: (world, tab, { rules }) =>
      rules.mutex === 'stolen on time-out' &&
      isAwake(tab) &&
      tab.at === 'waiting' &&
      world.tabs.some((one) => one.hasLock),
    change(world, tab) {
      for (const other of world.tabs) other.hasLock = false;
      tab.hasLock = true;
      tab.at = 'inside';
    },
  },
  {
    // A lease outlives its page, and lasts longer than a request may take: by then the server has answered, or never
    // will. It runs out under a page that is frozen; one that runs renews it or is done.
    name: 'lease runs out',
    by: 'world',
    where: { lock: 'lease' },
    when: (_, tab, { rules }) =>
      tab.hasLock &&
      ((tab.page === 'frozen' && tab.request !== 'sent') || rules.mutex === 'a lease shorter than the request'),
    change(world, tab) {
      tab.hasLock = false;
      // What the server gave lies in a page that does not run.
      if (tab.request !== 'granted') return;
      tab.request = 'arrived';
      sessionAt(world, sessionOf(tab.wire)).isUnknown = true;
    },
  },
  {
    name: 'lease of a page that is gone runs out',
    by: 'world',
    where: { lock: 'lease' },
    when: (world, tab, { rules }) =>
      world.isLeased &&
      tab === world.tabs[0] &&
      rules.mutex !== 'a lease without an end' &&
      (!isUnsettled(world, 0) || rules.mutex === 'a lease shorter than the request'),
    change(world) {
      world.isLeased = false;
    },
  },
  {
    // Only then are waiters settled: nobody's listener runs under the lock, and each gets a token of its session (I7).
    name: 'leave',
    by: 'engine',
    when: (_, tab) => isAwake(tab) && tab.at === 'leaving',
    change(world, tab, { rules }) {
      const isTheirs = sessionOf(tab.held) === sessionOf(tab.token);
      if (tab.errand === 'refresh' && tab.held !== 0 && !isTheirs && !rules.checksTag) breach(world, 'I7');
      finish(tab);
    },
  },
];

/** Cookie credential, two ways to go wrong: what must wait for its turn does not. */
function isAtOnce(tab: Tab, { rules }: Setting): boolean {
  return (tab.errand === 'sign-in' && !rules.locks.signIn) || (tab.errand === 'log-out' && !rules.locks.logOut);
}

function isFrozenHolder({ hasLock, page }: Tab): boolean {
  return hasLock && page === 'frozen';
}
