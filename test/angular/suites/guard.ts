import { Component, type EnvironmentProviders, PLATFORM_ID, provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import {
  provideRouter,
  Router,
  type RouterFeatures,
  RouterOutlet,
  type Routes,
  withEnabledBlockingInitialNavigation,
} from '@angular/router';
import { type ProvideSessionOptions, provideSession, signedInGuard } from 'latchkey/angular';
import { createTestSession, type TestSession } from 'latchkey/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALICE } from '../../support/world.ts';
import { destroyApps, startApp, turns } from '../world.ts';

const page = (template: string) => Component({ template, imports: [RouterOutlet] })(class {});
const routes = (): Routes => [
  { path: 'sign-in', component: page('form') },
  { path: 'account/login', component: page('form') },
  { path: 'items', component: page('items'), canActivate: [signedInGuard] },
  { path: 'old', redirectTo: 'team/1' },
  {
    path: 'team',
    component: page('<router-outlet />'),
    canActivateChild: [signedInGuard],
    children: [{ path: ':id', component: page('team') }],
  },
  { path: 'area', children: [{ path: 'deep', canMatch: [signedInGuard], component: page('deep') }] },
  { path: '', component: page('home') },
];

let ending = async (): Promise<void> => {};

/** A router without a page, and where it is. */
async function start(
  session: TestSession,
  options: ProvideSessionOptions = {},
  providers: EnvironmentProviders[] = [],
  table = routes(),
) {
  const app = await startApp([provideSession(session, options), provideRouter(table), ...providers]);
  const router = app.injector.get(Router);
  const go = (url: string): Promise<string> => router.navigateByUrl(url).then(() => router.url);
  return { router, go };
}

/** A page that is opened at a path. */
function show(session: TestSession, path: string, ...features: RouterFeatures[]) {
  history.replaceState(null, '', path);
  const host = document.body.appendChild(document.createElement('app-root'));
  const root = Component({ selector: 'app-root', template: '<router-outlet />', imports: [RouterOutlet] })(class {});
  const starting = bootstrapApplication(root as never, {
    providers: [provideZonelessChangeDetection(), provideSession(session), provideRouter(routes(), ...features)],
  });
  ending = async () => {
    (await starting).destroy();
    host.remove();
    history.replaceState(null, '', '/');
  };
  return { starting, host };
}

/** What `signedInGuard` does with a real router. */
export function tellGuard(): void {
  // That it runs in development mode.
  beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => {}));
  afterEach(async () => {
    destroyApps();
    await ending();
    ending = async () => {};
  });

  describe('signedInGuard', () => {
    it.each(['/items', '/team/1', '/area/deep'])('lets a signed-in user into %s', async (url) => {
      const { go } = await start(createTestSession({ user: { sub: 'alice' } }));

      expect(await go(url)).toBe(url);
    });

    it.each([
      ['/items?page=2&q=a%2Fb#top', '/items?page=2&q=a%2Fb#top'],
      ['/team/1', '/team/1'],
      ['/area/deep?x=1', '/area/deep?x=1'],
    ])('sends others to the sign-in route, with the way back: %s', async (url, way) => {
      const { go, router } = await start(createTestSession());
      expect(await go(url)).toMatch(/^\/sign-in\?next=/);
      const { next } = router.parseUrl(router.url).queryParams;
      expect(router.serializeUrl(router.parseUrl(next))).toBe(router.serializeUrl(router.parseUrl(way)));
    });

    it('sends them where the app says, and keeps what is there', async () => {
      const { go } = await start(createTestSession(), {
        signInPath: '/account/login?lang=de',
        returnParameter: 'back',
      });

      expect(await go('/items')).toBe('/account/login?lang=de&back=%2Fitems');
    });

    it('waits until it is known who is signed in, also where the first navigation comes before that', async () => {
      const session = createTestSession({ user: { sub: 'alice' }, restoring: true });
      const { starting, host } = show(session, '/items', withEnabledBlockingInitialNavigation());
      await turns();
      expect(host.textContent).toBe('');
      await session.finishRestoring();
      const app = await starting;
      await app.whenStable();

      expect(app.injector.get(Router).url).toBe('/items');
      expect(host.textContent).toContain('items');
    });

    it('sees a sign-in and a sign-out that came since', async () => {
      const session = createTestSession();
      const { go } = await start(session);
      await go('/items');
      await session.signIn(ALICE);
      expect(await go('/items')).toBe('/items');
      await session.signOut();
      await go('/');

      expect(await go('/items')).toMatch(/^\/sign-in/);
    });

    it.each([
      ['//evil.com', '/evil.com'],
      ['https://evil.com/items', '/https:'],
      ['/\\evil.com', '/%5Cevil.com'],
      ['/%2F/evil.com', '/%2F/evil.com'],
      ['/items/..//evil.com', '/items/..'],
      ['javascript:alert(1)', '/javascript:alert'],
    ])(
      'leads back to a path of this app, whatever is asked for: %s (RFC 9700 section 4.11.1)',
      async (hostile, way) => {
        const everything: Routes = [
          { path: 'sign-in', component: page('form') },
          { path: '**', component: page('any'), canActivate: [signedInGuard] },
        ];
        const { go, router } = await start(createTestSession(), {}, [], everything);
        await go(hostile);
        const { next } = router.parseUrl(router.url).queryParams;

        expect(next).toBe(way);
        expect(new URL(next, location.href).origin).toBe('https://app.example.com');
      },
    );

    it('lets everybody in on a server, where nobody is known', async () => {
      const server = { provide: PLATFORM_ID, useValue: 'server' } as unknown as EnvironmentProviders;
      const { go } = await start(createTestSession(), {}, [server]);

      expect(await go('/items')).toBe('/items');
    });

    it('shows nothing of a protected page to who is not signed in, not for a moment', async () => {
      const { starting, host } = show(createTestSession(), '/items');
      const seen = new Set<string>();
      const observer = new MutationObserver(() => seen.add(host.textContent ?? ''));
      observer.observe(host, { childList: true, subtree: true, characterData: true });
      await (await starting).whenStable();
      await turns();
      observer.disconnect();

      expect(host.textContent).toContain('form');
      expect([...seen].filter((text) => text.includes('items'))).toEqual([]);
    });
  });
}
