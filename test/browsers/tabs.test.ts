// @vitest-environment node
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DjangoServer, startDjango } from '../servers/django/start.mjs';
import { ENGINES, type Engine, launchEngine, type Tab } from './engines.ts';
import { type BuiltPage, buildPage } from './page.ts';
import type { TabPage } from './pages/tabs.ts';

declare const tab: TabPage;

/** How many expiries a storm of tabs lives through; `npm run soak` asks for more. */
const EXPIRIES = Number(process.env.LATCHKEY_EXPIRIES ?? 10);
const TABS = 8;

let django: DjangoServer;
let built: BuiltPage;
beforeAll(async () => {
  built = await buildPage('tabs');
  django = await startDjango({ staticDir: built.folder });
});
afterAll(async () => {
  await django.stop();
  await built.remove();
});

describe.each(ENGINES)('real tabs in %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await launchEngine(name);
  });
  afterAll(() => engine.close());
  beforeEach(async () => {
    await engine.renew();
    await django.reset();
  });

  const open = async (query = ''): Promise<Tab> => engine.open(`${django.url}/${query}`);
  const openAll = async (count: number, query = ''): Promise<Tab[]> => {
    const tabs: Tab[] = [];
    for (let index = 0; index < count; index += 1) tabs.push(await open(query));
    return tabs;
  };
  const generations = (one: Tab): Promise<number> =>
    one.run(() => JSON.parse(localStorage.getItem('latchkey.1.default') ?? '{}').generation);

  it(
    `${TABS} of them live through ${EXPIRIES} expiries with one refresh each, and nobody is signed out (C50, ROT-1)`,
    async () => {
      await django.set({ accessLifetime: 2 });
      const [first, ...others] = (await openAll(TABS)) as [Tab, ...Tab[]];
      await first.run(() => tab.signIn());
      await Promise.all(others.map((other) => other.run(() => tab.until('signed-in'))));
      const tabs = [first, ...others];
      for (let count = 0; count < EXPIRIES; count += 1) {
        await delay(2050);
        const statuses = await Promise.all(tabs.map((one) => one.run(() => tab.send(5))));
        expect(statuses.flat()).toEqual(Array(5 * TABS).fill(200));
      }
      const posts = await django.count('/auth/token/refresh/');
      expect(posts).toBe((await generations(first)) - 1);
      expect(posts).toBeGreaterThanOrEqual(EXPIRIES);
      const events = await Promise.all(tabs.map((one) => one.run(() => tab.events)));
      expect(events).toEqual(Array(TABS).fill(['signed-in']));
    },
    60_000 + EXPIRIES * 5000,
  );
});
