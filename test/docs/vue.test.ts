// @vitest-environment-options { "url": "https://app.example.com/" }
import { join } from 'node:path';
import type { Session } from 'latchkey';
import { HttpResponse, http } from 'msw';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { App } from 'vue';
import type { Router } from 'vue-router';
import { apiExample, sent } from '../support/api-example.ts';
import { writeBlocks } from '../support/blocks.ts';
import { compileSfcs } from '../vue/compile-sfc.ts';

const ALICE = { username: 'alice', password: 'alice-pass-1' };
const ORDERS = 'https://api.example.com/orders/';

let block: Awaited<ReturnType<typeof writeBlocks>>;
let session: Session<typeof ALICE, { username: string } | undefined>;
let router: Router;
let app: App | undefined;

beforeAll(async () => {
  apiExample.listen({ onUnhandledRequest: 'error' });
  block = await writeBlocks('vue', 'docs/sign-in.md', 'docs/vue.md');
  await compileSfcs(join(import.meta.dirname, '../.blocks/vue'));
});
afterAll(() => apiExample.close());
beforeEach(async () => {
  vi.resetModules();
  localStorage.clear();
  history.replaceState(null, '', '/');
  document.body.innerHTML = '<div id="app"></div>';
  apiExample.use(
    http.get(ORDERS, ({ request }) =>
      request.headers.has('Authorization')
        ? HttpResponse.json([{ id: 1, what: 'A lamp' }])
        : HttpResponse.json({}, { status: 401 }),
    ),
  );
  ({ session } = (await block('session.ts')) as { session: typeof session });
});
afterEach(() => {
  app?.unmount();
  app = undefined;
  session.dispose();
  apiExample.resetHandlers();
  sent.length = 0;
});

/** Opens the app at a path of it. */
async function open(path: string): Promise<void> {
  history.replaceState(null, '', path);
  ({ router } = (await block('router.ts')) as { router: Router });
  ({ app } = (await block('main.ts')) as { app: App });
  await router.isReady();
}

const text = (): string => document.body.textContent?.replace(/\s+/g, ' ').trim() ?? '';

async function typeAndSubmit(password: string): Promise<void> {
  const [name, word] = await vi.waitFor(() => {
    const inputs = [...document.querySelectorAll('input')];
    expect(inputs).toHaveLength(2);
    return inputs;
  });
  for (const [input, value] of [[name, ALICE.username] as const, [word, password] as const]) {
    if (!input) throw new Error('The form has two fields.');
    input.value = value;
    input.dispatchEvent(new Event('input'));
  }
  document.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }));
}

