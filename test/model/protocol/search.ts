import { asyncStoreMoves } from './async-store.ts';
import { cookieMoves } from './cookie.ts';
import { factMoves } from './facts.ts';
import { faults } from './faults.ts';
import { brokenAlways, brokenAtRest } from './invariants.ts';
import { lockMoves } from './lock.ts';
import { type Move, movesIn } from './move.ts';
import { reconcileMoves } from './reconcile.ts';
import { refreshMoves } from './refresh.ts';
import { serverMoves } from './server.ts';
import { sessionMoves } from './session.ts';
import { beginningOf, type Setting } from './setting.ts';
import { copyOf, keyOf, type Tab, type World } from './world.ts';

/** What a search found. */
export interface Finding {
  /** How many different worlds there are; tabs that change places make no new one. */
  readonly states: number;
  /** How many of them are at rest. */
  readonly atRest: number;
  /** The moves that were made at least once. */
  readonly made: ReadonlySet<string>;
  /** The invariant that is broken first, or nothing. */
  readonly broken: string | undefined;
  /** A shortest way there. */
  readonly trace: readonly string[];
}

/** How a search differs from the usual one. */
export interface SearchOptions {
  /** Gives up beyond so many states: nothing that was searched in part may pass for proved. Default is 8,000,000. */
  readonly limit?: number;
  /** Where to begin. Default is: all tabs at rest, signed in. */
  readonly from?: World;
  /** Invariants whose breach does not end the search: what comes of it is asked. Default is none. */
  readonly beyond?: readonly string[];
  /** Hears how many states there are so far, after each step away from the beginning. */
  onLayer?(states: number): void;
}

/**
 * Visits every world that can come about, the nearest first, and stops at the first that breaks an invariant: its trace
 * is a shortest one.
 *
 * @throws {Error} when there are more states than the limit.
 */
export function search(setting: Setting, options: SearchOptions = {}): Finding {
  const { limit = 8_000_000, from: first = beginningOf(setting), beyond = [], onLayer } = options;
  const moves = movesIn(setting, allMoves);
  const seen = new Set([keyOf(first)]);
  /** For each state the one that it came from, and the move. */
  const parents = [-1];
  const steps = [''];
  const made = new Set<string>();
  let layer: [number, World][] = [[0, first]];
  let atRest = 0;
  const found = (state: number, broken: string | undefined): Finding => ({
    states: seen.size,
    atRest,
    made,
    broken,
    trace: traceTo(state, parents, steps),
  });

  while (layer.length > 0) {
    const next: [number, World][] = [];
    for (const [state, world] of layer) {
      let isAtRest = true;
      for (const move of moves) {
        if (move.by === 'fault' && world.faults === 0) continue;
        for (let index = 0; index < world.tabs.length; index += 1) {
          if (!move.when(world, world.tabs[index] as Tab, setting)) continue;
          if (move.by === 'engine' || move.by === 'world') isAtRest = false;
          made.add(move.name);
          const after = make(move, world, index, setting);
          const key = keyOf(after);
          const broken = breachOf(after, beyond);
          if (seen.has(key) && !broken) continue;
          seen.add(key);
          parents.push(state);
          steps.push(`${move.name} (${index + 1})`);
          if (broken) return found(steps.length - 1, broken);
          next.push([steps.length - 1, after]);
          if (seen.size > limit) throw new Error(`More than ${limit} states.`);
        }
      }
      if (!isAtRest) continue;
      atRest += 1;
      const broken = brokenAtRest(world, setting);
      if (broken && !beyond.includes(broken)) return found(state, broken);
    }
    layer = next;
    onLayer?.(seen.size);
  }
  return { ...found(0, undefined), trace: [] };
}

/** The whole protocol, and what may happen to it. */
export const allMoves: readonly Move[] = [
  ...lockMoves,
  ...factMoves,
  ...refreshMoves,
  ...serverMoves,
  ...sessionMoves,
  ...reconcileMoves,
  ...asyncStoreMoves,
  ...cookieMoves,
  ...faults,
];

/** The world after one move, of the tab at that index. */
export function make(move: Move, world: World, index: number, setting: Setting): World {
  const after = copyOf(world);
  if (move.by === 'fault') after.faults -= 1;
  move.change(after, after.tabs[index] as Tab, setting);
  return after;
}

/** What the last move broke, but for what is let pass; that is forgotten, so that what comes next is seen. */
function breachOf(world: World, beyond: readonly string[]): string | undefined {
  if (beyond.includes(world.breach ?? '')) world.breach = undefined;
  const broken = brokenAlways(world);
  return broken !== undefined && beyond.includes(broken) ? undefined : broken;
}

function traceTo(state: number, parents: readonly number[], steps: readonly string[]): string[] {
  const trace: string[] = [];
  for (let at = state; at > 0; at = parents[at] ?? 0) trace.unshift(steps[at] ?? '');
  return trace;
}
