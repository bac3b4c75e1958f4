// @vitest-environment node
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { play } from './random-tabs.ts';
import { scripts } from './random-tabs-actions.ts';
import { CONFIGURATIONS } from './random-tabs-configurations.ts';

/** How often, instead of the numbers of the configurations. */
const RUNS = Number(process.env.LATCHKEY_RUNS ?? 0);
/**
 * The same runs each time, so that a change is judged by what it changes; whoever asks for a number of runs is looking for
 * new ones, unless they name a seed.
 */
const SEED = process.env.LATCHKEY_SEED ?? (RUNS ? undefined : '1');

describe('tabs, in any order of events', () => {
  it.each(CONFIGURATIONS)(
    'hold I1 to I15 with %s',
    async (name, runs, configuration) => {
      const seed = SEED && Number(SEED) + CONFIGURATIONS.findIndex(([other]) => other === name);
      await fc.assert(
        fc.asyncProperty(scripts(configuration.without), (script) => play(configuration, script)),
        { numRuns: RUNS || runs, ...(seed && { seed, endOnFailure: true }) },
      );
    },
    3600_000,
  );
});
