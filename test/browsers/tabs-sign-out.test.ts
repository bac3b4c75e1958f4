// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { ENGINES, type Tab } from './engines.ts';
import { BLACKLIST, begun, eventsOf, eventually, NEVER, realTabs } from './real-tabs.ts';

describe.concurrent.each(ENGINES)('%s', (name) => {
  describe.sequential('a sign-out in one tab', () => {
    const tabs = realTabs(name);

    /** How many requests the API got that carried a token. */
    const authorized = async (): Promise<number> =>
      (await tabs.django.log()).filter(({ path, hadAuthorization }) => path.startsWith('/api/') && hadAuthorization)
        .length;
    /** How many refresh tokens the server was told to revoke, and answered so. */
    const revoked = async (status: number): Promise<number> =>
      (await tabs.django.log()).filter((entry) => entry.path === BLACKLIST && entry.status === status).length;
    const signedOut = (all: readonly Tab[]): Promise<unknown[]> =>
      Promise.all(all.map((one) => one.run(() => tab.until('signed-out'))));

    it('reaches every tab with one event each, empties the store, and tells the server once (C36, C38, OUT-6)', async () => {
      const [first, ...others] = await tabs.signedIn(3);
      await first.run(() => tab.signOut());
      expect(await signedOut(others)).toEqual(Array(2).fill({ status: 'signed-out', reason: 'other-tab' }));
      expect(await first.run(() => tab.tokensAtRest())).toEqual([]);
      expect(await tabs.django.count(BLACKLIST)).toBe(1);
      const all = [first, ...others];
      expect(await Promise.all(all.map((one) => one.run(() => tab.send(2))))).toEqual(Array(3).fill([401, 401]));
      expect(await authorized()).toBe(0);
      await first.reload();
      expect(await first.run(() => tab.state())).toEqual({ status: 'signed-out' });
      expect(await eventsOf(all)).toEqual([[], ...Array(2).fill(['signed-in', 'signed-out:other-tab'])]);
    });

    it('rejects what is under way in the others, though its answer comes (OUT-5)', async () => {
      const [first, other] = await tabs.signedIn(2);
      const path = '/api/slow/';
      const answers = begun(other.run((url) => tab.send(3, url), `${path}?ms=1500`));
      await eventually(async () => (await tabs.django.count(path)) === 3);
      await first.run(() => tab.signOut());
      expect(await answers).toEqual(Array(3).fill('SignedOutError'));
    });

    it('wins over a refresh under way in another: its tokens are kept nowhere, and revoked (C34, OUT-4)', async () => {
      const { django } = tabs;
      const [first, other] = await tabs.signedIn(2);
      await django.set({ refreshDelayMs: 800 });
      const refresh = begun(other.run(() => tab.refresh()));
      await tabs.refreshes(1);
      await first.run(() => tab.signOut());
      expect(await refresh).toBe('SignedOutError');
      // The old one, which the rotation has mostly revoked already, and the new one; neither more than once.
      await eventually(async () => (await revoked(200)) > 0);
      expect(await other.run(() => tab.send(1))).toEqual([401]);
      expect((await revoked(401)) + (await revoked(200))).toBeLessThanOrEqual(2);
      expect(await other.run(() => tab.tokensAtRest())).toEqual([]);
      expect(await eventsOf([other])).toEqual([['signed-in', 'signed-out:other-tab']]);
    });

    it('reaches a tab in the background (C36)', async ({ skip }) => {
      skip(!tabs.engine.can.openHidden, 'no tab can be hidden here');
      const [first] = await tabs.signedIn(1);
      const hidden = await tabs.open('', { hidden: true });
      expect(await hidden.run(() => tab.state())).toMatchObject({ status: 'signed-in' });
      expect(await hidden.run(() => document.visibilityState)).toBe('hidden');
      await first.run(() => tab.signOut());
      await signedOut([hidden]);
      expect(await eventsOf([hidden])).toEqual([['signed-out:other-tab']]);
    });

    it('reaches a frozen tab before its next request (C36)', async ({ skip }) => {
      skip(!tabs.engine.can.freeze, 'no tab can be frozen here');
      const [first, frozen] = await tabs.signedIn(2);
      await frozen.freeze();
      await first.run(() => tab.signOut());
      await frozen.thaw();
      const statuses = await frozen.run(() => tab.send(3));
      expect(statuses).toHaveLength(3);
      expect(statuses).not.toContain(200);
      expect(await authorized()).toBe(0);
      await signedOut([frozen]);
      expect(await eventsOf([frozen])).toEqual([['signed-in', 'signed-out:other-tab']]);
    });

    it('reaches a tab that is offline', async ({ skip }) => {
      skip(!tabs.engine.can.offlineTab, 'no single tab can be cut off here');
      const [first, cutOff] = await tabs.signedIn(2);
      await cutOff.offline(true);
      await first.run(() => tab.signOut());
      await signedOut([cutOff]);
      await cutOff.offline(false);
      expect(await cutOff.run(() => tab.send(1))).toEqual([401]);
      expect(await authorized()).toBe(0);
      expect(await eventsOf([cutOff])).toEqual([['signed-in', 'signed-out:other-tab']]);
    });

    it('is done in every tab while all are offline; that the server knows nothing is told (C37)', async ({ skip }) => {
      skip(!tabs.engine.can.offline, 'no tab can be cut off here');
      const [first, other] = await tabs.signedIn(2);
      await tabs.engine.offline(true);
      await first.run(() => tab.signOut());
      await signedOut([other]);
      await tabs.engine.offline(false);
      expect(await first.run(() => tab.tokensAtRest())).toEqual([]);
      expect(await eventsOf([first, other])).toEqual([
        ['signed-in', 'signed-out:user', 'diagnostic:revoke-failed'],
        ['signed-in', 'signed-out:other-tab'],
      ]);
      await other.reload();
      expect(await other.run(() => tab.state())).toEqual({ status: 'signed-out' });
    });

    it.each(['to another page', 'to its own first page'])(
      'that leaves %s on the next line is done all the same: in every tab, in the store, on the server',
      async (where) => {
        const { elsewhere } = tabs;
        const [leaving, other] = await tabs.signedIn(2);
        const target = where === 'to another page' ? elsewhere : tabs.url('again');
        // Not every engine can tell the end of what made its page go.
        await leaving.run((url) => tab.signOutAndGo(url), target).catch(() => {});
        // Its page may be gone before the fence knows: then the empty store tells, and the reason is that.
        const [state] = await signedOut([other]);
        expect(state).toEqual({ status: 'signed-out', reason: expect.stringMatching(/^(other-tab|storage-cleared)$/) });
        await eventually(async () => (await revoked(200)) === 1);
        expect(await other.run(() => tab.tokensAtRest())).toEqual([]);
        expect((await eventsOf([other]))[0]).toHaveLength(2);
        const next = await tabs.open();
        expect(await next.run(() => tab.state())).toEqual({ status: 'signed-out' });
        expect(await next.run(() => tab.send(1))).toEqual([401]);
        expect(await authorized()).toBe(0);
      },
    );

    it('ends the tab that is in the middle of a refresh nobody answers, at once (C34, C37)', async () => {
      const { django } = tabs;
      const [first, other] = await tabs.signedIn(2);
      await django.set({ refreshDelayMs: NEVER });
      const refresh = begun(other.run(() => tab.refresh()));
      await tabs.refreshes(1);
      await first.run(() => tab.signOut());
      expect(await refresh).toBe('SignedOutError');
      expect(await eventsOf([other])).toEqual([['signed-in', 'signed-out:other-tab']]);
    });
  });
});
