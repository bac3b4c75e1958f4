// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { ENGINES, type Tab } from './engines.ts';
import { BLACKLIST, eventsOf, eventually, REFRESH, realTabs, SHORT, tokenOf } from './real-tabs.ts';

describe.concurrent.each(ENGINES)('%s', (name) => {
  describe.sequential('a session', () => {
    const tabs = realTabs(name);
    /** Resolves when both send the same token. */
    const agree = (one: Tab, other: Tab): Promise<void> =>
      eventually(async () => (await tokenOf(one)) === (await tokenOf(other)));

    it('of sessionStorage in a duplicated tab is refreshed by each in turn, and both stay signed in (C41, P7)', async ({
      skip,
    }) => {
      skip(!tabs.engine.can.duplicate, 'no tab can be duplicated here');
      const { django } = tabs;
      const [one] = await tabs.signedIn(1, 'store=session');
      const copy = await one.duplicate();
      expect(await copy.run(() => tab.state())).toMatchObject({ status: 'signed-in' });
      for (const [turn, whose] of [one, copy, one, copy].entries()) {
        // The last of these alone dies, once.
        if (turn === 3) await django.set(SHORT);
        expect(await whose.run(() => tab.refresh())).toBe('refreshed');
        await django.set({ accessLifetime: 300 });
        expect(await django.count(REFRESH)).toBe(turn + 1);
        await agree(one, copy);
      }
      await tabs.expiry();
      const both = await Promise.all([one, copy].map((each) => each.run(() => tab.send(3))));
      expect(both.flat()).toEqual(Array(6).fill(200));
      expect(await django.count(REFRESH)).toBe(5);
      await agree(one, copy);
      // Each keeps it for itself.
      await copy.reload();
      await agree(one, copy);
      expect(await eventsOf([one, copy])).toEqual([['signed-in'], []]);
      expect(await django.count(REFRESH)).toBe(5);
      await copy.close();
    });

    it('of sessionStorage is each tab’s own; a sign-out in one ends both', async () => {
      const { django } = tabs;
      const [one] = await tabs.signedIn(1, 'store=session');
      const other = await tabs.open('store=session');
      expect(await other.run(() => tab.state())).toEqual({ status: 'signed-out' });
      await other.run(() => tab.signIn('bob'));
      const users = [await one.run(() => tab.me()), await other.run(() => tab.me())];
      expect(users).toEqual([
        expect.objectContaining({ username: 'alice' }),
        expect.objectContaining({ username: 'bob' }),
      ]);
      const before = await tokenOf(other);
      expect(await one.run(() => tab.refresh())).toBe('refreshed');
      expect(await tokenOf(other)).toBe(before);
      expect(await django.count(REFRESH)).toBe(1);

      await one.run(() => tab.signOut());
      expect(await other.run(() => tab.until('signed-out'))).toEqual({ status: 'signed-out', reason: 'other-tab' });
      for (const each of [one, other]) expect(await each.run(() => tab.tokensAtRest())).toEqual([]);
      expect(await eventsOf([one, other])).toEqual([
        ['signed-in', 'signed-out:user'],
        ['signed-in', 'signed-out:other-tab'],
      ]);
      expect(await django.count(BLACKLIST)).toBe(1);
    });

    it('of shared memory goes to a new tab without a request, is refreshed once for all, and is gone with the last', async () => {
      const { django } = tabs;
      const [one] = await tabs.signedIn(1, 'store=shared');
      const requests = (await django.log()).filter(({ path }) => path.startsWith('/auth/')).length;
      const other = await tabs.open('store=shared');
      expect(await other.run(() => tab.state())).toMatchObject({ status: 'signed-in' });
      expect((await django.log()).filter(({ path }) => path.startsWith('/auth/'))).toHaveLength(requests);
      await agree(one, other);
      expect(await other.run(() => tab.refresh())).toBe('refreshed');
      await agree(one, other);
      expect(await django.count(REFRESH)).toBe(1);
      await one.reload();
      await agree(one, other);
      for (const each of [one, other]) expect(await each.run(() => tab.tokensAtRest())).toEqual([]);
      expect(await eventsOf([one, other])).toEqual([[], []]);

      await one.close();
      await other.close();
      const late = await tabs.open('store=shared');
      expect(await late.run(() => tab.state())).toEqual({ status: 'signed-out' });
      expect(await late.run(() => tab.tokensAtRest())).toEqual([]);
      expect(await late.run(() => tab.send(1))).toEqual([401]);
    });

    it('of localStorage is found by the scan that finds nothing above', async () => {
      const [one] = await tabs.signedIn(1);
      expect(await one.run(() => tab.tokensAtRest())).toEqual(['localStorage']);
    });
  });
});
