// @vitest-environment node
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ENGINES } from './engines.ts';
import { eventsOf, eventually, REFRESH, realTabs, SHORT } from './real-tabs.ts';

describe.concurrent.each(ENGINES)('%s', (name) => {
  describe.sequential('without a verdict of the server', () => {
    const tabs = realTabs(name);

    it('tabs that are cut off stay signed in, and what waits goes on by itself when they are back (C29, C30, N1)', async ({
      skip,
    }) => {
      const { django, engine } = tabs;
      skip(!engine.can.offline, 'no tab can be cut off here');
      await django.set(SHORT);
      const all = await tabs.signedIn(2, 'settleTime=200');
      await tabs.expiry();
      await django.set({ accessLifetime: 300 });
      await engine.offline(true);
      // Nobody awaits it here: some drivers do one thing at a time.
      await Promise.all(all.map((one) => one.run(() => tab.sendMeanwhile(2))));
      await eventually(async () => (await eventsOf(all)).flat().includes('refresh-failed:auth-unavailable'));
      expect(await all[0].run(() => tab.refresh())).toBe('AuthUnavailableError');
      expect(await all[0].run(() => tab.state())).toMatchObject({ status: 'signed-in' });
      expect(await django.count(REFRESH)).toBe(0);
      await engine.offline(false);
      const waited = await Promise.all(all.map((one) => one.run(() => tab.sentMeanwhile())));
      expect(waited.flat()).toEqual(Array(4).fill(200));
      const sent = await Promise.all(all.map((one) => one.run(() => tab.send(2))));
      expect(sent.flat()).toEqual(Array(4).fill(200));
      expect(await django.count(REFRESH)).toBe(1);
      // A tab that the failure of another one held back has had none of its own.
      for (const events of await eventsOf(all)) {
        expect(events.filter((event) => event !== 'refresh-failed:auth-unavailable')).toEqual(['signed-in']);
      }
    });

    it.each([429, 503])(
      'no tab asks again before a %i allows it, a new page neither, a new sign-in at once (C26, N5)',
      async (status) => {
        const { django } = tabs;
        const all = await tabs.signedIn(3);
        await django.set({ refreshStatus: status, retryAfter: 3600 });
        const ask = (): Promise<string[]> => Promise.all(all.map((one) => one.run(() => tab.refresh())));
        const unavailable = Array(3).fill('AuthUnavailableError');
        expect(await ask()).toEqual(unavailable);
        expect(await ask()).toEqual(unavailable);
        await all[0].reload();
        expect(await ask()).toEqual(unavailable);
        expect(await django.count(REFRESH)).toBe(1);

        // Neither this server nor the one that works now is asked for the old session.
        await django.set({ refreshStatus: null, retryAfter: null });
        expect(await ask()).toEqual(unavailable);
        expect(await all[1].run(() => tab.send(2))).toEqual([200, 200]);
        await all[1].run(() => tab.signIn());
        expect(await all[1].run(() => tab.refresh())).toBe('refreshed');
        expect(await django.count(REFRESH)).toBe(2);
        expect((await eventsOf(all)).flat().filter((event) => event.startsWith('signed-out'))).toEqual([]);
      },
    );

    it('asks once when the time has come (C26)', async () => {
      const { django } = tabs;
      const all = await tabs.signedIn(2);
      await django.set({ refreshStatus: 429, retryAfter: 1 });
      expect(await all[0].run(() => tab.refresh())).toBe('AuthUnavailableError');
      await django.set({ refreshStatus: null, retryAfter: null });
      expect(await all[1].run(() => tab.refresh())).toBe('AuthUnavailableError');
      // As long as it asked for, and up to as long again (HRD-3).
      await delay(2000);
      expect(await all[1].run(() => tab.refresh())).toBe('refreshed');
      expect(await django.count(REFRESH)).toBe(2);
    });
  });
});
