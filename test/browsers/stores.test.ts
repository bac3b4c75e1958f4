// @vitest-environment node
import { memoryStore } from 'latchkey';
import { tokenStoreContract } from 'latchkey/testing';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DjangoServer, startDjango } from '../servers/django/start.mjs';
import { launchChromium, openPage } from './chromium.ts';
import { type BuiltPage, buildPage, type ServedPage, servePage } from './page.ts';
import type { StoreName } from './pages/stores.ts';

let browser: Browser;
let built: BuiltPage;
let served: ServedPage;
let context: BrowserContext;
let page: Page;
let errors: readonly string[];

beforeAll(async () => {
  built = await buildPage('stores');
  served = await servePage(built);
  browser = await launchChromium();
});
afterAll(async () => {
  await Promise.all([browser?.close(), served?.stop()]);
  await built?.remove();
});
beforeEach(async () => {
  ({ context, page, errors } = await openPage(browser, `${served.url}/app/`));
  return async () => {
    await context.close();
    expect(errors).toEqual([]);
  };
});

/** Restores what a store has, in a page. */
const restored = (where: Page, store: StoreName) => where.evaluate((name) => storesPage.open(name), store);
const told = (where: Page) => where.evaluate(() => storesPage.told);
const signIn = (store: StoreName) => page.evaluate((name) => storesPage.signIn(name), store);

/** Plants a cookie, as whatever else runs on this origin could. */
const writeCookie = (text: string) =>
  page.evaluate((written) => {
    // biome-ignore lint/suspicious/noDocumentCookie: this is what the store is tested against.
    document.cookie = written;
  }, text);

async function openTab(): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(page.url());
  return tab;
}

describe('in Chromium, on http://localhost', () => {
  it.each<StoreName>([
    'localStorageStore',
    'sessionStorageStore',
    'cookieStore',
    'cookieStore of a path',
    'rememberStore',
    'rememberStore with a cookie',
  ])('%s keeps the contract of every store', async (store) => {
    const { passed, failed, left } = await page.evaluate((name) => storesPage.contract(name), store);
    expect({ failed, left }).toEqual({ failed: [], left: '' });
    expect(passed).toEqual(tokenStoreContract(() => memoryStore()).map(({ title }) => title));
  });

  it('the cookie is really kept, with its prefix, Secure, strict, for this host and every path (CKI-1)', async () => {
    await signIn('cookieStore');
    expect(await context.cookies()).toEqual([
      expect.objectContaining({
        name: '__Host-latchkey.1.default',
        domain: 'localhost',
        path: '/',
        secure: true,
        sameSite: 'Strict',
        httpOnly: false,
        expires: -1,
      }),
    ]);
  });

  it('a cookie of more than 4096 bytes is refused, and the one before stays (CKI-3)', async () => {
    expect(await page.evaluate(() => storesPage.saveCookie(4096))).toBe('');
    const kept = await page.evaluate(() => document.cookie);
    expect(kept).toHaveLength(4096 + '='.length);

    // What the browser does with one byte more if nobody counts: nothing, and not a word.
    await writeCookie(`${kept}x; Path=/; Secure; SameSite=Strict`);
    expect(await page.evaluate(() => storesPage.saveCookie(4097))).toMatch(/^TokenStoreError: .*4096 bytes/);
    expect(await page.evaluate(() => document.cookie)).toBe(kept);
  });

  it('a second cookie of the name, from another path, makes both worthless (CKI-4)', async () => {
    await signIn('cookieStore of a path');
    await page.reload();
    expect(await restored(page, 'cookieStore of a path')).toBe('signed-in');

    await writeCookie('latchkey.1.default=planted; Path=/');
    expect((await page.evaluate(() => document.cookie)).split('; ')).toHaveLength(2);
    await page.reload();
    expect(await restored(page, 'cookieStore of a path')).toBe('signed-out');
    expect(await told(page)).toEqual(['Two cookies are named latchkey.1.default: neither is trusted.']);
  });

  it('nobody plants a second one for another path or domain where the name has its prefix (CKI-1, CKI-4)', async () => {
    await writeCookie('__Host-latchkey.1.default=planted; Path=/app; Secure');
    await writeCookie('__Host-latchkey.1.default=planted; Path=/; Domain=localhost; Secure');
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });

  it('sessionStorage outlives a reload, and ends with the tab', async () => {
    await signIn('sessionStorageStore');
    await page.reload();
    expect(await restored(page, 'sessionStorageStore')).toBe('signed-in');
    const next = await openTab();
    await page.close();
    expect(await restored(next, 'sessionStorageStore')).toBe('signed-out');
  });

  it('localStorage is shared by two tabs, and a sign-out in the one signs the other out, once', async () => {
    await signIn('localStorageStore');
    const other = await openTab();
    expect(await restored(other, 'localStorageStore')).toBe('signed-in');

    await page.evaluate(() => storesPage.signOut());
    await other.waitForFunction(() => storesPage.state().status === 'signed-out');
    const [reason] = await told(other);
    expect(reason).toMatch(/^(other-tab|storage-cleared)$/);
    expect(await other.evaluate(() => storesPage.state())).toEqual({ status: 'signed-out', reason });
    expect(await other.evaluate(() => localStorage.length)).toBe(0);
    expect(await restored(other, 'localStorageStore')).toBe('signed-out');
    expect(await told(other)).toEqual([reason]);
    expect(await told(page)).toEqual(['user']);
  });

  it('localStorage that another tab cleared by hand ends the session here as well, with its reason (C40)', async () => {
    await signIn('localStorageStore');
    const other = await openTab();
    await other.evaluate(() => localStorage.clear());
    await page.waitForFunction(() => storesPage.state().status === 'signed-out');
    expect(await told(page)).toEqual(['storage-cleared']);
  });
});

describe('in Chromium, on the origin of a Django', () => {
  let server: DjangoServer;
  beforeAll(async () => {
    server = await startDjango({ staticDir: built.folder });
  });
  afterAll(() => server?.stop());

  it('a session of localStorage survives a reload, and refreshes with what was stored', async () => {
    await page.goto(`http://localhost:${new URL(server.url).port}/`);
    const open = () =>
      page.evaluate(async () => {
        const { createSession, localStorageStore, simpleJwt } = latchkey;
        const session = createSession({ backend: simpleJwt({ baseUrl: '/auth' }), store: localStorageStore() });
        await session.ready;
        if (session.getState().status === 'signed-in') await session.refresh();
        else await session.signIn({ username: 'alice', password: 'alice-pass-1' });
        return Object.entries(localStorage).map(([key, value]) => [key, JSON.parse(value).generation]);
      });
    expect(await open()).toEqual([['latchkey.1.default', 1]]);
    await page.reload();
    expect(await open()).toEqual([['latchkey.1.default', 2]]);
    expect([await server.count('/auth/token/'), await server.count('/auth/token/refresh/')]).toEqual([1, 1]);
  });
});
