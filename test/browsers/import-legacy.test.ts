// @vitest-environment node
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DjangoServer, startDjango } from '../servers/django/start.mjs';
import { ENGINES, type Engine, launchEngine, type Tab } from './engines.ts';
import { type BuiltPage, buildPage } from './page.ts';
import { BLACKLIST, eventually, REFRESH, SHORT } from './real-tabs.ts';

let built: BuiltPage;
beforeAll(async () => {
  built = await buildPage('import-legacy');
});
afterAll(() => built?.remove());

/** Above the three engines' names, so that no test meets what another one has left. */
let tests = 0;

describe.each(ENGINES)('%s: an app that is deployed over an older one', (name) => {
  let django: DjangoServer;
  let engine: Engine;
  let opened: Tab[] = [];
  beforeAll(async () => {
    [django, engine] = await Promise.all([startDjango({ staticDir: built.folder }), launchEngine(name)]);
  });
  afterAll(() => Promise.all([engine?.close(), django?.stop()]));
  beforeEach(async () => {
    tests += 1;
    await django.reset();
  });
  afterEach(async () => {
    await Promise.all(opened.map((one) => one.close().catch(() => {})));
    opened = [];
  });

  const url = (query: string): string => `${django.url}/?name=test-${tests}&${query}`;
  async function open(query: string): Promise<Tab> {
    const one = await engine.open(url(query));
    opened.push(one);
    if (opened.length === 1) await one.run(() => localStorage.clear());
    return one;
  }
  /** So many tabs of the older app, in the first of which alice signs in. All of them know it. */
  async function openOld(count: number, query = ''): Promise<[Tab, ...Tab[]]> {
    const tabs = [];
    for (let index = 0; index < count; index += 1) tabs.push(await open(`app=old&${query}`));
    await tabs[0]?.run(() => migrated.old?.signIn());
    return tabs as [Tab, ...Tab[]];
  }
  /** All of them are reloaded at once, and get the app that was deployed meanwhile. */
  const deploy = (tabs: readonly Tab[], query = ''): Promise<unknown> =>
    Promise.all(tabs.map((one) => one.goto(url(query))));
  const all = <T>(tabs: readonly Tab[], work: () => T): Promise<Awaited<T>[]> =>
    Promise.all(tabs.map((one) => one.run(work)));

  /** What one tab writes, or removes, another one may see a moment later. */
  const allSee = (tabs: readonly Tab[], keys: readonly string[]): Promise<void> =>
    eventually(async () => (await all(tabs, () => migrated.oldKeys())).every((seen) => `${seen}` === `${keys}`));

  it.each(['', 'from=cookie', 'store=shared'])(
    'signs nobody out: the old keys are gone, and every tab is signed in without a request (%s)',
    async (query) => {
      const tabs = await openOld(4, query);
      await allSee(tabs, ['jwta', 'jwtr']);
      await deploy(tabs, query);
      const states = await all(tabs, () => migrated.state());
      expect(states).toEqual(Array(4).fill(expect.objectContaining({ status: 'signed-in' })));
      expect(await all(tabs, () => migrated.me())).toEqual(Array(4).fill('alice'));
      await allSee(tabs, []);
      const places = query === 'store=shared' ? [] : ['localStorage'];
      expect(await all(tabs, () => migrated.tokensAtRest())).toEqual(Array(4).fill(places));
      expect((await all(tabs, () => migrated.imported())).filter(Boolean)).toHaveLength(1);
      expect(await all(tabs, () => migrated.events)).toEqual(Array(4).fill([]));
      expect(await django.count(REFRESH)).toBe(0);

      expect(await tabs[0].run(() => migrated.refresh())).toBe('refreshed');
      await tabs[1]?.reload();
      expect(await all(tabs, () => migrated.me())).toEqual(Array(4).fill('alice'));
      expect(await django.count(REFRESH)).toBe(1);
    },
  );

  it('refreshes once for all tabs where the old access token is dead', async () => {
    await django.set(SHORT);
    const tabs = await openOld(3);
    await allSee(tabs, ['jwta', 'jwtr']);
    await delay(2050);
    await django.set({ accessLifetime: 300 });
    await deploy(tabs);
    expect(await all(tabs, () => migrated.me())).toEqual(Array(3).fill('alice'));
    expect(await django.count(REFRESH)).toBe(1);
    await allSee(tabs, []);
  });

  it('goes on with what a tab that still has the old app refreshes behind its back (I2)', async () => {
    const [left, ...tabs] = await openOld(3);
    await allSee(tabs, ['jwta', 'jwtr']);
    await deploy(tabs);
    expect(await all(tabs, () => migrated.me())).toEqual(['alice', 'alice']);
    // SimpleJWT counts in whole seconds.
    await delay(1050);
    expect(await left.run(() => migrated.old?.refresh())).toBe('refreshed');
    // Neither does a page that is loaded now take it away.
    await tabs[1]?.reload();
    expect(await tabs[0]?.run(() => migrated.refresh())).toBe('refreshed');
    expect(await all(tabs, () => migrated.me())).toEqual(['alice', 'alice']);
    expect(await django.count(REFRESH)).toBe(2);
    await allSee(tabs, []);
    expect(await all(tabs, () => migrated.events)).toEqual([[], []]);
  });

  it('is signed out of in all tabs, and no key that the old app writes again undoes that (I3)', async () => {
    const [left, ...tabs] = await openOld(3);
    await allSee(tabs, ['jwta', 'jwtr']);
    await deploy(tabs);
    expect(await all(tabs, () => migrated.me())).toEqual(['alice', 'alice']);
    await tabs[0]?.run(() => migrated.signOut());
    await all(tabs, () => migrated.until('signed-out'));
    expect(await django.count(BLACKLIST)).toBe(1);
    await left.run(() => migrated.old?.keep());
    await allSee(tabs, ['jwta', 'jwtr']);
    await deploy(tabs);
    expect(await all(tabs, () => migrated.state())).toEqual(Array(2).fill({ status: 'signed-out' }));
    await allSee(tabs, []);
    expect(await tabs[0]?.run(() => migrated.tokensAtRest())).toEqual([]);
  });
});
