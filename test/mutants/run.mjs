/**
 * Mutation testing of the engine, outside of the daily tests: two hours in all, so it goes part by part.
 *
 *   npm run mutants                              all parts
 *   npm run mutants -- token transports          these parts alone; each says below what is in it
 *   npm run mutants -- src/session/commit.ts …   these files alone, by the tests of all parts
 *
 * It works on a copy, into which it installs Stryker, so that nobody else has to. Texts of messages and what only explains
 * (trace, diagnose) are left alone. A part is judged by the tests of its own folder: who reads them, reads what it does.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Where the survivors of each part are kept, as Stryker's own JSON. */
const RESULTS = join(ROOT, 'node_modules/.cache/latchkey/mutants');
/** 10 needs Node 22. */
const STRYKER = ['@stryker-mutator/core@9.6.1', '@stryker-mutator/vitest-runner@9.6.1'];
const COPIED = [
  'src',
  'test',
  'docs',
  'README.md',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'vite.config.ts',
];
/** Says what happened, and decides nothing. */
const EXPLAINS = ['session/{trace,trace-text,diagnose,diagnostic,check-*,core-of}.ts', 'token/redact.ts'];
const PARTS = {
  token: { mutate: ['src/token/*.ts'], tests: ['token'] },
  transports: { mutate: ['src/transports/*.ts'], tests: ['transports', 'security'] },
  'session-a': { mutate: ['src/session/[a-d]*.ts'], tests: ['session'] },
  'session-e': { mutate: ['src/session/[e-k]*.ts'], tests: ['session'] },
  'session-l': { mutate: ['src/session/[l-r]*.ts'], tests: ['session'] },
  'session-s': { mutate: ['src/session/[s-z]*.ts'], tests: ['session'] },
};

const given = process.argv.slice(2);
const chosen = given.some((name) => !(name in PARTS))
  ? { files: { mutate: given, tests: ['token', 'transports', 'session', 'security'] } }
  : Object.fromEntries(Object.entries(PARTS).filter(([name]) => !given.length || given.includes(name)));
const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
try {
  const filter = (path) => !/node_modules|bench\/peers|\.blocks/.test(path);
  for (const part of COPIED) cpSync(join(ROOT, part), join(folder, part), { recursive: true, filter });
  cpSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', ...STRYKER]);
  mkdirSync(RESULTS, { recursive: true });
  for (const [name, part] of Object.entries(chosen)) {
    writeFileSync(join(folder, 'stryker.config.json'), JSON.stringify(settingsOf(part)));
    run('npx', ['stryker', 'run'], { LATCHKEY_MUTANT_TESTS: part.tests.join() });
    cpSync(join(folder, 'mutants.json'), join(RESULTS, `${name}.json`));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(command, args, env) {
  const { status } = spawnSync(command, args, { cwd: folder, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed.`);
}

function settingsOf({ mutate }) {
  return {
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutants/vitest.config.ts' },
    mutate: [...mutate, ...EXPLAINS.map((path) => `!src/${path}`)],
    mutator: { excludedMutations: ['StringLiteral'] },
    // The compiler is newer than what Stryker knows how to ask.
    tsconfigFile: 'no-tsconfig.json',
    coverageAnalysis: 'perTest',
    ignoreStatic: true,
    concurrency: Math.min(4, availableParallelism()),
    timeoutMS: 3000,
    disableTypeChecks: false,
    reporters: ['progress-append-only', 'clear-text', 'json'],
    clearTextReporter: { allowColor: false, logTests: false, reportScoreTable: true },
    jsonReporter: { fileName: 'mutants.json' },
  };
}