describe('docs/vue.md', () => {
  it('keeps out whoever is not signed in, and leads back to where they wanted to go', async () => {
    await open('/orders/2026?open=1');
    expect(location.pathname + location.search).toBe('/sign-in?from=/orders/2026?open=1');
    await typeAndSubmit('wrong');
    await vi.waitFor(() => expect(text()).toContain('No active account found with the given credentials'));
    expect(sent).not.toContain('GET /orders/');
    await typeAndSubmit(ALICE.password);
    await vi.waitFor(() => expect(text()).toBe('alice Sign outA lamp'));
    expect(location.pathname + location.search).toBe('/orders/2026?open=1');
  });

  it('says that the server cannot be reached', async () => {
    apiExample.use(http.post('https://api.example.com/auth/token/', () => HttpResponse.error()));
    await open('/');
    await typeAndSubmit(ALICE.password);
    await vi.waitFor(() => expect(text()).toContain('We cannot reach the server.'));
  });

  it('leads to no other site', async () => {
    for (const from of ['//evil.example', '/\\evil.example', 'https://evil.example/', 'javascript:alert(1)']) {
      await session.signOut();
      if (app) await router.replace({ path: '/sign-in', query: { from } });
      else await open(`/sign-in?${new URLSearchParams({ from })}`);
      await typeAndSubmit(ALICE.password);
      await vi.waitFor(() => expect(location.href).toBe('https://app.example.com/'));
    }
  });

  it('shows the page at once to a user who was signed in before, after what was stored was looked at', async () => {
    await session.signIn(ALICE);
    await open('/');
    expect(location.pathname).toBe('/');
    await vi.waitFor(() => expect(text()).toBe('alice Sign outA lamp'));
  });

  it('leaves a protected page when the session ends, and shows nothing of the user any more', async () => {
    await session.signIn(ALICE);
    await open('/orders/2026');
    await vi.waitFor(() => expect(text()).toContain('A lamp'));
    document.querySelector('button')?.click();
    await vi.waitFor(() => expect(location.pathname).toBe('/sign-in'));
    expect(text()).toBe('Name Password Sign in');
    await router.push('/');
    expect(location.pathname).toBe('/sign-in');
  });

  it('opens no lazy page when the session ends while that is loaded', async () => {
    await session.signIn(ALICE);
    await open('/sign-in');
    let arrive = (_: object): void => {};
    const load = vi.fn(
      () =>
        new Promise<object>((resolve) => {
          arrive = resolve;
        }),
    );
    router.addRoute({ path: '/lazy', component: load });
    const navigation = router.push('/lazy?page=2');
    await vi.waitFor(() => expect(load).toHaveBeenCalledOnce());
    await session.signOut();
    arrive({ render: () => 'The page of a user' });
    await navigation;
    expect(location.pathname + location.search).toBe('/sign-in?from=/lazy?page=2');
    expect(text()).not.toContain('The page of a user');
  });

  it('shows that orders cannot be had', async () => {
    apiExample.use(http.get(ORDERS, () => HttpResponse.json({}, { status: 500 })));
    await session.signIn(ALICE);
    await open('/');
    await vi.waitFor(() => expect(text()).toContain('Your orders cannot be shown now.'));
  });

  it('empties a Pinia store when the user goes, not when a token is refreshed', async () => {
    await open('/');
    const { useCart } = (await block('cart.ts')) as { useCart: () => { goods: string[]; readonly title: string } };
    const cart = (app as App).runWithContext(() => useCart());
    expect(cart.title).toBe('Cart');
    await session.signIn(ALICE);
    expect(cart.title).toBe('Cart of alice');
    cart.goods.push('A lamp');
    await session.refresh();
    expect(cart.goods).toEqual(['A lamp']);
    await session.signOut();
    expect(cart).toMatchObject({ goods: [], title: 'Cart' });
    expect(JSON.stringify((app as App).config.globalProperties.$pinia.state.value)).toBe('{"cart":{"goods":[]}}');
  });

  it('is a Nuxt plugin and a middleware', async () => {
    vi.stubGlobal('defineNuxtPlugin', (plugin: unknown) => plugin);
    vi.stubGlobal('defineNuxtRouteMiddleware', (middleware: unknown) => middleware);
    vi.stubGlobal('navigateTo', (to: unknown) => to);
    const { default: plugin } = (await block('plugin.ts')) as { default: (nuxt: { vueApp: App }) => void };
    const { default: middleware } = (await block('middleware.ts')) as { default: (to: object) => Promise<unknown> };
    const { createApp } = await import('vue');
    const { useUser } = await import('latchkey/vue');
    const nuxt = createApp({ render: () => 'x' });
    plugin({ vueApp: nuxt });
    const to = { fullPath: '/orders?open=1', meta: {} };
    expect(await middleware({ fullPath: '/', meta: { isPublic: true } })).toBeUndefined();
    expect(await middleware(to)).toEqual({ path: '/sign-in', query: { from: '/orders?open=1' } });
    await session.signIn(ALICE);
    expect(await middleware(to)).toBeUndefined();
    expect(nuxt.runWithContext(() => useUser()).value).toMatchObject({ username: 'alice' });
  });
});
