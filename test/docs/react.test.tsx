import type { Session } from 'latchkey';
import { HttpResponse, http } from 'msw';
import { act, type ComponentType, type ReactNode, StrictMode, Suspense } from 'react';
import { renderToString } from 'react-dom/server';
import { createMemoryRouter, type RouteObject, RouterProvider } from 'react-router';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hydrate, mount, until } from '../react/mount.tsx';
import { apiExample, sent } from '../support/api-example.ts';
import { writeBlocks } from '../support/blocks.ts';
import { complaintsOf } from '../support/compiler.ts';

type AppSession = Session<{ username: string; password: string }, { username: string } | undefined>;
type Component = ComponentType<{ children?: ReactNode }>;
const ALICE = { username: 'alice', password: 'alice-pass-1' };
// Opaque, and good for the profile.
const BOB = 'ey-bob';
const ME = 'https://api.example.com/api/me/';

let block: Awaited<ReturnType<typeof writeBlocks>>;
let session: AppSession;

beforeAll(async () => {
  apiExample.listen({ onUnhandledRequest: 'error' });
  block = await writeBlocks('react', 'docs/sign-in.md', 'docs/react.md');
});
afterAll(() => apiExample.close());
beforeEach(async () => {
  sent.length = 0;
  localStorage.clear();
  vi.resetModules();
  ({ session } = (await block('session.ts')) as { session: AppSession });
});
afterEach(() => {
  session.dispose();
  vi.useRealTimers();
  apiExample.resetHandlers();
});

async function load<Exports>(file: string): Promise<Exports> {
  return (await block(file)) as Exports;
}

function fill(form: Element, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    (form.querySelector(`[name=${name}]`) as HTMLInputElement).value = value;
  }
}

async function submit(form: Element): Promise<void> {
  await act(async () => form.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })));
}

