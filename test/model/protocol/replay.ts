import { brokenAlways } from './invariants.ts';
import type { Move } from './move.ts';
import { allMoves, make } from './search.ts';
import { beginningOf, type Setting } from './setting.ts';
import type { World } from './world.ts';

/** One step of a trace, played again. */
export interface Played {
  readonly move: Move;
  /** Which tab made it, from 0. */
  readonly index: number;
  readonly before: World;
  readonly after: World;
  /** The invariant that is broken from here on, or nothing. */
  readonly broken: string | undefined;
}

/**
 * Makes the moves of a trace again, one by one.
 *
 * @param from Where to begin. Default is: all tabs at rest, signed in.
 * @throws {Error} when a move cannot be made where the trace says so.
 */
export function replay(trace: readonly string[], setting: Setting, from: World = beginningOf(setting)): Played[] {
  let before = from;
  return trace.map((step) => {
    const [, name, number] = /^(.+) \((\d)\)$/.exec(step) ?? [];
    const move = allMoves.find((one) => one.name === name);
    const index = Number(number) - 1;
    const tab = before.tabs[index];
    if (!move || !tab || !move.when(before, tab, setting)) throw new Error(`Cannot be made here: ${step}`);
    const after = make(move, before, index, setting);
    const played = { move, index, before, after, broken: brokenAlways(after) };
    before = after;
    return played;
  });
}
