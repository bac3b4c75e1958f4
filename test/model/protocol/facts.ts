import {
  commitRow,
  handOver,
  hold,
  isCaughtUp,
  isEmptied,
  isNamed,
  isSavedOnly,
  isUnsettled,
  mayGoOn,
  namedRecord,
  shownTo,
  siblingWith,
} from './fence.ts';
import { breach, finish, isAwake, type Move } from './move.ts';
import { endAsCleared } from './refresh.ts';
import type { Setting } from './setting.ts';
import { generationOf, sessionAt, sessionOf, type Tab, type World } from './world.ts';

/** What head, row and store say about a refresh, once the tab has the lock and before anything is sent. */
export const factMoves: readonly Move[] = [
  {
    // Nothing is sent on what this tab remembers: the fence is asked first, under the lock (I2).
    name: 'readFacts',
    by: 'engine',
    when: (world, tab, setting) => isInside(tab) && judge(world, tab, setting) !== 'wait',
    change: (world, tab, setting) => act(world, tab, judge(world, tab, setting), setting),
  },
];

type Verdict = 'wait' | 'over' | 'cleared' | 'commit' | 'adopt' | 'take' | 'ask' | 'stop' | 'send';

/** The table of the protocol: the state of the world, and what to do. The order of the questions matters. */
function judge(world: World, tab: Tab, setting: Setting): Verdict {
  const { credential, rules } = setting;
  const number = sessionOf(tab.token);
  const shown = shownTo(world, tab, setting);
  if (rules.facts === 'none') return 'send';
  if (rules.facts === 'store') return sessionOf(shown) === number && shown > tab.token ? 'take' : 'send';
  // Signed out, or another session: nothing is sent for what is over (I3).
  if (!mayGoOn(tab, setting) || !isNamed(world, number, setting)) return 'over';
  // Something newer came in meanwhile: whoever waits gets that.
  if (tab.held !== tab.token) return 'over';
  // Cookie: what a page that is gone left behind is settled first, and its request may no more be under way (I7).
  if (credential === 'cookie' && (world.pending !== 'none' || (rules.settles && isUnsettled(world, 0)))) return 'wait';
  // Somebody emptied the store, and with it perhaps the newest token (I2).
  if (rules.emptied === 'ends' && isEmptied(world, tab, setting)) return 'cleared';
  const named = namedRecord(world, number);
  const isBehind = tab.token < named;
  if (sessionAt(world, number).isOpen && (rules.readsFirst === 'attempt' || !isBehind)) {
    // The page died between save and commit: the newest token is in the store, and nowhere else (I2, I5).
    if (isSavedOnly(world, tab, number, setting)) return 'commit';
    if (!isCaughtUp(world, tab, setting)) return 'wait';
    // Else the outcome is unknown: sent again, but not while the old request can still be under way (I1, I4).
    const isUnderWay = isUnsettled(world, number) || isTravelling(world, tab);
    if (!isBehind) return isUnderWay && rules.settles ? 'wait' : 'send';
  }
  if (!isBehind) return 'send';
  // Somebody was faster: what they got is adopted, and no old token is ever sent (I2).
  if (shown === named) return 'adopt';
  if (!isCaughtUp(world, tab, setting)) return 'wait';
  if (siblingWith(world, tab, named)) return 'ask';
  return credential === 'cookie' ? 'send' : 'stop';
}

function act(world: World, tab: Tab, verdict: Verdict, setting: Setting): void {
  const number = sessionOf(tab.token);
  const shown = shownTo(world, tab, setting);
  if (verdict === 'over') finish(tab);
  else if (verdict === 'cleared') {
    endAsCleared(world, tab, setting);
    finish(tab);
  } else if (verdict === 'stop') stop(world, tab, setting);
  else if (verdict === 'send') {
    // Cookie: the jar holds the newest, whichever generation this tab knew.
    if (setting.credential === 'cookie') tab.token = namedRecord(world, number);
    tab.at = 'cleared';
  } else {
    if (verdict === 'commit') commitRow(sessionAt(world, number), generationOf(shown));
    if (verdict === 'ask') handOver(world, tab, setting);
    else hold(world, tab, shown);
    tab.at = 'leaving';
  }
}

/**
 * There is a newer generation, and no copy of it that this tab could get: an old token is never sent for want of it (I2).
 * The fence stays as it is: a tab that is frozen may well have the copy.
 */
function stop(world: World, tab: Tab, { store }: Setting): void {
  if (!sessionAt(world, sessionOf(tab.token)).isLost) breach(world, 'I5');
  tab.held = 0;
  if (store === 'tab') tab.view = 0;
  finish(tab);
}

function isInside(tab: Tab): boolean {
  return isAwake(tab) && tab.at === 'inside' && tab.errand === 'refresh';
}

/** Whether the server may still be at an older request of this session, of a page that is frozen. */
function isTravelling(world: World, tab: Tab): boolean {
  return world.tabs.some(
    (other) => other !== tab && other.request === 'sent' && sessionOf(other.token) === sessionOf(tab.token),
  );
}
