// @vitest-environment node
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DjangoServer, startDjango } from '../servers/django/start.mjs';
import { launchChromium, type OpenPage, openPage } from './chromium.ts';
import { type BuiltPage, buildPage, type ServedPage, servePage } from './page.ts';
import type { App } from './pages/app.ts';

declare const app: App;

let django: DjangoServer;
let built: BuiltPage;
let elsewhere: ServedPage;
let browser: Browser;
let open: OpenPage | undefined;
beforeAll(async () => {
  built = await buildPage('app');
  [django, elsewhere, browser] = await Promise.all([
    startDjango({ staticDir: built.folder }),
    servePage(built),
    launchChromium(),
  ]);
});
afterAll(async () => {
  await Promise.all([browser.close(), elsewhere.stop(), django.stop()]);
  await built.remove();
});
beforeEach(() => django.reset());
afterEach(() => open?.context.close());

async function load(url: string, options?: { readonly isVisible: boolean }): Promise<Page> {
  open = await openPage(browser, url, options);
  await open.page.waitForFunction(() => 'app' in globalThis);
  return open.page;
}
const signIn = (page: Page): Promise<unknown> =>
  page.evaluate(() => app.session.signIn({ username: 'alice', password: 'alice-pass-1' }));
/** SimpleJWT cuts `exp` to whole seconds, so after the lifetime the token is dead for certain. */
const expiry = (page: Page, seconds: number): Promise<void> => page.waitForTimeout(seconds * 1000 + 50);

