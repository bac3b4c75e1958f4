// @vitest-environment node
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ENGINES } from './engines.ts';
import { eventsOf, REFRESH, realTabs, SHORT } from './real-tabs.ts';

/** How many expiries a storm of tabs lives through; `npm run soak` asks for more. */
const EXPIRIES = Number(process.env.LATCHKEY_EXPIRIES ?? 10);
const TABS = 8;

describe.concurrent.each(ENGINES)('%s', (name) => {
  describe.sequential('real tabs', () => {
    const tabs = realTabs(name);

    it(
      `${TABS} of them live through ${EXPIRIES} expiries with one refresh each, and nobody is signed out (C50, ROT-1)`,
      async () => {
        const { django } = tabs;
        await django.set(SHORT);
        const all = await tabs.signedIn(TABS);
        for (let count = 0; count < EXPIRIES; count += 1) {
          await delay(2050);
          const statuses = await Promise.all(all.map((one) => one.run(() => tab.send(5))));
          expect(statuses.flat()).toEqual(Array(5 * TABS).fill(200));
        }
        const posts = await django.count(REFRESH);
        const generations = await Promise.all(all.map((one) => one.run(() => tab.generation())));
        const events = await eventsOf(all);
        process.stdout.write(
          `\n${name}: ${EXPIRIES} expiries, ${posts} POSTs, generation ${generations[0]}, ${events.flat().length - TABS} events besides ${TABS} sign-ins\n`,
        );
        expect(generations).toEqual(Array(TABS).fill(posts + 1));
        expect(posts).toBeGreaterThanOrEqual(EXPIRIES);
        expect(events).toEqual(Array(TABS).fill(['signed-in']));
      },
      60_000 + EXPIRIES * 5000,
    );

    it('20 of them that ask at once after an expiry cost one refresh (L9)', async ({ skip }) => {
      skip(name !== 'chromium', 'so many tabs are opened in Chromium only');
      const { django } = tabs;
      await django.set(SHORT);
      const all = await tabs.signedIn(20);
      await tabs.expiry();
      await django.set({ accessLifetime: 300 });
      const statuses = await Promise.all(all.map((one) => one.run(() => tab.send(1))));
      expect(statuses.flat()).toEqual(Array(20).fill(200));
      expect(await django.count(REFRESH)).toBe(1);
      expect(await eventsOf(all)).toEqual(Array(20).fill(['signed-in']));
    });
  });
});
