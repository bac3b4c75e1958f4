import { HttpClient, provideHttpClient, withFetch, withInterceptors } from '@angular/common/http';
import { Component, destroyPlatform, inject, provideZonelessChangeDetection } from '@angular/core';
import { type BootstrapContext, bootstrapApplication, provideClientHydration } from '@angular/platform-browser';
import { provideServerRendering, renderApplication } from '@angular/platform-server';
import { provideRouter, RouterOutlet } from '@angular/router';
import type { Session } from 'latchkey';
import { injectSessionState, injectUser, provideSession, sessionInterceptor, signedInGuard } from 'latchkey/angular';
import { createTestSession } from 'latchkey/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALICE, createWorld } from '../../support/world.ts';

type AnySession = Session<never, unknown>;
const PAGE = {
  document: '<html><head></head><body><app-root></app-root></body></html>',
  allowedHosts: ['app.example.com'],
};
const sent: (string | null)[] = [];
const serve: typeof fetch = async (_, init) => {
  sent.push(new Headers(init?.headers).get('Authorization'));
  return Response.json('news');
};

class Items {}
const items = Component({ template: 'protected' })(Items) as typeof Items;

class Root {
  readonly state = injectSessionState();
  readonly user = injectUser();
  constructor() {
    inject(HttpClient).get('https://app.example.com/news').subscribe();
  }
}
const root = Component({
  selector: 'app-root',
  imports: [RouterOutlet],
  template: `<p>{{ state().status }}</p>
    @if (user(); as user) { <b>{{ user.sub }}</b> } @else { <i>nobody</i> <i>yet</i> }
    <router-outlet />`,
})(Root) as typeof Root;

const providersOf = (session: AnySession) => [
  provideZonelessChangeDetection(),
  provideSession(session, { resourceServers: ['https://app.example.com'] }),
  provideHttpClient(withFetch(), withInterceptors([sessionInterceptor])),
  provideRouter([{ path: 'items', component: items, canActivate: [signedInGuard] }]),
];

/** The page of one request, as a server renders it. */
function render(session: AnySession, url = '/'): Promise<string> {
  const bootstrap = (context: BootstrapContext) =>
    bootstrapApplication(root, { providers: [...providersOf(session), provideServerRendering()] }, context);
  return renderApplication(bootstrap, { ...PAGE, url: `https://app.example.com${url}` });
}

const textOf = (html: string): string =>
  html
    .replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>|<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

/** What a server does with a session. */
export function tellServer(): void {
  beforeEach(() => {
    sent.length = 0;
    vi.stubGlobal('fetch', serve);
    vi.spyOn(console, 'log').mockImplementation(() => {});
  });

  describe('on a server', () => {
    it('a page is rendered for nobody: nothing is asked of the session, and nothing is left behind (C47)', async () => {
      const { session, backend: server, clock, events } = createWorld();
      const subscribe = vi.spyOn(session, 'subscribe');
      const before = clock.pending();
      const html = await render(session);

      expect(textOf(html)).toBe('restoring nobody yet');
      expect(server.calls).toEqual({ signIn: 0, refresh: 0, revoke: 0 });
      expect([subscribe.mock.calls.length, clock.pending(), events]).toEqual([0, before, []]);
      expect(sent).toEqual([null]);
    });

    it('a page never shows whom a session knows, nor asks for anything as them; two requests share nothing (C47)', async () => {
      const sessions = [createTestSession({ user: { sub: 'alice' } }), createTestSession({ user: { sub: 'bob' } })];
      const pages = await Promise.all(sessions.map((session) => render(session)));

      expect(pages.map(textOf)).toEqual(['restoring nobody yet', 'restoring nobody yet']);
      expect(pages.join()).not.toMatch(/alice|bob/);
      expect(sent).toEqual([null, null]);
    });

    it('nobody is sent to sign in: who they are, the browser knows', async () => {
      expect(textOf(await render(createTestSession(), '/items'))).toBe('restoring nobody yet protected');
    });
  });
}

/** What the browser makes of such a page. */
export function tellHydration(): void {
  describe('in the browser', () => {
    beforeEach(() => {
      vi.stubGlobal('fetch', serve);
      vi.spyOn(console, 'log').mockImplementation(() => {});
    });
    afterEach(() => document.body.replaceChildren());

    it.each([
      ['of a signed-in user', { user: { sub: 'alice' } }, 'signed-in alice'],
      ['of a visitor', {}, 'signed-out nobody yet'],
    ])('a page from the server becomes that %s, without a mismatch (C47)', async (_, options, text) => {
      const said = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')];
      const hydrating = [provideClientHydration()];
      const bootstrap = (context: BootstrapContext) =>
        bootstrapApplication(
          root,
          { providers: [...providersOf(createTestSession()), ...hydrating, provideServerRendering()] },
          context,
        );
      const html = await renderApplication(bootstrap, { ...PAGE, url: 'https://app.example.com/' });
      expect(textOf(html)).toBe('restoring nobody yet');
      document.body.innerHTML = /<body[^>]*>([\s\S]*)<\/body>/.exec(html)?.[1] ?? '';
      const paragraph = document.querySelector('p');
      const session = createTestSession(options);
      const app = await bootstrapApplication(root, { providers: [...providersOf(session), ...hydrating] });
      await app.whenStable();

      expect(textOf(document.querySelector('app-root')?.outerHTML ?? '')).toBe(text);
      // What was there is kept: it is the same element.
      expect(document.querySelector('p')).toBe(paragraph);
      expect(said.flatMap(({ mock }) => mock.calls)).toEqual([]);
      await session.signIn(ALICE).catch(() => {});
      await app.whenStable();
      expect(document.querySelector('b')?.textContent).toBe('alice');
      destroyPlatform();
    });
  });
}
