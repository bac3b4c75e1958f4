import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type DjangoServer, startDjango } from '../servers/django/start.mjs';
import { type Engine, type EngineName, launchEngine, type Tab } from './engines.ts';
import { type BuiltPage, buildPage } from './page.ts';

/** Where SimpleJWT refreshes, and where it revokes. */
export const REFRESH = '/auth/token/refresh/';
export const BLACKLIST = '/auth/token/blacklist/';

/** A lifetime of access tokens, in seconds, and how long after that the engine holds them for dead, in milliseconds. */
export const SHORT = { accessLifetime: 2 };
/** Longer than any test lives: an answer that nobody is to wait for, in milliseconds. */
export const NEVER = 600_000;

/** The tabs of one engine, with the page `pages/tabs.ts` in them, on a Django of their own. */
export interface RealTabs {
  readonly engine: Engine;
  readonly django: DjangoServer;
  /** Another document of the same origin, which knows nothing of the package. */
  readonly elsewhere: string;
  /** The page. @param query Of it, such as `store=session`. */
  url(query?: string): string;
  open(query?: string, options?: { readonly hidden?: boolean }): Promise<Tab>;
  /** Opens so many tabs, and signs alice in in the first. All of them know it. */
  signedIn<Count extends 1 | 2 | 3>(count: Count, query?: string): Promise<Tuple<Count>>;
  signedIn(count: number, query?: string): Promise<Tab[]>;
  /** Resolves when the server has so many refreshes, answered or not. */
  refreshes(count: number): Promise<void>;
  /** Resolves when the engine takes the access tokens of `SHORT` for dead, which were given before this was called. */
  expiry(): Promise<void>;
}

type Tuple<Count> = Count extends 1 ? [Tab] : Count extends 2 ? [Tab, Tab] : [Tab, Tab, Tab];

/**
 * Starts all of it before the tests of this suite. Each test begins with a server that knows nothing, no tab, nothing
 * stored, and a session name that no test before had: a new profile would cost more than most tests.
 */
export function realTabs(engineName: EngineName): RealTabs {
  let django: DjangoServer;
  let engine: Engine;
  let opened: Tab[] = [];
  let tests = 0;
  beforeAll(async () => {
    const { folder } = await borrowPage();
    await Promise.all([
      startDjango({ staticDir: folder }).then((started) => {
        django = started;
      }),
      launchEngine(engineName).then((launched) => {
        engine = launched;
      }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([engine?.close(), django?.stop()]);
    await givePageBack();
  });
  beforeEach(async () => {
    tests += 1;
    await django.reset();
  });
  afterEach(async () => {
    // A test may have failed while they were cut off, and some are closed or crashed.
    if (engine.can.offline) await engine.offline(false);
    await Promise.all(opened.map((one) => one.close().catch(() => {})));
    opened = [];
  });

  const url = (query = ''): string => `${django.url}/?name=test-${tests}&${query}`;
  async function open(query?: string, options?: { readonly hidden?: boolean }): Promise<Tab> {
    const one = await engine.open(url(query), options);
    opened.push(one);
    if (opened.length === 1) await one.run(() => localStorage.clear());
    return one;
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
    url,
    open,
    async signedIn(count: number, query?: string): Promise<never> {
      const tabs: Tab[] = [];
      for (let index = 0; index < count; index += 1) tabs.push(await open(query));
      // Whoever still restores takes up what is there, and tells no event.
      await Promise.all(tabs.map((one) => one.run(() => tab.state())));
      await tabs[0]?.run(() => tab.signIn());
      await Promise.all(tabs.map((one) => one.run(() => tab.until('signed-in'))));
      return tabs as never;
    },
    refreshes: (count) =>
      eventually(async () => {
        const sent = await django.count(REFRESH);
        if (sent > count) throw new Error(`The server has ${sent} refreshes, and ${count} were expected.`);
        return sent === count;
      }),
    // The engine allows for a second of travel. This is no wait for something to happen: time itself is what is tested.
    expiry: () => delay(1050),
  };
}

let page: Promise<BuiltPage> | undefined;
let borrowers = 0;

/** The engines of a test file share one build of the page. */
function borrowPage(): Promise<BuiltPage> {
  borrowers += 1;
  page ??= buildPage('tabs').then(async (built) => {
    await writeFile(join(built.folder, 'elsewhere.html'), '<!doctype html><title>elsewhere</title>\n');
    return built;
  });
  return page;
}

async function givePageBack(): Promise<void> {
  borrowers -= 1;
  if (borrowers > 0) return;
  const last = page;
  page = undefined;
  await (await last)?.remove();
}

/** What each tab told its app, in the order of the tabs. */
export function eventsOf(tabs: readonly Tab[]): Promise<string[][]> {
  return Promise.all(tabs.map((one) => one.run(() => tab.events)));
}

/**
 * Asks until the answer is yes; the test's own time limit ends it. `expect.poll` knows one test at a time, and the engines
 * are tested side by side.
 */
export async function eventually(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask())) await delay(50);
}

/** What is awaited later: when a test fails before, the end of its tabs must not be one more failure. */
export function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

/** The id of the access token that a tab sends; why there is none, where there is none. */
export async function tokenOf(one: Tab): Promise<string> {
  const user = await one.run(() => tab.me());
  return typeof user === 'string' ? user : user.jti;
}
