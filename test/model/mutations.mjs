/**
 * Takes each guard of the engine out of a copy of the sources, and looks whether a test notices.
 *
 *   node test/model/mutations.mjs            all of them
 *   node test/model/mutations.mjs attempt    those whose file, text or reason has this word
 *
 * Exits with 1 when one survives, or is not found in the sources any more.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LISTS = new URL('./mutations/', import.meta.url);
/** The quickest tests that ought to notice. */
const TESTS = ['test/session', 'test/model/random-tabs', 'test/transports/ending.test.ts'];
/** What the copy is made of. */
const PARTS = ['src', 'test', 'docs', 'README.md', 'package.json', 'tsconfig.json', 'vite.config.ts'];
const [word = ''] = process.argv.slice(2);

const lists = readdirSync(LISTS).filter((name) => name.endsWith('.mjs'));
const all = (await Promise.all(lists.map((name) => import(new URL(name, LISTS))))).flatMap(({ guards }) => guards);
const chosen = all.filter((guard) => JSON.stringify(guard).includes(word));

const outcomes = [];
const queue = [undefined, ...chosen];
// The first is none at all: what fails without any of it says nothing.
await judge(queue.shift());
await Promise.all(
  Array.from({ length: Math.min(2, availableParallelism()) }, async () => {
    for (let guard = queue.shift(); guard; guard = queue.shift()) await judge(guard);
  }),
);
const alive = outcomes.filter(({ verdict }) => verdict !== 'killed');
console.log(`${outcomes.length - alive.length} killed, ${alive.length} not`);
for (const { verdict, guard } of alive) console.log(`${verdict}: ${guard.file}: ${guard.why}`);
process.exitCode = alive.length ? 1 : 0;

async function judge(guard) {
  const folder = mkdtempSync(join(tmpdir(), 'guards-'));
  try {
    for (const part of PARTS) {
      // Other packages that lie within are no part of any of these tests.
      const filter = (path) => !path.includes('node_modules') && !path.includes('bench/peers');
      cpSync(join(ROOT, part), join(folder, part), { recursive: true, filter });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    if (!guard) {
      if (await isCaught(folder, TESTS)) throw new Error('The tests fail with every guard in place.');
      return;
    }
    const path = join(folder, guard.file);
    const source = readFileSync(path, 'utf8');
    const verdict = source.split(guard.find).length !== 2 ? 'not found, or not once' : undefined;
    if (!verdict)
      writeFileSync(
        path,
        source.replace(guard.find, () => guard.replace),
      );
    const outcome = verdict ?? ((await isCaught(folder, guard.tests ?? TESTS)) ? 'killed' : 'survived');
    outcomes.push({ guard, verdict: outcome });
    console.log(`${outcome.padEnd(9)} ${guard.file}: ${guard.why}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isCaught(folder, tests) {
  return new Promise((resolve) => {
    const run = spawn(
      join(folder, 'node_modules/.bin/vitest'),
      ['run', ...tests, '--bail', '1', '--typecheck.enabled=false', '--reporter', 'dot'],
      {
        cwd: folder,
        stdio: process.env.LATCHKEY_SHOW ? 'inherit' : 'ignore',
        env: { ...process.env, LATCHKEY_SEED: '1', LATCHKEY_RUNS: process.env.LATCHKEY_RUNS ?? '400' },
      },
    );
    run.on('close', (code) => resolve(code !== 0));
  });
}
