// @vitest-environment node
// What holds in a browser that lacks what tabs agree by, and on a page that has the package twice.
import { describe, expect, it } from 'vitest';
import { ENGINES, type Tab } from './engines.ts';
import { eventsOf, REFRESH, realTabs, SHORT } from './real-tabs.ts';

const EXPIRIES = 3;

describe.concurrent.each(ENGINES)('%s', (name) => {
  describe.sequential('real tabs', () => {
    const tabs = realTabs(name);

    /** Lives through expiries; gives how many refreshes the server got. */
    async function storm(all: readonly Tab[]): Promise<number> {
      for (let count = 0; count < EXPIRIES; count += 1) {
        await tabs.expiry();
        const statuses = await Promise.all(all.map((one) => one.run(() => tab.send(2))));
        expect(statuses.flat()).toEqual(Array(2 * all.length).fill(200));
      }
      return tabs.django.count(REFRESH);
    }
    it('without Web Locks: four agree by a lease: as many refreshes as generations (L5)', async () => {
      await tabs.django.set(SHORT);
      const all = await tabs.signedIn(4, 'without=locks');
      const posts = await storm(all);
      const generations = await Promise.all(all.map((one) => one.run(() => tab.generation())));
      expect(generations).toEqual(Array(4).fill(posts + 1));
      // On a busy machine a token of two seconds may die once more within a round.
      expect(posts).toBeGreaterThanOrEqual(EXPIRIES);
      expect(await eventsOf(all)).toEqual(Array(4).fill(['signed-in']));
    });

    // With the lock alone a store that lags can make a tab send what another has spent: it costs a request that the
    // server rejects, and then the newer tokens are found. No more is promised than that nobody is signed out.
    it('without IndexedDB: four say so, may send more than is needed, and stay signed in (L5, S6)', async () => {
      await tabs.django.set(SHORT);
      const all = await tabs.signedIn(4, 'without=indexedDB');
      const posts = await storm(all);
      expect(posts).toBeGreaterThanOrEqual(EXPIRIES);
      const events = (await eventsOf(all)).map((each) => new Set(each));
      expect(events).toEqual(Array(4).fill(new Set(['diagnostic:tabs-uncoordinated', 'signed-in'])));
      await all[0]?.run(() => tab.signOut());
      const states = await Promise.all(all.map((one) => one.run(() => tab.until('signed-out'))));
      expect(states).toEqual(
        Array(4).fill({ status: 'signed-out', reason: expect.stringMatching(/^(user|other-tab|storage-cleared)$/) }),
      );
    });

    it('whose page makes its session twice, as StrictMode does, have one (C47)', async () => {
      const [one] = await tabs.signedIn(1);
      expect(await one.run(() => tab.create() === tab.session)).toBe(true);
    });

    it('whose page has the package twice have one engine: one refresh, one event (V2, C47)', async () => {
      const { django } = tabs;
      await django.set(SHORT);
      const one = await tabs.open();
      // As text: the test's own bundler would make another import of it. A URL of its own makes it another module, with
      // all that it imports.
      await one.run('(async () => { globalThis.first = tab; await import("/page.js?copy"); })()');
      const isOne = await one.run(() => {
        const { first } = globalThis as unknown as { first: typeof tab };
        return first !== tab && first.session === tab.session;
      });
      expect(isOne).toBe(true);
      await one.run(() => tab.signIn());
      await tabs.expiry();
      await django.set({ accessLifetime: 300 });
      const statuses = await one.run(async () => {
        const { first } = globalThis as unknown as { first: typeof tab };
        return (await Promise.all([first.send(3), tab.send(3)])).flat();
      });
      expect(statuses).toEqual(Array(6).fill(200));
      expect(await django.count(REFRESH)).toBe(1);
      expect(await eventsOf([one])).toEqual([['signed-in']]);
    });
  });
});
