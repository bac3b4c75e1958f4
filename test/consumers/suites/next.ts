import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalServer } from '../../backends/local-server.ts';
import { launchChromium, openPage } from '../../browsers/chromium.ts';
import { modules } from '../packed.ts';
import { startShop } from '../shop-server.ts';

const tests = join(import.meta.dirname, '../..');
// Below the tests: Next.js takes no package from outside of the folder with the lock file.
const folder = join(tests, '.blocks/next');

/** Runs Next.js in the app, as from its command line: a runner of tests says things by the environment that are not meant for it. */
function next(args: readonly string[], api: string): ChildProcess {
  const { PATH, HOME } = process.env;
  return spawn(process.execPath, [join(modules, 'next/dist/bin/next'), ...args], {
    cwd: folder,
    env: { PATH, HOME, NEXT_TELEMETRY_DISABLED: '1', NEXT_PUBLIC_API: api } as unknown as NodeJS.ProcessEnv,
  });
}

/** What a program says until it has said this, or has ended. */
function heard(program: ChildProcess, until?: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const hear = (text: Buffer): void => {
      said += text;
      if (until?.test(said)) resolve(said);
    };
    program.stdout?.on('data', hear);
    program.stderr?.on('data', hear);
    program.on('close', () => resolve(said));
  });
}

/** The source maps of what was built, which name every module. */
async function sourcesOf(built: string): Promise<string> {
  const maps = (await readdir(built, { recursive: true })).filter((file) => file.endsWith('.map'));
  return (await Promise.all(maps.map((file) => readFile(join(built, file), 'utf8')))).join('');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** An app whose first page a server makes. */
export function nextApp(app: () => string): void {
  describe('an app on Next.js', () => {
    let shop: LocalServer;
    let browser: Browser;
    let server: ChildProcess | undefined;
    beforeAll(async () => {
      await rm(folder, { recursive: true, force: true });
      await mkdir(join(folder, 'node_modules'), { recursive: true });
      for (const file of ['package.json', 'app']) {
        await cp(join(tests, 'frameworks/next', file), join(folder, file), { recursive: true });
      }
      // Without its own, Next.js goes by that of the tests above it, which says that the package is its sources.
      await writeFile(join(folder, 'jsconfig.json'), '{}');
      await cp(join(app(), 'node_modules/latchkey'), join(folder, 'node_modules/latchkey'), { recursive: true });
      shop = await startShop(folder);
      browser = await launchChromium();
    });
    afterAll(async () => {
      await browser?.close();
      await shop?.close();
      if (server?.exitCode === null && server.kill()) await new Promise((resolve) => server?.once('close', resolve));
      await rm(folder, { recursive: true, force: true });
    });

    it('is built without a warning, shows nobody on the server, and signs in in the browser', async () => {
      const building = next(['build'], shop.url);
      const said = await heard(building);
      expect(said).not.toMatch(/warn|⚠|error|deprecat/i);
      expect([building.exitCode, said]).toEqual([0, expect.stringContaining('○ /\n')]);
      expect(await sourcesOf(join(folder, '.next/server'))).toContain('.blocks/next/node_modules/latchkey/');
      // Rendered once for everybody: were anything of a browser touched there, there would be no such page.
      const page = await readFile(join(folder, '.next/server/app/index.html'), 'utf8');
      expect(page).toContain('One moment');
      expect(shop.got).toEqual([]);

      const port = await freePort();
      server = next(['start', '--hostname', '127.0.0.1', '--port', String(port)], shop.url);
      expect(await heard(server, /Ready/)).toContain('Ready');
      const opened = await openPage(browser, `http://127.0.0.1:${port}/`);
      await opened.page.getByRole('button', { name: 'Sign in' }).click();
      await opened.page.getByText('Hello alice').waitFor();
      expect(opened.errors).toEqual([]);
      expect(shop.got.flatMap(({ method, path }) => (method === 'OPTIONS' ? [] : [`${method} ${path}`]))).toEqual([
        'POST /auth/token/',
        'GET /api/me/',
      ]);
      await opened.context.close();
    }, 240_000);
  });
}
