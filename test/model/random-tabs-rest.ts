import type { Head, Row } from '../../src/session/facts.ts';
import { decodeClaims } from '../../src/token/claims.ts';
import { decodeRecord, type SessionRecord } from '../../src/token/session-record.ts';
import type { SimTab, TabsWorld } from '../support/tabs.ts';
import type { Configuration } from './random-tabs.ts';
import type { Watch } from './random-tabs-watch.ts';

/** Lets every fault end and everything come to rest, and checks what must hold then. */
export async function atRest(
  world: TabsWorld,
  watch: Watch,
  configuration: Configuration,
  assertWhole: () => void,
): Promise<void> {
  const { channel, clock, server, tabs } = world;
  server.faults.length = 0;
  channel.lose(0);
  clock.log.push('-- at rest');
  for (const tab of tabs) tab.thaw();
  // What pages have left that are all gone is for the next one to see to.
  if (tabs.every(({ page }) => page.state === 'gone')) watch.see(world.openTab());
  await clock.advance(100_000);
  // Twice, since the first tab that looks may have something to say that the last has not heard.
  for (let round = 0; round < 2; round += 1) {
    for (const tab of tabs) tab.wake();
    await clock.advance(20_000);
  }
  const live = tabs.filter(({ page }) => page.state === 'live');
  for (const text of watch.waiting()) watch.broken.push(`I6: it never settles: ${text}`);
  if (!configuration.isWeak) watch.broken.push(...disagreements(world, live, configuration, watch));
  assertWhole();

  clock.log.push('-- last requests');
  const asked = live.map((tab) => ({ tab, record: tab.record(), status: watch.request(tab) }));
  const isNewest = ({ sessionId, generation }: SessionRecord): boolean => {
    const row = world.fence.rows.get(`row:${sessionId}`) as Row | undefined;
    return generation >= (row?.generation ?? 0);
  };
  const healthy = asked.filter(({ record }) => record && isNewest(record) && server.takes(record.tokens.refreshToken));
  await clock.advance(60_000);
  for (const text of watch.waiting()) watch.broken.push(`I6: it never settles: ${text}`);
  assertWhole();
  for (const { tab, status } of healthy) {
    if ((await status) !== 200) watch.broken.push(`I11: ${tab.page.name} got ${await status} at rest`);
  }
  for (const tab of live) tab.wake();
  await clock.advance(20_000);
  if (!configuration.isWeak) watch.broken.push(...disagreements(world, live, configuration, watch));
  assertWhole();

  for (const { session } of live) session.dispose();
  await clock.advance(60_000);
  for (const tab of live) {
    const left = Object.entries(tab.remains()).filter(([, count]) => count !== 0);
    if (left.length) watch.broken.push(`I15: ${tab.page.name} leaves ${left.join()}`);
  }
  assertWhole();
}

/** Where tabs, store and fence say different things (I3, I13). */
function disagreements(
  world: TabsWorld,
  live: readonly SimTab[],
  { store }: Configuration,
  { hasSignedInAgain, isCleared, isFenceCleared }: Watch,
): string[] {
  const broken: string[] = [];
  const head = world.fence.rows.get('head:default') as Head | undefined;
  const rowOf = (id: string | undefined): Row | undefined => world.fence.rows.get(`row:${id}`) as Row | undefined;
  const shown = live.map((tab) => ({ tab, name: tab.page.name, state: tab.session.getState() }));
  const signedIn = shown.filter(({ state }) => state.status === 'signed-in');
  for (const { name, state } of shown) if (state.status === 'restoring') broken.push(`I6: ${name} restores for ever`);
  // Who clears the databases while somebody signs in leaves each tab with what it knows, and the first that looks with a say.
  if (isFenceCleared && hasSignedInAgain()) return broken;
  // What is in no common store, or was cleared from it, can go away with the tab that has the newest.
  const newest = rowOf(head?.sessionId)?.generation ?? 0;
  const isOlder = signedIn.every(({ tab }) => (tab.record()?.generation ?? 0) < newest);
  if (isOlder && (store === 'handed' || isCleared) && world.tabs.length > live.length) return broken;
  for (const { tab, name } of signedIn) {
    const record = store === 'tab' ? decodeRecord(tab.slot.text).record : tab.record();
    if (store === 'tab' && tokenOf(record) !== tokenIn(tab))
      broken.push(`I13: ${name} keeps token ${tokenOf(record)} and uses ${tokenIn(tab)}`);
    if (!record) continue;
    const { generation, attempt } = rowOf(record.sessionId) ?? {};
    const isHeld = live.some(({ slot }) => {
      const kept = decodeRecord(slot.text).record;
      return kept?.sessionId === record.sessionId && kept.generation === generation;
    });
    if (store === 'tab' && !isHeld) continue;
    // What a page saved that died before it could say so is taken up by the next refresh.
    if (!attempt && generation !== record.generation)
      broken.push(`I13: ${name} has generation ${record.generation} of ${generation}`);
  }
  if (store === 'tab') return broken;
  const [first] = signedIn;
  if (rowOf(head?.sessionId)?.attempt) return broken;
  for (const { tab, name } of signedIn) {
    if (first && tokenIn(tab) !== tokenIn(first.tab))
      broken.push(`I13: ${name} uses token ${tokenIn(tab)}, another tab ${tokenIn(first.tab)}`);
  }
  const kept = world.stores.current();
  // Whoever clears everything in the middle of a sign-in has a session that lasts as long as its tabs.
  if (store !== 'handed' && head && !(isCleared && isFenceCleared)) {
    // What a page that went was about to clear from a slow store, the next page clears that is opened.
    const isLeft = store === 'slow' && world.tabs.length > live.length;
    if (!head.sessionId && kept && !isLeft) broken.push('I3: something is stored while nobody is signed in');
    // What was cleared in the middle of a sign-in, and came by message, lasts as long as its tabs.
    if (first && tokenOf(kept) !== tokenIn(first.tab) && !(isCleared && !kept && hasSignedInAgain()))
      broken.push(`I13: stored is token ${tokenOf(kept)}, in use is ${tokenIn(first.tab)}`);
    if (first && kept && (kept.sessionId !== head.sessionId || kept.generation !== rowOf(head.sessionId)?.generation))
      broken.push('I13: stored is not what the fence names');
  }
  for (const { name, state } of shown) {
    if (state.status !== 'signed-out' || state.reason === 'user-switched') continue;
    const isToBeHad = first || (store !== 'handed' && kept && kept.sessionId === head?.sessionId);
    if (isToBeHad) broken.push(`I13: ${name} is signed out while there is a session`);
  }
  if (first && !head?.sessionId) broken.push('I13: tabs are signed in while the head names nobody');
  return broken;
}

/** The number of the access token that a tab uses. */
function tokenIn({ session }: SimTab): unknown {
  const state = session.getState();
  return state.status === 'signed-in' ? state.user.jti : undefined;
}

function tokenOf(record: SessionRecord | undefined): unknown {
  return decodeClaims(record?.tokens.accessToken)?.jti;
}
