// @vitest-environment node
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { play } from './random-tabs.ts';
import { scripts } from './random-tabs-actions.ts';
import { CONFIGURATIONS } from './random-tabs-configurations.ts';

/** How often, instead of the numbers of the configurations. */
const RUNS = Number(process.env.LATCHKEY_RUNS ?? 0);
/** The same runs each time, and the first that fails is enough: for whoever only asks whether something fails. */
const SEED = process.env.LATCHKEY_SEED;

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
