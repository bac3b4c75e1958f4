import fc from 'fast-check';
import type { SimTab, TabsWorld } from '../support/tabs.ts';
import { ALICE, BOB } from '../support/world.ts';
import type { Watch } from './random-tabs-watch.ts';

/** What happens to one tab, or around all of them, after some steps of whatever is under way. */
export interface Action {
  readonly what: keyof typeof ACTIONS;
  readonly tab: number;
  readonly after: number;
}

/** One run: the same again for the same values. */
export interface Script {
  /** Where the choices come from that are left to chance. */
  readonly seed: number;
  /** How many of them are; the rest is tame. */
  readonly chaos: number;
  readonly tabs: number;
  readonly actions: readonly Action[];
}

type Act = (tab: SimTab, world: TabsWorld, watch: Watch) => unknown;

/** How long an access token lives in these runs, in milliseconds. */
export const LIFETIME = 60_000;

const ACTIONS = {
  request: (tab, _, watch) => void watch.request(tab),
  refresh: (tab, _, watch) => watch.follow(tab, tab.session.refresh()),
  alice: (tab, _, watch) => watch.signIn(tab, ALICE),
  bob: (tab, _, watch) => watch.signIn(tab, BOB),
  out: (tab, _, watch) => watch.signOut(tab),
  expire: (_, { clock }) => clock.advance(LIFETIME + 1, true),
  refuse: (_, { server }) => server.expireAll(),
  revoke: (_, { server }) => server.revokeAll(),
  crash: (tab, _, watch) => watch.kill(tab),
  reload(tab, _, watch) {
    watch.kill(tab);
    watch.see(tab.reload());
  },
  duplicate: (tab, _, watch) => watch.see(tab.duplicate()),
  open: (_, world, watch) => watch.see(world.openTab()),
  freeze(tab, _, watch) {
    watch.isFrozenOnce.add(tab.page);
    tab.freeze();
  },
  thaw: (_, { tabs }) => tabs.find(({ page }) => page.state === 'frozen')?.thaw(),
  wake: (tab) => tab.wake(),
  tick: (_, { clock }) => clock.advance(25, true),
  second: (_, { clock }) => clock.advance(1000, true),
  settleTime: (_, { clock }) => clock.advance(6000, true),
  lockWait: (_, { clock }) => clock.advance(46_000, true),
  settle: (_, { clock }) => clock.settle(),
  clockForward: (_, { clock }) => clock.stepClock(40_000),
  clockBack: (_, { clock }) => clock.stepClock(-40_000),
  loseRequest: (_, { server }) => server.faults.push('lose-request'),
  loseResponse: (_, { server }) => server.faults.push('lose-response'),
  hang: (_, { server }) => server.faults.push('hang'),
  slow: (_, { server }) => server.faults.push('slow'),
  busy: (_, { server }) => server.faults.push({ status: 503 }),
  busyFor: (_, { server }) => server.faults.push({ status: 503, retryAfter: 8000 }),
  loseMessage(_, { channel }, watch) {
    watch.hasLostMessage = true;
    channel.lose(1);
  },
  repeat: (_, { fence }) => fence.repeatNext(),
  clearStore(_, { stores, tabs }, watch) {
    watch.isCleared = true;
    stores.clear();
    for (const { slot } of tabs) slot.text = undefined;
  },
  clearFence: (_, { fence }) => fence.clear(),
} satisfies Record<string, Act>;

/** The more often named, the more often drawn. */
const USUAL: readonly Action['what'][] = [
  ...['request', 'request', 'request', 'refresh', 'refresh', 'alice', 'alice', 'bob', 'out', 'expire', 'expire'],
  ...['refuse', 'refuse', 'crash', 'reload', 'reload', 'freeze', 'thaw', 'wake', 'tick', 'second', 'settleTime'],
  ...['settle', 'loseRequest', 'loseResponse', 'busy', 'busyFor', 'slow', 'hang', 'loseMessage', 'duplicate', 'open'],
  ...['lockWait', 'repeat', 'revoke', 'clearStore', 'clearFence', 'clockForward', 'clockBack'],
] as Action['what'][];

/** @param without What this configuration does not have to stand. */
export function scripts(without: readonly Action['what'][]): fc.Arbitrary<Script> {
  const action = fc.record({
    what: fc.constantFrom(...USUAL.filter((what) => !without.includes(what))),
    tab: fc.nat(3),
    after: fc.nat(12),
  });
  return fc.record({
    seed: fc.noShrink(fc.nat(2 ** 31)),
    chaos: fc.nat(1500),
    tabs: fc.integer({ min: 2, max: 4 }),
    actions: fc.array(action, { minLength: 2, maxLength: 18 }),
  });
}

/** Does one thing; what cannot be done, such as to tabs that are all gone, is left out. */
export async function perform({ what, tab: index }: Action, world: TabsWorld, watch: Watch): Promise<void> {
  const live = world.tabs.filter(({ page }) => page.state === 'live');
  const tab = live[index % Math.max(live.length, 1)];
  const isCrowded = world.tabs.filter(({ page }) => page.state !== 'gone').length > 4;
  if ((isCrowded && (what === 'open' || what === 'duplicate')) || !tab) return;
  await (ACTIONS[what] as Act)(tab, world, watch);
}