describe('docs/react.md', () => {
  it('is typed from end to end: every example passes the compiler, with the session that it registers', async () => {
    const files = ['app.tsx', 'providers.tsx', 'restored.tsx', 'routes.tsx', 'session.ts', 'tanstack.tsx'];
    expect(await complaintsOf('react', { files })).toBe('');
  }, 120_000);

  it('signs in by the form, says what the server says, and signs out', async () => {
    const { App } = await load<{ App: Component }>('app.tsx');
    const page = await mount(
      <StrictMode>
        <App />
      </StrictMode>,
    );
    await until(() => expect(page.text()).toContain('Password'));
    const form = page.element.querySelector('form') as Element;
    fill(form, { ...ALICE, password: 'wrong' });
    await submit(form);
    const problem = (): unknown => page.element.querySelector('[role=alert]')?.textContent;
    await until(() => expect(problem()).toBe('No active account found with the given credentials'));
    fill(form, ALICE);
    await submit(form);
    await until(() => expect(page.text()).toBe('Hello alice Sign out'));
    await act(async () => page.element.querySelector('button')?.click());
    await until(() => expect(page.text()).toContain('Password'));
  });

  it('waits for what is restored behind a Suspense boundary', async () => {
    const [{ Restored }, { Providers }] = [
      await load<{ Restored: Component }>('restored.tsx'),
      await load<{ Providers: Component }>('providers.tsx'),
    ];
    const tree = (
      <Providers>
        <Suspense fallback="loading">
          <Restored>there</Restored>
        </Suspense>
      </Providers>
    );
    const page = await mount(tree);
    await until(() => expect(page.text()).toBe('there'));
    expect(session.getState().status).toBe('signed-out');
  });

  it('is rendered by a server, and found again', async () => {
    const { App } = await load<{ App: Component }>('app.tsx');
    await session.signIn(ALICE);
    const complaints = vi.spyOn(console, 'error');
    const html = renderToString(<App />);
    expect(html).toBe('<p>One moment …</p>');
    const page = await hydrate(html, <App />);
    expect(page.text()).toBe('Hello alice Sign out');
    expect(complaints.mock.calls).toEqual([]);
  });

  describe('with React Router', () => {
    async function open(path: string) {
      const [{ routes }, { Providers }] = [
        await load<{ routes: RouteObject[] }>('routes.tsx'),
        await load<{ Providers: Component }>('providers.tsx'),
      ];
      const router = createMemoryRouter(routes, { initialEntries: ['/', path], initialIndex: 1 });
      const page = await mount(
        <Providers>
          <RouterProvider router={router} />
        </Providers>,
      );
      const at = (): string => router.state.location.pathname + router.state.location.search;
      return { at, page, router };
    }

    it('sends a visitor to the sign-in page, and back to where they were', async () => {
      const { at, page } = await open('/profile?tab=2');
      await until(() => expect(at()).toBe('/signin?next=%2Fprofile%3Ftab%3D2'));
      // The page's own data was not asked for.
      expect(sent).toEqual([]);
      await act(() => session.signIn(ALICE));
      await until(() => expect(page.text()).toMatch(/^Phone: \d$/));
      expect(at()).toBe('/profile?tab=2');
    });

    it('lets in whoever is signed in, and takes the page away when the session ends elsewhere', async () => {
      await session.signIn(ALICE);
      const { at, page, router } = await open('/profile');
      await until(() => expect(page.text()).toMatch(/^Phone: \d$/));
      await act(() => session.signOut());
      await until(() => expect(at()).toBe('/signin?next=%2Fprofile'));
      expect(page.text()).not.toContain('Phone');
      // Not even by the back button.
      await act(() => router.navigate(-1));
      await until(() => expect(at()).toBe('/signin?next=%2F'));
    });

    it.each([
      ['its loader waits for a token', 301_000, 0],
      ['its loader is answered', 0, 1],
    ])('shows the form, not an error, when the server ends the session while %s', async (_, later, sends) => {
      const rejected = { detail: 'Token is blacklisted', code: 'token_not_valid' };
      await session.signIn(ALICE);
      sent.length = 0;
      apiExample.use(
        http.get(ME, () => HttpResponse.json({ detail: 'no' }, { status: 401 })),
        http.post('https://api.example.com/auth/token/refresh/', () => HttpResponse.json(rejected, { status: 401 })),
      );
      vi.setSystemTime(Date.now() + later);
      const { at, page } = await open('/profile?tab=2');
      await until(() => expect(page.text()).toContain('Password'));
      expect(at()).toBe('/signin?next=%2Fprofile%3Ftab%3D2');
      expect(sent.filter((line) => line === 'GET /api/me/')).toHaveLength(sends);
    });

    it('loads the page for whoever has signed in while it was loaded', async () => {
      await session.signIn(ALICE);
      const asked = vi.fn();
      apiExample.use(
        http.get(ME, ({ request }) => {
          if (request.headers.get('Authorization') === `Bearer ${BOB}`) return HttpResponse.json({ phone: '2' });
          asked();
          return new Promise(() => {});
        }),
      );
      const { at, page } = await open('/profile');
      await until(() => expect(asked).toHaveBeenCalledOnce());
      await act(() => session.signInWithTokens({ accessToken: BOB }));
      await until(() => expect(page.text()).toBe('Phone: 2'));
      expect(at()).toBe('/profile');
    });

    it.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
      'leads nobody to another site: %s',
      async (next) => {
        await session.signIn(ALICE);
        const { at, page } = await open(`/signin?next=${encodeURIComponent(next)}`);
        await until(() => expect(page.text()).toBe('Start'));
        expect(at()).toBe('/');
      },
    );
  });

  describe('with TanStack Router', () => {
    interface TanStack {
      readonly router: {
        readonly state: { readonly location: { readonly href: string } };
        update(options: object): void;
        load(): Promise<void>;
      };
    }

    beforeEach(() => {
      apiExample.use(
        http.get('https://api.example.com/orders/', async ({ request }) => {
          await new Promise((resolve) => setTimeout(resolve, 20)); // as a network does, so that what was kept could be seen
          return HttpResponse.json([request.headers.get('Authorization') === `Bearer ${BOB}` ? 'of bob' : 'of alice']);
        }),
      );
    });

    async function open(path: string) {
      const { createMemoryHistory, RouterProvider: Provider } = await import('@tanstack/react-router');
      const [{ router }, { Providers }] = [
        await load<TanStack>('tanstack.tsx'),
        await load<{ Providers: Component }>('providers.tsx'),
      ];
      router.update({ history: createMemoryHistory({ initialEntries: [path] }) });
      const page = await mount(
        <Providers>
          <Provider router={router as never} />
        </Providers>,
      );
      return { at: () => router.state.location.href, page };
    }

    it('sends a visitor to the sign-in page, and back to where they were', async () => {
      const { at, page } = await open('/orders?page=2');
      await until(() => expect(at()).toBe('/signin?next=%2Forders%3Fpage%3D2'));
      await until(() => expect(page.text()).toContain('Password'));
      await act(() => session.signIn(ALICE));
      await until(() => expect(page.text()).toBe('Orders: of alice'));
      expect(at()).toBe('/orders?page=2');
    });

    it('lets in whoever is signed in, and takes the page away when the session ends', async () => {
      await session.signIn(ALICE);
      const { at, page } = await open('/orders');
      await until(() => expect(page.text()).toBe('Orders: of alice'));
      await act(() => session.signOut());
      await until(() => expect(at()).toBe('/signin?next=%2Forders'));
      await until(() => expect(page.text()).toContain('Password'));
    });

    it('shows nothing that was loaded for one user to the next', async () => {
      await session.signIn(ALICE);
      const { page } = await open('/orders');
      await until(() => expect(page.text()).toBe('Orders: of alice'));
      await act(() => session.signOut());
      await until(() => expect(page.text()).toContain('Password'));
      const seen: string[] = [];
      const observer = new MutationObserver(() => seen.push(page.text()));
      observer.observe(page.element, { childList: true, subtree: true, characterData: true });
      await act(() => session.signInWithTokens({ accessToken: BOB }));
      await until(() => expect(page.text()).toBe('Orders: of bob'));
      observer.disconnect();
      expect(seen.filter((text) => text.includes('alice'))).toEqual([]);
    });

    it('loads a page that stays open anew when another user signs in over it', async () => {
      await session.signIn(ALICE);
      const { page } = await open('/orders');
      await until(() => expect(page.text()).toBe('Orders: of alice'));
      await act(() => session.signInWithTokens({ accessToken: BOB }));
      await until(() => expect(page.text()).toBe('Orders: of bob'));
    });

    it.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
      'leads nobody to another site: %s',
      async (next) => {
        await session.signIn(ALICE);
        const { at, page } = await open(`/signin?next=${encodeURIComponent(next)}`);
        await until(() => expect(page.text()).toBe('Start'));
        expect(at()).toBe('/');
      },
    );
  });
});
