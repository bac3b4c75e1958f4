// @vitest-environment node
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../support/system.mjs';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const modules = join(root, 'node_modules');
// Below the tests, so that what a project imports besides the package is found where it is installed.
const folder = join(root, 'test/.blocks/consumers');

/** The package as it would be installed, without its types, and the projects beside it, with the tests of the guide. */
beforeAll(async () => {
  await rm(folder, { recursive: true, force: true });
  const installed = join(folder, 'node_modules/latchkey');
  await mkdir(installed, { recursive: true });
  await cp(join(root, 'package.json'), join(installed, 'package.json'));
  const vite = join(modules, 'vite/bin/vite.js');
  await run(process.execPath, [vite, 'build', '--logLevel', 'error', '--outDir', join(installed, 'dist')], {
    cwd: root,
  });
  for (const project of ['jest', 'playwright']) {
    await cp(join(import.meta.dirname, project), join(folder, project), { recursive: true });
  }
  const guide = await readFile(join(root, 'docs/testing.md'), 'utf8');
  for (const [, file = '', code = ''] of guide.matchAll(/^```js\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)) {
    await writeFile(join(folder, file.endsWith('.spec.js') ? 'playwright' : 'jest', file), code);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a program in a project, and gives what it said, whatever came of it. */
async function runIn(
  project: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  // The runner that runs this test says things by the environment that are not meant for the one that it starts.
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:VITEST|NODE_ENV|TEST$|MODE$|DEV$|PROD$|SSR$|BASE_URL$)/.test(name),
  );
  const options = { cwd: join(folder, project), env: { ...Object.fromEntries(own), ...env }, timeout: 20_000 };
  const { killed, stdout } = await run(process.execPath, [join(modules, program), ...args], options).catch(
    (error) => error,
  );
  if (killed) throw new Error(`${program} did not end by itself: ${stdout}`);
  return stdout;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('docs/testing.md', () => {
  it('has an example for Jest that runs', async () => {
    const report = await runIn(
      'jest',
      'jest/bin/jest.js',
      ['--config', 'jest.config.json', '--json', '--ci', '--cache=false'],
      {
        NODE_OPTIONS: '--experimental-vm-modules',
      },
    );
    const { success, numPassedTests, testResults } = JSON.parse(report);
    expect(testResults.map(({ message }: { message: string }) => message)).toEqual(['']);
    expect([success, numPassedTests]).toEqual([true, 1]);
  }, 25_000);

  it('has an example for Playwright that runs', async () => {
    const report = await runIn('playwright', '@playwright/test/cli.js', ['test'], {
      PORT: String(await freePort()),
      VITE: join(modules, 'vite/bin/vite.js'),
      CHROMIUM_PATH: findChromium(),
    });
    const { errors, stats, suites } = JSON.parse(report);
    const results = suites.flatMap(({ specs }: { specs: { tests: { results: { errors: unknown[] }[] }[] }[] }) =>
      specs.flatMap(({ tests }) => tests.flatMap((test) => test.results.flatMap((result) => result.errors))),
    );
    expect([...errors, ...results]).toEqual([]);
    expect(stats).toMatchObject({ expected: 1, unexpected: 0, flaky: 0, skipped: 0 });
  }, 25_000);
});
