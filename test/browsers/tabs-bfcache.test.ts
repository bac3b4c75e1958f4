// @vitest-environment node
// What happens to a page that lies in the back/forward cache while other tabs go on.
import { describe, expect, it } from 'vitest';
import { ENGINES } from './engines.ts';
import { eventsOf, NEVER, REFRESH, realTabs, tokenOf } from './real-tabs.ts';

describe.concurrent.each(ENGINES)('%s', (name) => {
  describe.sequential('a page in the bfcache', () => {
    const tabs = realTabs(name);

    it('comes back out of it while nothing has happened, its session still in use (C47)', async () => {
      const [one] = await tabs.signedIn(1);
      await one.goto(tabs.elsewhere);
      await one.back();
      expect(await one.run(() => tab.firstBack())).toMatchObject({ username: 'alice' });
      expect(await one.run(() => tab.events)).toEqual(['signed-in']);
      expect(await one.run(() => tab.refresh())).toBe('refreshed');
      expect(await one.run(() => tab.send(1))).toEqual([200]);
    });

    // Chromium and Firefox throw a page out when a message for it comes: then it is loaded anew, and has no old session to
    // tell of. Without the channel it comes back everywhere, and nobody has told it anything.
    describe.each([
      ['told by a message', '', name === 'webkit'],
      ['not told by anybody', 'without=BroadcastChannel', true],
    ])('%s', (_, query, isKept) => {
      it('is signed out before its first request where another tab signed out (OUT-6, OUT-7, P2)', async () => {
        const [one, other] = await tabs.signedIn(2, query);
        await one.goto(tabs.elsewhere);
        await other.run(() => tab.signOut());
        await one.back();
        expect(await one.run(() => tab.firstBack())).toBe(isKept ? 'SignedOutError' : undefined);
        expect(await one.run(() => tab.me())).toBe('401');
        const log = await tabs.django.log();
        expect(log.filter((entry) => entry.path === '/api/me/' && entry.hadAuthorization)).toEqual([]);
        expect(await one.run(() => tab.until('signed-out'))).toEqual(
          isKept ? { status: 'signed-out', reason: 'other-tab' } : { status: 'signed-out' },
        );
        expect(await one.run(() => tab.events)).toEqual(isKept ? ['signed-in', 'signed-out:other-tab'] : []);
      });

      it('sends the new token first where another tab refreshed (P3)', async () => {
        const [one, other] = await tabs.signedIn(2, query);
        await one.goto(tabs.elsewhere);
        expect(await other.run(() => tab.refresh())).toBe('refreshed');
        await one.back();
        const first = await one.run(() => tab.firstBack());
        expect(first !== undefined).toBe(isKept);
        expect(first ?? (await one.run(() => tab.me()))).toMatchObject({ jti: await tokenOf(other) });
        expect(await tabs.django.count(REFRESH)).toBe(1);
        expect(await one.run(() => tab.events)).toEqual(isKept ? ['signed-in'] : []);
      });

      it('does not become the user who signed in elsewhere meanwhile (SES-4)', async () => {
        const [one, other] = await tabs.signedIn(2, query);
        await one.goto(tabs.elsewhere);
        await other.run(() => tab.signIn('bob'));
        await one.back();
        const first = await one.run(() => tab.firstBack());
        expect(first !== undefined).toBe(isKept);
        if (isKept) expect(first).toMatch(/^(SignedOutError|SessionChangedError)$/);
        const state = await one.run(() => tab.state());
        if (isKept) expect(state).toEqual({ status: 'signed-out', reason: 'user-switched' });
        // Loaded anew it is a page of bob's.
        else expect(await one.run(() => tab.me())).toMatchObject({ username: 'bob' });
      });
    });

    it('that was left in the middle of a refresh keeps nobody waiting, and knows the new token when it is back', async () => {
      const { django } = tabs;
      const [one, other] = await tabs.signedIn(2, 'settleTime=200');
      await django.set({ refreshStatus: 503, refreshDelayMs: NEVER });
      await one.run(() => void tab.refresh());
      await tabs.refreshes(1);
      // Already in line: Chromium then keeps the lock with the page, until somebody asks.
      const next = other.run(() => tab.refresh());
      await django.set({ refreshStatus: null, refreshDelayMs: 0 });
      await one.goto(tabs.elsewhere);
      expect(await next).toBe('refreshed');
      expect(await django.count(REFRESH)).toBe(2);
      await one.back();
      expect(await tokenOf(one)).toBe(await tokenOf(other));
      expect(await one.run(() => tab.refresh())).toBe('refreshed');
      expect(await django.count(REFRESH)).toBe(3);
      expect((await eventsOf([one, other])).flat().filter((event) => event.startsWith('signed-out'))).toEqual([]);
    });
  });
});
