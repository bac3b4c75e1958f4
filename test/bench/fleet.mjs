/**
 * A fleet of a million clients against one token endpoint: `npm run bench:fleet`, or with `-- --clients=<number>`. It runs
 * the scheduling and the breaker of the built package, in virtual time, and prints the peak of the requests in any second over
 * what an ideal fleet would send (clients / lifetime). It exits with 1 when a goal is not met.
 *
 * The model: one endpoint that answers at once; what is beyond its capacity, four times the ideal, gets a 503. Every page
 * is visible, which is the worst case: pages that are not looked at refresh on demand only.
 */
import { loadFleetCode } from './fleet-code.mjs';
import { createFleet } from './fleet-model.mjs';

const clients = Number(process.argv.find((argument) => argument.startsWith('--clients='))?.slice(10) ?? 1_000_000);
const lifetime = 900_000;
const ideal = clients / (lifetime / 1000);
const code = await loadFleetCode();
const MINUTE = 60_000;

const scenarios = [
  {
    name: 'all sign in within 60 s',
    limit: 4,
    run: (fleet) => fleet.signInWithin(MINUTE),
  },
  {
    name: 'outage of 300 s, Retry-After: 60',
    limit: 6,
    run(fleet) {
      fleet.spreadEvenly();
      fleet.failBetween(15 * MINUTE, 20 * MINUTE, 60_000);
    },
  },
  {
    name: 'outage of 300 s, no Retry-After',
    limit: 12,
    run(fleet) {
      fleet.spreadEvenly();
      fleet.failBetween(15 * MINUTE, 20 * MINUTE, undefined);
    },
  },
  {
    name: 'all access tokens revoked at once; a request each 120 s',
    limit: 12,
    run(fleet) {
      fleet.spreadEvenly();
      fleet.revokeAt(15 * MINUTE, 120_000);
    },
  },
  {
    name: 'deploy: all pages reload within 30 s, tokens stored',
    limit: 4,
    run(fleet) {
      fleet.spreadEvenly();
      fleet.reloadWithin(15 * MINUTE, 30_000);
    },
  },
  {
    // No goal: the very same network for a million devices. It is here to be looked at.
    name: 'network back for all at once after 300 s',
    limit: Number.POSITIVE_INFINITY,
    run(fleet) {
      fleet.spreadEvenly();
      fleet.offlineBetween(15 * MINUTE, 20 * MINUTE);
    },
  },
];

console.log(
  `${clients} clients, tokens of ${lifetime / 1000} s, 1 hour; ideal ${ideal.toFixed(0)} requests per second`,
);
let isMissed = false;
for (const { name, limit, run } of scenarios) {
  const fleet = createFleet(code, { clients, lifetime, hour: 60 * MINUTE, capacity: 4 * ideal });
  run(fleet);
  const { peak, sent, refused, worst, signedOut } = fleet.play();
  const times = peak / ideal;
  const isMet = times <= limit && signedOut === 0;
  const goal = Number.isFinite(limit) ? `limit ${limit}` : 'no limit';
  isMissed ||= !isMet;
  console.log(
    `${isMet ? 'met   ' : 'MISSED'} ${name}: peak ${times.toFixed(1)} times ideal (${goal}), ` +
      `${sent} sent, ${refused} answered 503, at worst ${worst} without a live token, ${signedOut} signed out`,
  );
}
process.exitCode = isMissed ? 1 : 0;
