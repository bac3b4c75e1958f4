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

/**
 * Visits every world that can come about, the nearest first, and stops at the first that breaks an invariant: its trace
 * is a shortest one.
 *
 * @param limit Gives up beyond so many states: nothing that was searched in part may pass for proved.
 */
export function search(setting: Setting, limit: number = 8_000_000): Finding {
  const first = beginningOf(setting);
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
          const after = copyOf(world);
          if (move.by === 'fault') after.faults -= 1;
          move.change(after, after.tabs[index] as Tab, setting);
          const key = keyOf(after);
          const broken = brokenAlways(after);
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
      if (broken) return found(state, broken);
    }
    layer = next;
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

function traceTo(state: number, parents: readonly number[], steps: readonly string[]): string[] {
  const trace: string[] = [];
  for (let at = state; at > 0; at = parents[at] ?? 0) trace.unshift(steps[at] ?? '');
  return trace;
}
