/**
 * The conformance table: `npm run conformance`. Options, after `--`: `--only=C1,C24` some cases, `--clients=latchkey,alova`
 * some contestants, `--source` the package as written instead of `dist`, `--quick` without a browser, `--write` the table
 * into docs/numbers.md. It exits with 1 when latchkey fails a case.
 */

import { machineOf } from '../bench/machine.mjs';
import { ensurePeers } from '../bench/peers.mjs';
import { runConformance } from './conformance.mjs';
import { printMatrix, writeMatrix } from './matrix.mjs';

const option = (name) =>
  process.argv
    .find((argument) => argument.startsWith(`--${name}=`))
    ?.slice(name.length + 3)
    .split(',');
const has = (name) => process.argv.includes(`--${name}`);

await ensurePeers();
const result = await runConformance({
  ids: option('only'),
  names: option('clients'),
  isSource: has('source'),
  hasBrowser: !has('quick'),
  onOutcome: ({ id, name, verdict, why }) =>
    process.stderr.write(`${verdict.padEnd(4)} ${id.padEnd(4)} ${name}${why ? `: ${why}` : ''}\n`),
});
printMatrix(result);
if (has('write')) await writeMatrix({ ...result, machine: await machineOf() });
process.exit(
  result.rows.some(({ outcomes }) => ['latchkey', 'latchkey-fetch'].some((name) => outcomes[name]?.verdict === 'fail'))
    ? 1
    : 0,
);
