/**
 * Mutation testing of the engine, outside of the daily tests: an hour or more.
 *
 *   npm run mutants                                  session, transports, token
 *   npm run mutants -- src/session/commit.ts …       these files alone
 *
 * It works on a copy, into which it installs Stryker, so that nobody else has to. Texts of messages and what only explains
 * (trace, diagnose) are left alone.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** 10 needs Node 22. */
const STRYKER = ['@stryker-mutator/core@9.6.1', '@stryker-mutator/vitest-runner@9.6.1'];
const PARTS = [
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
const EXPLAINS = ['trace', 'trace-text', 'diagnose', 'diagnostic', 'check-*', 'core-of'];
const DEFAULT = [
  'src/{session,transports,token}/*.ts',
  ...EXPLAINS.map((name) => `!src/session/${name}.ts`),
  '!src/token/redact.ts',
];

const given = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
const run = (command, args) => spawnSync(command, args, { cwd: folder, stdio: 'inherit' }).status;
try {
  const filter = (path) => !/node_modules|bench\/peers|\.blocks/.test(path);
  for (const part of PARTS) cpSync(join(ROOT, part), join(folder, part), { recursive: true, filter });
  cpSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  writeFileSync(
    join(folder, 'stryker.config.json'),
    JSON.stringify({
      testRunner: 'vitest',
      vitest: { configFile: 'test/mutants/vitest.config.ts' },
      mutate: given.length ? given : DEFAULT,
      mutator: { excludedMutations: ['StringLiteral'] },
      // The compiler is newer than what Stryker knows how to ask.
      tsconfigFile: 'no-tsconfig.json',
      coverageAnalysis: 'perTest',
      ignoreStatic: true,
      concurrency: Math.min(4, availableParallelism()),
      timeoutMS: 3000,
      disableTypeChecks: false,
      reporters: ['clear-text', 'json'],
      clearTextReporter: { allowColor: false, logTests: false, reportScoreTable: true },
      jsonReporter: { fileName: 'mutants.json' },
    }),
  );
  const status =
    run('npm', ['install', '--no-save', '--no-audit', '--no-fund', ...STRYKER]) || run('npx', ['stryker', 'run']);
  if (!status) cpSync(join(folder, 'mutants.json'), join(ROOT, 'node_modules/.cache/latchkey/mutants.json'));
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
