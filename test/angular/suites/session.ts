import { createEnvironmentInjector, EnvironmentInjector, effect, isSignal, type Signal } from '@angular/core';
import type { Session } from 'latchkey';
import { injectSession, injectSessionState, injectUser, provideSession } from 'latchkey/angular';
import { createTestSession } from 'latchkey/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALICE } from '../../support/world.ts';
import { show } from '../who-page.ts';
import { destroyApps, startApp } from '../world.ts';
import { tellApplication } from './application.ts';

type AnySession = Session<never, unknown>;

async function start<Injected>(session: AnySession, inject: () => Injected) {
  const app = await startApp([provideSession(session)]);
  return { app, injected: app.injector.get(EnvironmentInjector).runInContext(inject) };
}

/** What the session looks like to the rest of an app. */
export function tellSession(): void {
  // That it runs in development mode.
  beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => {}));
  afterEach(() => {
    destroyApps();
    document.body.replaceChildren();
  });

  describe('a component', () => {
    it('shows who is signed in, and what changes (C38)', async () => {
      const session = createTestSession({ profile: { name: 'Alice' } });
      const { starting, text } = await show(session);
      const app = await starting;
      expect(text()).toBe('signed-in: Alice');
      await session.signOut();
      await app.whenStable();

      expect(text()).toBe('signed-out:');
      app.destroy();
    });

    it('is checked when the state has changed, and at no other time', async () => {
      const session = createTestSession({ user: { sub: 'alice' } });
      const { starting, checks } = await show(session);
      const app = await starting;
      await app.whenStable();
      const before = checks.length;
      session.extend();
      session.trace();
      await session.getAccessToken();
      await app.whenStable();
      expect(checks).toHaveLength(before);
      await session.refresh();
      await app.whenStable();

      expect(checks.length).toBeGreaterThan(before);
      app.destroy();
    });
  });

  describe('the signals', () => {
    it('are read-only, and the same for all who ask', async () => {
      const session = createTestSession({ user: { sub: 'alice' } });
      const { injected } = await start(session, () => [
        injectSessionState(),
        injectUser(),
        injectSessionState(),
        injectUser(),
      ]);

      expect(injected.every((given) => isSignal(given) && !('set' in given))).toBe(true);
      expect([injected[0] === injected[2], injected[1] === injected[3]]).toEqual([true, true]);
    });

    it('give the very state of the session, and its user', async () => {
      const session = createTestSession({ user: { sub: 'alice' } });
      const { injected } = await start(session, () => ({ state: injectSessionState(), user: injectUser() }));
      expect(injected.state()).toBe(session.getState());
      expect(injected.user()).toMatchObject({ sub: 'alice' });
      await session.signOut();

      expect(injected.state()).toEqual({ status: 'signed-out', reason: 'user' });
      expect(injected.user()).toBeUndefined();
    });

    it('run effects that read them', async () => {
      const session = createTestSession({ user: { sub: 'alice' } });
      const seen: unknown[] = [];
      const { app } = await start(session, () => {
        const user: Signal<{ readonly sub?: string } | undefined> = injectUser();
        effect(() => void seen.push(user()?.sub));
      });
      app.tick();
      await session.signOut();
      app.tick();

      expect(seen).toEqual(['alice', undefined]);
    });

    it('let go of the session with the application, and leave it as it is (C47, C48)', async () => {
      const session = createTestSession({ user: { sub: 'alice' } });
      let listeners = 0;
      const { subscribe } = session;
      const counted = {
        ...session,
        subscribe(listener: () => void) {
          listeners += 1;
          const stop = subscribe(listener);
          return () => {
            listeners -= 1;
            stop();
          };
        },
      };
      const { app, injected } = await start(counted, () => injectSessionState());
      expect(listeners).toBe(1);
      app.destroy();
      await session.signOut();

      expect(listeners).toBe(0);
      expect(injected().status).toBe('signed-in');
      expect(session.getState().status).toBe('signed-out');
    });

    it('belong to the nearest injector that has a session', async () => {
      const [outer, inner] = [createTestSession({ user: { sub: 'a' } }), createTestSession({ user: { sub: 'b' } })];
      const { app } = await start(outer, () => undefined);
      const below = createEnvironmentInjector([provideSession(inner)], app.injector.get(EnvironmentInjector));

      expect(below.runInContext(() => injectUser()())).toMatchObject({ sub: 'b' });
      expect(app.injector.get(EnvironmentInjector).runInContext(() => injectUser()())).toMatchObject({ sub: 'a' });
    });
  });

  describe('injectSession', () => {
    it('gives what signs in and out', async () => {
      const session = createTestSession();
      const { injected } = await start(session, () => injectSession<typeof session>());
      const heard: unknown[] = [];
      const stop = injected.on('signed-in', ({ user }) => heard.push(user));
      await expect(injected.signIn({ username: 'alice', password: 'wrong' })).rejects.toMatchObject({
        code: 'sign-in-rejected',
      });
      await injected.signIn(ALICE);
      stop();
      expect(heard).toMatchObject([{ sub: 'alice' }]);
      expect(await injected.getAccessToken()).toBe(await session.getAccessToken());
      await injected.signOut();
      await injected.signIn(ALICE);

      expect(heard).toHaveLength(1);
      expect([injected.getState(), injected.ready, injected.clock]).toEqual([
        session.getState(),
        session.ready,
        session.clock,
      ]);
    });

    it('names the fix where no session was provided', async () => {
      const app = await startApp([]);
      const injector = app.injector.get(EnvironmentInjector);

      for (const inject of [injectSession, injectSessionState, injectUser]) {
        expect(() => injector.runInContext(inject as () => unknown)).toThrow('provideSession(session) is missing');
      }
    });
  });

  tellApplication();
}
