/**
 * A fleet of a million clients against one token endpoint: `npm run bench:fleet`, or with `-- --clients=<number>`. It runs
 * the scheduling and the breaker of the built package, in virtual time, and prints the peak of the requests in any second over
 * what an ideal fleet would send (clients / lifetime). It exits with 1 when a goal is not met.
 *
 * The model: one endpoint that answers at once; what is beyond its capacity, four times the ideal, gets a 503. Every page
 * is visible, which is the worst case: pages that are not looked at refresh on demand only.
 */
import { loadFleetCode } from './fleet-code.mjs';
import { idealOf, playScenario, SCENARIOS } from './fleet-scenarios.mjs';

const clients = Number(process.argv.find((argument) => argument.startsWith('--clients='))?.slice(10) ?? 1_000_000);
const code = await loadFleetCode();

console.log(`${clients} clients, tokens of 900 s, 1 hour; ideal ${idealOf(clients).toFixed(0)} requests per second`);
let isMissed = false;
for (const scenario of SCENARIOS) {
  const { times, sent, refused, worst, signedOut, isMet } = playScenario(code, scenario, clients);
  const goal = Number.isFinite(scenario.limit) ? `limit ${scenario.limit}` : 'no limit';
  isMissed ||= !isMet;
  console.log(
    `${isMet ? 'met   ' : 'MISSED'} ${scenario.name}: peak ${times.toFixed(1)} times ideal (${goal}), ` +
      `${sent} sent, ${refused} answered 503, at worst ${worst} without a live token, ${signedOut} signed out`,
  );
}
process.exitCode = isMissed ? 1 : 0;
