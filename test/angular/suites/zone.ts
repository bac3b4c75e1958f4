import 'zone.js';
import { HttpBackend, HttpClient, HttpResponse, provideHttpClient, withInterceptors } from '@angular/common/http';
import { Component, type EnvironmentProviders, NgZone, type Provider, provideZoneChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { createSession, memoryStore, type Session } from 'latchkey';
import { injectSession, injectUser, provideSession, sessionInterceptor } from 'latchkey/angular';
import { createFakeBackend, createTestSession } from 'latchkey/testing';
import { of } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALICE, createWorld } from '../../support/world.ts';
import { destroyApps, until } from '../world.ts';

const MINUTES = 300_000;
const stops: (() => void)[] = [];
let pages = 0;

async function show(session: Session<never, unknown>, providers: readonly (Provider | EnvironmentProviders)[] = []) {
  const selector = `app-zone-${++pages}`;
  class Page {
    readonly user = injectUser();
    readonly session = injectSession<typeof session>();
    checks = 0;
    check(): string {
      this.checks += 1;
      return '';
    }
  }
  const template = '{{ user()?.sub ?? "nobody" }}{{ check() }}';
  const host = document.body.appendChild(document.createElement(selector));
  const app = await bootstrapApplication(Component({ selector, template })(Page) as typeof Page, {
    providers: [provideZoneChangeDetection(), provideSession(session), ...providers],
  });
  stops.push(() => app.destroy());
  const page = app.components[0]?.instance as Page;
  return { app, page, zone: app.injector.get(NgZone), text: () => host.textContent };
}

/** Whether an application is stable now, and not at some time. */
async function isStable(app: { whenStable(): Promise<void> }): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), 50));
  return Promise.race([app.whenStable().then(() => true), late]);
}

/** What becomes of a session in an application that zone.js watches. */
export function tellZone(): void {
  beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => {}));
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
    destroyApps();
    document.body.replaceChildren();
  });

  describe('in an application with zone.js', () => {
    it('the page shows what changes in the session, wherever that came from (C47)', async () => {
      const session = createTestSession({ user: { sub: 'alice' } });
      const { app, text } = await show(session);
      expect(text()).toBe('alice');
      expect(NgZone.isInAngularZone()).toBe(false);
      await session.signOut();
      await app.whenStable();

      expect(text()).toBe('nobody');
    });

    it('a timer of the session neither keeps it unstable nor has it checked (C47)', async () => {
      const handles: ReturnType<typeof setTimeout>[] = [];
      const fired = vi.fn();
      const session = {
        ...createTestSession(),
        extend() {
          handles.push(setTimeout(() => {}, MINUTES));
          setTimeout(fired, 1);
        },
      };
      const { app, page, zone } = await show(session);
      // As in the handler of a click.
      zone.run(() => page.session.extend());
      expect(await isStable(app)).toBe(true);
      const { checks } = page;
      await until(() => fired.mock.calls.length === 1);
      await app.whenStable();
      expect(page.checks).toBe(checks);

      // What happens without the care that is taken.
      zone.run(() => session.extend());
      expect(await isStable(app)).toBe(false);
      zone.run(() => handles.forEach(clearTimeout));
      expect(await isStable(app)).toBe(true);
    });

    it('it is stable after a sign-in by the platform’s own clock (C47)', async () => {
      const session = createSession({ backend: createFakeBackend(), store: memoryStore() });
      stops.push(() => session.dispose());
      const { app, page, zone, text } = await show(session as never);
      const signIn = page.session.signIn as (parameters: unknown) => Promise<unknown>;
      const inside: boolean[] = [];
      await zone.run(() => signIn(ALICE).then(() => inside.push(NgZone.isInAngularZone())));

      expect(await isStable(app)).toBe(true);
      expect([text(), inside]).toEqual(['alice', [true]]);
    });

    it('a listener of the app runs in the zone, and the session outside of it (C47)', async () => {
      const seen: unknown[] = [];
      const backend = createFakeBackend();
      backend.onSignIn(async () => void seen.push(NgZone.isInAngularZone()));
      const session = createTestSession({ backend });
      const { page, zone } = await show(session as never);
      page.session.on('signed-in', () => seen.push(NgZone.isInAngularZone()));
      await zone.run(() => (page.session as unknown as typeof session).signIn(ALICE));

      expect(seen).toEqual([false, true]);
    });

    it('a request waits outside of the zone, is sent where it was asked for, and answered there (C47)', async () => {
      const { session, clock } = createWorld();
      const places: [what: string, isInside: boolean][] = [];
      const note = (what: string): void => void places.push([what, NgZone.isInAngularZone()]);
      const { setTimer } = clock;
      clock.setTimer = (callback, delay) => {
        note('timer');
        return setTimer(callback, delay);
      };
      await session.signIn(ALICE);
      const server = {
        handle() {
          note('sent');
          return of(new HttpResponse({ status: 200 }));
        },
      };
      const { app, zone } = await show(session, [
        provideHttpClient(withInterceptors([sessionInterceptor])),
        { provide: HttpBackend, useValue: server },
      ]);
      const http = app.injector.get(HttpClient);
      const ask = (): Promise<void> =>
        new Promise((resolve) => {
          http.get('/me').subscribe({ next: () => note('next'), complete: () => [note('complete'), resolve()] });
        });
      await clock.advance(MINUTES);
      for (const isInside of [true, false]) {
        places.length = 0;
        await (isInside ? zone.run(ask) : zone.runOutsideAngular(ask));
        const wanted = places.filter(([what]) => what !== 'timer');
        expect(wanted).toEqual([
          ['sent', isInside],
          ['next', isInside],
          ['complete', isInside],
        ]);
        if (isInside) expect(places.some(([what]) => what === 'timer')).toBe(true);
        expect(places.filter(([what, isThere]) => what === 'timer' && isThere)).toEqual([]);
      }
      expect(await isStable(app)).toBe(true);
    });
  });
}
