import { type Played, replay } from '../../test/model/protocol/replay.ts';
import { search } from '../../test/model/protocol/search.ts';
import { beginningOf } from '../../test/model/protocol/setting.ts';
import type { World } from '../../test/model/protocol/world.ts';
import { invariants } from './invariants.ts';
import { ourSchedule, type Variant } from './variants.ts';

/** A part of a schedule: the shortest way to one broken invariant from where the part before it ended. */
export interface Stage {
  readonly broken: string | undefined;
  readonly trace: readonly string[];
}

/** What a search for a failing schedule came back with: plain data, to be sent from a worker. */
export interface Found {
  /** How many different worlds were visited before the first that breaks something. */
  readonly states: number;
  readonly stages: readonly Stage[];
}

/** One step to look at. */
export interface Step extends Played {
  /** The invariant that is broken by this very step. */
  readonly breaks: string | undefined;
}

/** Searches the shortest schedule that breaks a variant, and then what comes of it. For ours, the one that was chosen. */
export function find({ id, setting, leadsTo }: Variant): Found {
  if (id === 'ours') return { states: 0, stages: [{ broken: undefined, trace: ourSchedule }] };
  const { broken, states, trace } = search(setting);
  const stages: Stage[] = [{ broken, trace }];
  let from = endOf(beginningOf(setting), trace, setting);
  for (const goal of leadsTo) {
    const beyond = Object.keys(invariants).filter((name) => name !== goal);
    const next = search(setting, { from, beyond });
    stages.push({ broken: next.broken, trace: next.trace });
    from = endOf(from, next.trace, setting);
  }
  return { states, stages };
}

/** Plays what was found again, world by world. */
export function stepsOf({ setting }: Variant, { stages }: Found): Step[] {
  const steps: Step[] = [];
  let from = beginningOf(setting);
  for (const { broken, trace } of stages) {
    for (const [index, played] of replay(trace, setting, from).entries()) {
      steps.push({ ...played, breaks: index === trace.length - 1 ? broken : undefined });
    }
    from = endOf(from, trace, setting);
  }
  return steps;
}

/** Where a trace ends. What is broken is known by now, and nobody signs in or out any more: what comes of it is asked. */
function endOf(from: World, trace: readonly string[], setting: Variant['setting']): World {
  const end = replay(trace, setting, from).at(-1)?.after ?? from;
  return { ...end, breach: undefined, signIns: 0, signOuts: 0 };
}
