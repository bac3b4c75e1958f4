// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { afterFailure, holdOf } from '../../src/session/breaker.ts';
import { delayOf } from '../../src/session/schedule.ts';
import { tokenLife } from '../../src/token/expiry.ts';
import { drawOf } from '../../src/token/session-record.ts';

interface Scenario {
  readonly name: string;
  readonly limit: number;
}
interface Fleets {
  readonly SCENARIOS: readonly Scenario[];
  playScenario(code: object, scenario: Scenario, clients: number): Record<'times' | 'sent' | 'signedOut', number>;
}

// The benchmark is plain JavaScript, which runs without a compiler.
const { playScenario, SCENARIOS }: Fleets = await import('../bench/fleet-scenarios.mjs' as string);

/** Fewer than in the benchmark, so that a second has some sixty requests: chance adds a part to each peak. */
const CLIENTS = 50_000;
const CHANCE = 1.25;

describe('a fleet', () => {
  it.each(SCENARIOS)(
    'whose clients live through "$name" stays below its limit, and loses nobody (HRD-10)',
    (scenario) => {
      const code = { afterFailure, holdOf, tokenLife, drawOf, delayOf };
      const { signedOut, times, sent } = playScenario(code, scenario, CLIENTS);
      expect(signedOut).toBe(0);
      expect(times).toBeLessThan(CHANCE * scenario.limit);
      expect(sent).toBeGreaterThan(CLIENTS);
    },
  );

  it('that came back at once would be far beyond it: the model sees what jitter is for (HRD-2)', () => {
    const hasty = { afterFailure, holdOf, tokenLife, drawOf, delayOf: (_: string, due: number) => Math.max(due, 1000) };
    const outage = SCENARIOS.find(({ name }) => name.includes('no Retry-After'));
    if (!outage) throw new Error('There is no such scenario any more.');
    expect(playScenario(hasty, outage, CLIENTS).times).toBeGreaterThan(outage.limit);
  });
});
