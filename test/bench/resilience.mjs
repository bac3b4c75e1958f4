import { bundleClients, CONTESTANTS } from '../conformance/bundle.mjs';
import { notFor } from '../conformance/cases.mjs';
import { runIsolated } from '../conformance/isolate.mjs';
import { CASES } from './scenarios.mjs';

const list = new URL('./scenarios.mjs', import.meta.url).href;
/** The case of the conformance table that says whether a contestant can have a scenario at all. */
const LIKE = { late: 'C3' };

/** Puts every contestant through every scenario, each pair in a process of its own, one after the other. */
export async function measureResilience({ names = CONTESTANTS } = {}) {
  const urls = await bundleClients(names);
  const tables = [];
  for (const { id, title } of CASES) {
    const rows = [];
    for (const name of names) {
      const why = LIKE[id] && notFor(await import(urls[name]), { id: LIKE[id] });
      if (why) {
        rows.push({ name, why });
        continue;
      }
      const { verdict, value, why: fault } = await runIsolated(urls[name], id, list);
      rows.push(verdict === 'pass' ? { name, ...value } : { name, why: fault });
    }
    tables.push({ id, title, rows });
  }
  return tables;
}
