import { createTabsWorld, type TabsWorldOptions } from '../support/tabs.ts';
import type { Reuse } from '../support/tabs-server.ts';
import { type Action, LIFETIME, perform, type Script } from './random-tabs-actions.ts';
import { atRest } from './random-tabs-rest.ts';
import { createWatch } from './random-tabs-watch.ts';

/** In which world a script is played. */
export interface Configuration {
  readonly store: NonNullable<TabsWorldOptions['store']>;
  readonly lock: NonNullable<TabsWorldOptions['lock']>;
  readonly reuse: Reuse;
  /** Whether tabs cannot agree: then only what one tab can see to by itself, and the lock, is asked for. */
  readonly isWeak: boolean;
  /** How long a tab may see what another one has replaced, in milliseconds. */
  readonly lag: number;
  /** What it need not stand. */
  readonly without: readonly Action['what'][];
}

/** Plays a script on real sessions, one in each tab, and throws when an invariant does not hold. */
export async function play(configuration: Configuration, script: Script): Promise<void> {
  const { store, lock, reuse, isWeak, lag } = configuration;
  const { actions, chaos, seed, tabs } = script;
  let isCalm = false;
  let drawn = 0;
  const random = createRandom(seed);
  const world = createTabsWorld({
    store,
    lock,
    fence: isWeak ? 'none' : 'shared',
    server: { lifetime: LIFETIME, reuse },
    lag,
    isManual: true,
    choose(count) {
      drawn += 1;
      return isCalm || drawn > chaos || count < 2 ? 0 : Math.floor(random() * count);
    },
  });
  const watch = createWatch(world, configuration);
  const assertWhole = (): void => {
    if (watch.broken.length === 0) return;
    throw new Error(`${watch.broken.join('\n')}\n${world.clock.log.slice(-150).join('\n')}`);
  };
  for (let index = 0; index < tabs; index += 1) watch.see(world.openTab());
  await perform({ what: 'alice', tab: 0, after: 0 }, world, watch);
  await world.settle();
  for (const action of actions) {
    for (let step = 0; step < action.after; step += 1) await world.clock.step();
    world.clock.log.push(`-- ${action.what} ${action.tab}`);
    await perform(action, world, watch);
    assertWhole();
  }
  isCalm = true;
  await atRest(world, watch, configuration, assertWhole);
}

/** mulberry32: the same numbers for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
