import { createFleet } from './fleet-model.mjs';

const MINUTE = 60_000;
const LIFETIME = 900_000;

/** What a fleet lives through, and how many times what an ideal one sends it may send in any second (HRD-10). */
export const SCENARIOS = [
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

/** Requests in a second, if the clients came one after the other. */
export function idealOf(clients) {
  return clients / (LIFETIME / 1000);
}

/**
 * Lets a fleet live through an hour.
 *
 * @param code The scheduling and the breaker.
 */
export function playScenario(code, { limit, run }, clients) {
  const ideal = idealOf(clients);
  const fleet = createFleet(code, { clients, lifetime: LIFETIME, hour: 60 * MINUTE, capacity: 4 * ideal });
  run(fleet);
  const result = fleet.play();
  const times = result.peak / ideal;
  return { ...result, times, isMet: times <= limit && result.signedOut === 0 };
}
