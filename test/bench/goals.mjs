import { judgeGoal } from './report.mjs';

/** keycloak-js, the smallest whole engine there is, as it was measured when the goal was set: 8.2 kB. */
const SMALLEST_ENGINE = 8200;

/** What was promised of what was measured, judged by the whole interval. What was not measured is not judged. */
export function goalsOf({ sizes, steady, chromium, storms, resilience, tabs }) {
  const goals = [];
  const exact = (name, value, limit) =>
    goals.push(judgeGoal(name, { median: value, low: value, high: value }, limit, 0));
  if (sizes)
    exact(
      'bytes gzipped of an app over axios',
      sizes.find(({ name }) => name === 'latchkey (axios)').gzip,
      SMALLEST_ENGINE,
    );
  for (const [where, measured] of Object.entries({ Node: steady, Chromium: chromium })) {
    if (!measured) continue;
    goals.push(
      judgeGoal(
        `axios in ${where}: µs more than the copied interceptor`,
        measured.axios.versus['copied interceptor'],
        0,
      ),
      judgeGoal(`fetch in ${where}: µs more than the copied wrapper`, measured.fetch.versus['copied wrapper'], 0),
    );
  }
  for (const [title, { rows }] of Object.entries(storms ?? {})) {
    const { ratio, refreshes, served, size } = rows.findLast(({ name }) => name === 'latchkey');
    exact(`storm of ${size}, ${title}: refreshes`, refreshes, 1);
    exact(`storm of ${size}, ${title}: requests that failed`, size - served, 0);
    goals.push(judgeGoal(`storm of ${size}, ${title}: times hindsight`, ratio, 1.2));
  }
  for (const { id, rows } of resilience ?? []) {
    for (const row of rows.filter(({ name }) => name.startsWith('latchkey'))) {
      exact(`${id}, ${row.name}: sign-outs`, row.signOuts ?? 1, 0);
      if (id !== 'outage') exact(`${id}, ${row.name}: requests that failed`, row.failures ?? 1, 0);
    }
  }
  for (const row of (tabs?.rows ?? []).filter(({ name }) => name.startsWith('latchkey'))) {
    exact(`8 tabs, ${row.name}: refreshes per expiry`, row.refreshes / tabs.expiries, 1);
    exact(`8 tabs, ${row.name}: requests that failed`, row.failures, 0);
    exact(`8 tabs, ${row.name}: tabs signed out`, row.signedOut, 0);
  }
  return goals;
}
