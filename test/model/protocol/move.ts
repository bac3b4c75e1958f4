import type { Setting } from './setting.ts';
import type { Tab, World } from './world.ts';

/**
 * One atomic step: a transaction of the fence, a message on the wire, a thing that a user does. What lies between two
 * moves may be anything that other tabs do.
 */
export interface Move {
  /** As in a trace. */
  readonly name: string;
  /**
   * Who makes it. What the engine and the world do goes on until nothing is left to be done; a user and a fault come
   * when they like, or never.
   */
  readonly by: 'engine' | 'world' | 'user' | 'fault';
  /** The settings in which there is such a thing; all of them unless said. */
  readonly where?: Partial<Pick<Setting, 'store' | 'credential' | 'lock'>>;
  /** Whether it can happen now. */
  when(world: World, tab: Tab, setting: Setting): boolean;
  /** What it changes. The world is a copy, and the tab is of that copy. */
  change(world: World, tab: Tab, setting: Setting): void;
}

/** Those of these moves that there are in a setting. */
export function movesIn(setting: Setting, all: readonly Move[]): Move[] {
  return all.filter(
    ({ by, where = {} }) =>
      (where.store ?? setting.store) === setting.store &&
      (where.credential ?? setting.credential) === setting.credential &&
      (where.lock ?? setting.lock) === setting.lock &&
      (by !== 'fault' || setting.faults > 0),
  );
}

/** Notes that an invariant is broken; the first word counts. */
export function breach(world: World, invariant: string): void {
  world.breach ??= invariant;
}

/** Whether there is a page in the tab that can do something. */
export function isAwake({ page }: Tab): boolean {
  return page === 'running' || page === 'loading';
}

/** Ends an errand. What it opened in the fence stays as it is. */
export function finish(tab: Tab): void {
  tab.errand = 'none';
  tab.at = 'idle';
  tab.token = 0;
  tab.hasLock = false;
  tab.isOpener = false;
  tab.request = 'none';
  tab.wire = 0;
  if (!tab.isSigning) tab.since = 0;
}