describe.each([
  ['the API has the origin of the page', () => django.url],
  [
    'the API has another origin, and exposes no header',
    () => `${elsewhere.url}/?api=${encodeURIComponent(django.url)}`,
  ],
])('in Chromium, where %s', (_, url) => {
  it('20 requests of axios and fetch across an expiry cost one refresh, and none fails (C2)', async () => {
    await django.set({ accessLifetime: 2 });
    const page = await load(url());
    await signIn(page);
    await expiry(page, 2);
    // However long the 20 take, the next token lives longer.
    await django.set({ accessLifetime: 300 });
    const statuses = await page.evaluate(() =>
      Promise.all(
        Array.from({ length: 20 }, async (_, index) =>
          index % 2
            ? (await app.api.get('/api/echo/', { params: { index } })).status
            : (await app.fetch(`${app.server}/api/echo/?index=${index}`)).status,
        ),
      ),
    );
    expect(statuses).toEqual(Array(20).fill(200));
    expect(await django.count('/auth/token/refresh/')).toBe(1);
    expect(await page.evaluate(() => app.events)).toEqual(['signed-in', 'refreshed']);
  });

  it('a page that is looked at renews its tokens before they die, without a request (HRD-1)', async () => {
    await django.set({ accessLifetime: 2 });
    const page = await load(url(), { isVisible: true });
    await signIn(page);
    await expect.poll(() => django.count('/auth/token/refresh/')).toBeGreaterThanOrEqual(2);
    expect((await django.log()).filter(({ path }) => path.startsWith('/api/'))).toEqual([]);
    expect(await page.evaluate(() => new Set(app.events).size)).toBe(2);
  });

  it('a request that meets an outage of a moment waits for its end, and fails for nobody (C24)', async () => {
    await django.set({ accessLifetime: 1 });
    const page = await load(url());
    await signIn(page);
    await expiry(page, 1);
    await django.set({ refreshStatus: 503 });
    const me = page.evaluate(() => app.api.get('/api/me/').then(({ status }) => status));
    await expect.poll(() => django.count('/auth/token/refresh/')).toBeGreaterThanOrEqual(2);
    await django.set({ refreshStatus: null, accessLifetime: 300 });
    expect(await me).toBe(200);
  });

  it('bodies of every kind survive a refusal and are sent whole the second time (C14)', async () => {
    const page = await load(url());
    await signIn(page);
    const bodies = await page.evaluate(async () => {
      const form = new FormData();
      form.append('note', 'käthe');
      form.append('file', new Blob(['x'.repeat(70_000)]), 'big.txt');
      const kinds = [
        { json: 'käthe' },
        new URLSearchParams({ a: '1 2' }),
        new Blob(['blob']),
        new Uint8Array([1, 2, 3]),
        form,
      ];
      const { accessToken: _, ...rest } = JSON.parse(localStorage.getItem('latchkey.1.default') ?? '').tokens;
      const answers: unknown[] = [];
      let { refreshToken } = rest;
      for (const body of kinds) {
        await app.session.signInWithTokens({ accessToken: 'stale.token.x', refreshToken, lifetime: 300_000 });
        const { data } = await app.api.post('/api/echo/', body);
        answers.push(data.length);
        refreshToken = JSON.parse(localStorage.getItem('latchkey.1.default') ?? '').tokens.refreshToken;
      }
      return answers;
    });
    expect(bodies).toEqual([17, 5, 4, 3, expect.toSatisfy((length: number) => length > 70_000)]);
    expect(await django.count('/auth/token/refresh/')).toBe(5);
  });

  it('a reload keeps the session, tells no event, and the first request waits for the restore', async () => {
    const page = await load(url());
    await signIn(page);
    await page.reload();
    const [name, events] = await page.evaluate(async () => [(await app.api.get('/api/me/')).data.username, app.events]);
    expect([name, events]).toEqual(['alice', []]);
    expect(await django.count('/auth/token/refresh/')).toBe(0);
  });

  it('a wrong password, an outage and a revoked session are told apart', async () => {
    const page = await load(`${url()}${url().includes('?') ? '&' : '/?'}patience=800`);
    const code = (password: string): Promise<unknown> =>
      page.evaluate(
        (typed) => app.session.signIn({ username: 'alice', password: typed }).then(String, (error) => error.code),
        password,
      );
    expect(await code('no')).toBe('sign-in-rejected');
    await django.set({ accessLifetime: 1 });
    await signIn(page);
    await expiry(page, 1);
    const me = (): Promise<unknown> => page.evaluate(() => app.api.get('/api/me/').then(String, (error) => error.code));
    /** Each failure holds the next refresh back, for longer than a request here waits. */
    const hold = async (): Promise<void> => {
      const wait = await page.evaluate(() =>
        app.session.refresh().then(
          () => 0,
          ({ retryAfter }) => retryAfter,
        ),
      );
      expect(wait).toBeGreaterThan(0);
      await page.waitForTimeout(wait);
    };
    await django.set({ refreshStatus: 503 });
    expect(await me()).toBe('auth-unavailable');
    await hold();
    await open?.context.setOffline(true);
    expect(await me()).toBe('auth-unavailable');
    await open?.context.setOffline(false);
    await hold();
    await django.set({ refreshStatus: null });
    await django.revokeAll();
    expect(await me()).toBe('signed-out');
    expect(await page.evaluate(() => app.events)).toEqual(['signed-in', 'signed-out:refresh-rejected']);
  });

  it('an abort while waiting is axios’ own, at once, and stops the refresh for nobody (C19)', async () => {
    // Two seconds: of one, which SimpleJWT cuts, a slow machine finds nothing left.
    await django.set({ accessLifetime: 2, refreshDelayMs: 500 });
    const page = await load(url());
    await signIn(page);
    await expiry(page, 2);
    await django.set({ accessLifetime: 300 });
    const result = await page.evaluate(async () => {
      const controller = new AbortController();
      const one = app.api.get('/api/me/', { signal: controller.signal }).then(String, (error) => error.name);
      const two = app.fetch(`${app.server}/api/me/`, { signal: controller.signal }).then(String, (error) => error.name);
      const other = app.api.get('/api/me/').then(({ status }) => status);
      setTimeout(() => controller.abort());
      return Promise.all([one, two, other]);
    });
    expect(result).toEqual(['CanceledError', 'AbortError', 200]);
  });

  it('a sign-out is on the server before the page is gone', async () => {
    const page = await load(url());
    await signIn(page);
    // In a task of its own: the page must not be gone while the driver still waits for this call's answer.
    await page.evaluate(() => {
      setTimeout(() => {
        void app.session.signOut();
        location.assign('about:blank');
      });
    });
    await expect
      // A slow machine takes its time over the page that goes.
      .poll(async () => (await django.log()).at(-1))
      .toMatchObject({ path: '/auth/token/blacklist/', status: 200 });
  });
});
