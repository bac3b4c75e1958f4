import { namedRecord } from './fence.ts';
import type { Setting } from './setting.ts';
import { generationOf, type Rec, sessionAt, sessionOf, type World } from './world.ts';

/** What must be true in every world; the rest is noticed by the move that breaks it (`breach`). */
export function brokenAlways(world: World): string | undefined {
  if (world.breach) return world.breach;
  for (const [index, tab] of world.tabs.entries()) {
    if (tab.errand !== 'refresh' || !isUnderWay(world, index)) continue;
    const isOther = (_: unknown, other: number): boolean =>
      other !== index &&
      sessionOf(world.tabs[other]?.token ?? 0) === sessionOf(tab.token) &&
      world.tabs[other]?.errand === 'refresh' &&
      isUnderWay(world, other);
    if (world.tabs.some(isOther)) return 'I1';
  }
  return undefined;
}

/** What must be true once nothing goes on by itself any more: no message, no request, no errand is left. */
export function brokenAtRest(world: World, setting: Setting): string | undefined {
  const { tabs, head, store, pending } = world;
  const live = tabs.filter(({ page }) => page !== 'gone');
  // Somebody waits for what never comes (I11).
  if (live.some((tab) => tab.page !== 'running' || tab.at !== 'idle' || tab.isSigning)) return 'I11';
  if (setting.store === 'tab') {
    const isEnded = (rec: Rec): boolean => rec !== 0 && sessionAt(world, sessionOf(rec)).isOver;
    if (live.some(({ held, view }) => isEnded(held) || isEnded(view))) return 'I3';
    const isBehind = (rec: Rec): boolean => rec !== 0 && rec !== namedRecord(world, sessionOf(rec));
    return live.some(({ held }) => isBehind(held) && !sessionAt(world, sessionOf(held)).isLost) ? 'I13' : undefined;
  }
  if (head === 0) {
    // Signed out, and it stays so: nothing is held, nothing is stored, and no cookie opens anything (I3).
    if (live.some(({ held }) => held !== 0)) return 'I3';
    if (store !== 0 && !world.isLittered) return 'I3';
    return pending === 'none' && isLive(world, world.jar) ? 'I3' : undefined;
  }
  const { isLost, isOpen } = sessionAt(world, head);
  if (isLost) return undefined;
  const named = namedRecord(world, head);
  // All agree with the fence, and so does the store, but for what a page saved before it died (I13, I10).
  if (live.some(({ held }) => held !== named)) return 'I13';
  return store === named || (isOpen && store === named + 1) ? undefined : 'I13';
}

/** From being sent until the browser has the answer; a frozen page does not even look at it. */
function isUnderWay(world: World, index: number): boolean {
  const tab = world.tabs[index];
  return tab?.request === 'sent' || (tab?.request === 'granted' && tab.page === 'running');
}

/** Whether a cookie would still be honoured. */
function isLive(world: World, jar: Rec): boolean {
  if (jar === 0) return false;
  const { isRevoked, newest } = sessionAt(world, sessionOf(jar));
  return !isRevoked && generationOf(jar) === newest;
}
