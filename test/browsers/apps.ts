import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type DjangoServer, startDjango } from '../servers/django/start.mjs';
import { type Engine, type EngineName, launchEngine, type Tab } from './engines.ts';
import { buildPage } from './page.ts';

/** The apps of `demo/`: each tells the same story. */
export type AppName = 'plain' | 'react' | 'vue' | 'angular';

/** Which of them each engine drives: what differs between engines is the engine's, not the framework's. */
export const APPS: Readonly<Record<EngineName, readonly AppName[]>> = {
  chromium: ['plain', 'react', 'vue', 'angular'],
  firefox: ['react'],
  webkit: ['react'],
};

/** What the list shows alice on a page, from 1 to 5. */
export function itemsOf(page: number): string[] {
  const length = page === 5 ? 5 : 10;
  return Array.from({ length }, (_, index) => `Item ${(page - 1) * 10 + index + 1} of alice`);
}

const demo = (path: string): string => fileURLToPath(new URL(`../../demo/${path}`, import.meta.url));

/** Builds an app as its owner would for production, below its name in a folder. */
export async function buildApp(app: AppName, folder: string): Promise<void> {
  await build({
    configFile: demo('vite.config.ts'),
    mode: 'production',
    logLevel: 'error',
    publicDir: false,
    build: {
      target: 'es2022',
      outDir: folder,
      emptyOutDir: false,
      // Angular's compiler is in its page.
      chunkSizeWarningLimit: 4000,
      rolldownOptions: { input: { [app]: demo(`${app}/index.html`) } },
    },
  });
}

/** One app in the tabs of one engine, on a Django of its own. */
export interface AppTabs {
  readonly engine: Engine;
  readonly django: DjangoServer;
  /** Another document of the same origin, which knows nothing of the app. */
  readonly elsewhere: string;
  /** @param path In the app, such as `/items`. @param query Of the page, such as `idle=3000`. */
  open(path?: string, query?: string): Promise<Tab>;
  /** Opens a page for signed-in users, and signs alice in. */
  signedIn(path?: string, query?: string): Promise<Tab>;
  /** What the API and the sign-in refused, as `status method path`. */
  refused(): Promise<readonly string[]>;
  /** Asks the server as another device would, without a browser. */
  post(path: string, body: object): Promise<Response>;
}

/** Builds, starts and launches before the tests of this suite. Each test begins with nobody signed in. */
export function appTabs(engineName: EngineName, app: AppName): AppTabs {
  let django: DjangoServer;
  let engine: Engine;
  let opened: Tab[] = [];
  const stops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-app-'));
    stops.push(() => rm(folder, { recursive: true, force: true }));
    const launch = launchEngine(engineName).then((launched) => {
      engine = launched;
      stops.unshift(launched.close);
    });
    const serve = async (): Promise<void> => {
      await buildApp(app, folder);
      await addDriver(join(folder, app, 'index.html'), folder);
      await writeFile(join(folder, 'elsewhere.html'), '<!doctype html><title>elsewhere</title>\n');
      django = await startDjango({ staticDir: folder });
      stops.unshift(django.stop);
    };
    await Promise.all([launch, serve()]);
  });
  afterAll(async () => {
    for (const stop of stops) await stop();
  });
  beforeEach(() => django.reset());
  afterEach(async () => {
    await Promise.all(opened.map((one) => one.close().catch(() => {})));
    opened = [];
  });

  async function open(path = '', query = ''): Promise<Tab> {
    const first = opened.length === 0;
    const url = `${django.url}/${app}/?${query}${path && `#${path}`}`;
    const tab = await engine.open(first ? `${django.url}/elsewhere.html` : url);
    opened.push(tab);
    if (first) {
      // What the test before has left.
      await tab.run(() => localStorage.clear());
      await tab.goto(url);
    }
    return tab;
  }
  return {
    get engine() {
      return engine;
    },
    get django() {
      return django;
    },
    get elsewhere() {
      return `${django.url}/elsewhere.html`;
    },
    open,
    async signedIn(path, query) {
      const tab = await open(path, query);
      await tab.run(() => visitor.signIn());
      await tab.run(() => visitor.who());
      return tab;
    },
    post(path, body) {
      const headers = { 'Content-Type': 'application/json' };
      return fetch(`${django.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    },
    async refused() {
      const log = await django.log();
      return log
        .filter(({ path, status }) => status >= 400 && /^\/(api|auth)\//.test(path))
        .map(({ status, method, path }) => `${status} ${method} ${path}`);
    },
  };
}

/** Puts `pages/apps.ts` before the app's own program. Modules run in their order in the document. */
async function addDriver(file: string, folder: string): Promise<void> {
  const { folder: driver, remove } = await buildPage('apps');
  await cp(join(driver, 'page.js'), join(folder, 'driver.js'));
  await remove();
  const html = await readFile(file, 'utf8');
  const program = html.indexOf('<script');
  if (program === -1) throw new Error(`${file} has no program`);
  const script = '<script type="module" src="/driver.js"></script>';
  await writeFile(file, `${html.slice(0, program)}${script}\n    ${html.slice(program)}`);
}
