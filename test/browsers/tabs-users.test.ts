// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { ENGINES } from './engines.ts';
import { begun, eventsOf, eventually, NEVER, REFRESH, realTabs, SHORT, tokenOf } from './real-tabs.ts';

describe.concurrent.each(ENGINES)('%s', (name) => {
  describe.sequential('who is signed in', () => {
    const tabs = realTabs(name);

    it('bob in another tab: what waits as alice is never sent, and her tab is nobody’s until it is loaded anew (C35, SES-1 to SES-4)', async () => {
      const { django } = tabs;
      await django.set(SHORT);
      const [alices, bobs] = await tabs.signedIn(2);
      await tabs.expiry();
      await django.set({ accessLifetime: 300, refreshDelayMs: NEVER });
      // Nothing else asks for this path.
      const waiting = begun(alices.run(() => tab.send(5, '/api/items/')));
      await tabs.refreshes(1);
      await bobs.run(() => tab.signIn('bob'));
      const names = await waiting;
      expect(names).toHaveLength(5);
      for (const one of names) expect(one).toMatch(/^(SessionChangedError|SignedOutError)$/);

      expect(await alices.run(() => tab.until('signed-out'))).toEqual({
        status: 'signed-out',
        reason: 'user-switched',
      });
      expect(await bobs.run(() => tab.me())).toMatchObject({ username: 'bob' });
      // It looks again whenever something happens, and still does not become bob.
      await bobs.run(() => tab.signIn('bob'));
      expect(await alices.run(() => tab.send(2, '/api/public-parsed/'))).toEqual([200, 200]);
      expect(await django.count('/api/items/')).toBe(0);
      expect((await django.log()).filter((entry) => entry.path === '/api/public-parsed/')).toEqual(
        Array(2).fill(expect.objectContaining({ hadAuthorization: false })),
      );
      expect(await eventsOf([alices, bobs])).toEqual([
        ['signed-in', 'signed-out:user-switched'],
        ['signed-in', 'signed-out:user-switched', 'signed-in'],
      ]);
      await alices.reload();
      expect(await alices.run(() => tab.me())).toMatchObject({ username: 'bob' });
      expect(await alices.run(() => tab.events)).toEqual([]);
    });

    it('alice in one tab: the sign-in forms of the others know it, with one event each (C38)', async () => {
      const all = await tabs.signedIn(3);
      expect(await eventsOf(all)).toEqual(Array(3).fill(['signed-in']));
      const users = await Promise.all(all.map((one) => one.run(() => tab.me())));
      expect(users).toEqual(Array(3).fill(expect.objectContaining({ username: 'alice' })));
      expect(await tabs.django.count('/auth/token/')).toBe(1);
    });

    it('alice once more: nobody is told, and requests go on (C38)', async () => {
      const { django } = tabs;
      const [first, other] = await tabs.signedIn(2);
      const before = await tokenOf(other);
      const slow = begun(other.run(() => tab.send(2, '/api/slow/?ms=500')));
      await eventually(async () => (await django.count('/api/slow/')) === 2);
      await first.run(() => tab.signIn('alice'));
      const now = await tokenOf(first);
      expect(now).not.toBe(before);
      await eventually(async () => (await tokenOf(other)) === now);
      expect(await slow).toEqual([200, 200]);
      expect(await eventsOf([first, other])).toEqual([['signed-in'], ['signed-in']]);
      expect(await django.count(REFRESH)).toBe(0);
    });
  });
});
