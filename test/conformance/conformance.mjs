import { bundleClients, CONTESTANTS } from './bundle.mjs';
import { CASES, notFor } from './cases.mjs';
import { runIsolated } from './isolate.mjs';
import { TAB_CASES, withTabs } from './tabs.mjs';

/** @typedef {{ verdict: 'pass' | 'fail' | 'n/a', why?: string, value?: unknown }} Outcome */
/** @typedef {{ id: string, title: string, outcomes: Record<string, Outcome> }} Row */

/**
 * Runs the cases against the contestants, each pair by itself.
 *
 * @param {object} options
 * @param {readonly string[]} [options.ids] The cases. Default is all.
 * @param {readonly string[]} [options.names] The contestants. Default is all.
 * @param {boolean} [options.isSource] Takes the package from its sources instead of `dist`. Default is false.
 * @param {boolean} [options.hasBrowser] Whether the cases of two tabs run, in Chromium. Default is false.
 * @param {(told: { id: string, name: string } & Outcome) => void} [options.onOutcome] Told of each pair as it ends.
 * @returns {Promise<{ names: readonly string[], rows: Row[] }>}
 */
export async function runConformance({ ids, names = CONTESTANTS, isSource = false, hasBrowser = false, onOutcome }) {
  const urls = await bundleClients(names, { isSource });
  const kinds = {};
  for (const name of names) kinds[name] = await import(urls[name]);
  const isWanted = ({ id }) => ids === undefined || ids.includes(id);
  const rows = [...CASES, ...(hasBrowser ? TAB_CASES : [])]
    .filter(isWanted)
    .sort((one, other) => Number(one.id.slice(1)) - Number(other.id.slice(1)))
    .map(({ id, title }) => ({ id, title, outcomes: {} }));
  const note = (row, name, outcome) => {
    row.outcomes[name] = outcome;
    onOutcome?.({ id: row.id, name, ...outcome });
  };
  const pairs = rows.flatMap((row) => names.map((name) => ({ row, name })));
  const tabs = [];
  await Promise.all(
    [1, 2].map(async () => {
      for (let pair = pairs.shift(); pair; pair = pairs.shift()) {
        const { row, name } = pair;
        const each = CASES.find(({ id }) => id === row.id);
        if (!each) tabs.push(pair);
        else {
          const why = notFor(kinds[name], each);
          note(row, name, why === undefined ? await runIsolated(urls[name], row.id) : { verdict: 'n/a', why });
        }
      }
    }),
  );
  if (tabs.length > 0) {
    await withTabs(isSource, async (run) => {
      for (const { row, name } of tabs) note(row, name, await run(name, row.id));
    });
  }
  return { names, rows };
}
