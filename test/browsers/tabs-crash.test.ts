// @vitest-environment node
// A tab goes away in the middle of a refresh: nobody hears the answer, and the others go on.
import { describe, expect, it } from 'vitest';
import { ENGINES, type Tab } from './engines.ts';
import { eventsOf, NEVER, REFRESH, realTabs, SHORT } from './real-tabs.ts';

const SETTLE_TIME = 400;
const QUERY = `settleTime=${SETTLE_TIME}`;

type Leave = (one: Tab, elsewhere: string) => Promise<void>;
const WAYS: readonly (readonly [string, Leave])[] = [
  ['is closed', (one) => one.close()],
  ['crashes', (one) => one.crash()],
  ['is reloaded', (one) => one.reload()],
  ['goes to another page', (one, elsewhere) => one.goto(elsewhere)],
];

describe.concurrent.each(ENGINES)('%s', (name) => {
  describe.sequential('a tab that refreshes', () => {
    const tabs = realTabs(name);

    it.for(WAYS)(
      '%s before the server has rotated: the next one sends it again, and all goes on (L1, L2, ROT-3, ROT-4)',
      async ([way, leave], { skip }) => {
        skip(way === 'crashes' && !tabs.engine.can.crash, 'no tab can crash here');
        const { django, elsewhere } = tabs;
        const [leaving, next] = await tabs.signedIn(2, QUERY);
        await django.set({ refreshStatus: 503, refreshDelayMs: NEVER });
        await leaving.run(() => void tab.refresh());
        await tabs.refreshes(1);
        const attempt = await next.run(() => tab.attempt());
        await leave(leaving, elsewhere);
        await django.set({ refreshStatus: null, refreshDelayMs: 0 });

        expect(await next.run(() => tab.refresh())).toBe('refreshed');
        expect(await django.count(REFRESH)).toBe(2);
        const sentAgain = await next.run(() => tab.traced('refresh-sent'));
        expect(sentAgain).toMatchObject({ detail: '1, once more' });
        expect(Number(sentAgain?.at) - Number(attempt?.sentAt)).toBeGreaterThanOrEqual(SETTLE_TIME);
        expect(await next.run(() => tab.send(3))).toEqual([200, 200, 200]);
        expect(await next.run(() => tab.events)).toEqual(['signed-in']);
        if (way !== 'is reloaded') return;
        expect(await leaving.run(() => tab.send(1))).toEqual([200]);
        expect(await leaving.run(() => tab.events)).toEqual([]);
      },
    );

    it.for(WAYS)(
      '%s after the server has rotated: the session ends, and says why (C33, P1)',
      async ([way, leave], { skip }) => {
        skip(way === 'crashes' && !tabs.engine.can.crash, 'no tab can crash here');
        const { django, elsewhere } = tabs;
        await django.set(SHORT);
        const [leaving, next] = await tabs.signedIn(2, `${QUERY}&unseen`);
        await django.set({ refreshDelayMs: NEVER });
        await leaving.run(() => void tab.refresh());
        await tabs.refreshes(1);
        await leave(leaving, elsewhere);
        await django.set({ refreshDelayMs: 0 });

        await next.run(() => tab.refresh());
        expect(await next.run(() => tab.until('signed-out'))).toEqual({
          status: 'signed-out',
          reason: 'refresh-rejected',
        });
        expect(await django.count(REFRESH)).toBe(2);
        expect(await next.run(() => tab.traced('refresh-rejected')?.detail)).toMatch(/may have been lost/);
        expect(await next.run(() => tab.tokensAtRest())).toEqual([]);
        expect(await next.run(() => tab.events)).toEqual(['signed-in', 'signed-out:refresh-rejected']);
        if (way !== 'is reloaded') return;
        expect(await leaving.run(() => tab.until('signed-out'))).toMatchObject({ reason: 'refresh-rejected' });
        expect(await leaving.run(() => tab.events)).toEqual(['signed-out:refresh-rejected']);
      },
    );

    it('is rejected while its access token lives: every tab uses it up, and says the same why (C27)', async () => {
      const { django } = tabs;
      await django.set(SHORT);
      const [rejected, other] = await tabs.signedIn(2);
      await django.revokeAll();
      await rejected.run(() => tab.refresh());
      // Nobody is left who heard the server's no.
      await rejected.close();
      expect(await other.run(() => tab.until('signed-out'))).toMatchObject({ reason: 'refresh-rejected' });
    });

    it('is frozen: nobody sends its token, requests go on or fail typed, and it commits when it thaws (L3, P4)', async ({
      skip,
    }) => {
      skip(!tabs.engine.can.freeze, 'no tab can be frozen here');
      const { django } = tabs;
      await django.set(SHORT);
      const [frozen, other] = await tabs.signedIn(2, `${QUERY}&patience=500&unseen`);
      await django.set({ accessLifetime: 300, refreshDelayMs: 3000 });
      await frozen.run(() => void tab.refresh());
      await tabs.refreshes(1);
      await frozen.freeze();
      await tabs.expiry();
      expect(await other.run(() => tab.send(2))).toEqual(['AuthUnavailableError', 'AuthUnavailableError']);
      expect(await django.count('/api/echo/')).toBe(0);
      await frozen.thaw();
      await frozen.run(() => tab.refreshed());
      expect(await Promise.all([frozen, other].map((one) => one.run(() => tab.send(2))))).toEqual([
        [200, 200],
        [200, 200],
      ]);
      expect(await django.count(REFRESH)).toBe(1);
      expect(await eventsOf([frozen, other])).toEqual([
        ['signed-in'],
        ['signed-in', 'diagnostic:refresh-stuck', 'diagnostic:refresh-stuck'],
      ]);
    });
  });
});
