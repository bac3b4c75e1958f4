import { ApplicationRef, NgZone } from '@angular/core';
import { createTestSession } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, createWorld } from '../../support/world.ts';
import { type Person, show } from '../who-page.ts';
import { until } from '../world.ts';

/** When an application begins, and when it is stable. */
export function tellApplication(): void {
  describe('the application', () => {
    it('begins when it is known who is signed in (C42)', async () => {
      const session = createTestSession({ user: { sub: 'alice' }, restoring: true });
      const { starting, checks, text } = await show(session);
      const told = vi.fn();
      void starting.then(told);
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect([told.mock.calls.length, checks]).toEqual([0, []]);
      await session.finishRestoring();
      const app = await starting;

      expect(new Set(checks)).toEqual(new Set(['signed-in']));
      expect(text()).toContain('signed-in');
      app.destroy();
    });

    it('begins with the profile of the user', async () => {
      let answer = (_: Person): void => {};
      const session = createTestSession({
        user: { sub: 'alice' },
        loadUser: () =>
          new Promise<Person>((resolve) => {
            answer = resolve;
          }),
      });
      const { starting, checks, text } = await show(session);
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(checks).toEqual([]);
      answer({ name: 'Alice' });
      const app = await starting;

      expect(text()).toBe('signed-in: Alice');
      app.destroy();
    });

    it.each<[string, () => Promise<never>]>([
      ['is refused', () => Promise.reject(Object.assign(new Error('no'), { status: 403 }))],
      ['does not come within the patience', () => new Promise(() => {})],
    ])('begins without a profile that %s (C42)', async (_, loadUser) => {
      const session = createTestSession({ user: { sub: 'alice' }, loadUser });
      const { starting, text } = await show(session);
      let isThere = false;
      void starting.then(() => {
        isThere = true;
      });
      await session.ready;
      for (let second = 0; second < 11 && !isThere; second += 1) await session.clock.advance(1000);
      const app = await starting;

      expect(text()).toBe('signed-in:');
      app.destroy();
    });

    it('is stable whatever the session plans, and is not checked for that (C47)', async () => {
      const { session, clock } = createWorld({ isVisible: true });
      const { starting, checks } = await show(session);
      const app = await starting;
      await session.signIn(ALICE);
      await app.whenStable();
      expect(clock.pending()).toBeGreaterThan(0);
      const before = checks.length;
      await clock.advance(1000);

      expect(app.injector.get(ApplicationRef)).toBe(app);
      expect(NgZone.isInAngularZone()).toBe(false);
      expect(checks).toHaveLength(before);
      app.destroy();
    });

    it('may be started twice over one session: there is one engine (C47)', async () => {
      const session = createTestSession({ user: { sub: 'alice' } });
      const first = await (await show(session)).starting;
      const second = await (await show(session)).starting;
      first.destroy();
      await session.refresh();
      await second.whenStable();

      expect(session.backend.calls.refresh).toBe(1);
      second.destroy();
      await until(() => session.getState().status === 'signed-in');
    });
  });
}
