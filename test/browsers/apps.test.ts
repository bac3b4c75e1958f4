// @vitest-environment node
// The four apps of `demo/`, each through the whole story, driven by what demo/shared/README.md says of all of them.
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { APPS, appTabs, itemsOf } from './apps.ts';
import { ENGINES } from './engines.ts';
import { BLACKLIST, eventually, REFRESH, SHORT } from './real-tabs.ts';

const SIGN_IN = '/auth/token/';
const EVERYWHERE = '/auth/logout/all/';
const ITEMS = '/api/items/';

describe.concurrent.each(ENGINES)('%s', (engine) => {
  describe.sequential.each(APPS[engine])('the app in %s', (app) => {
    const tabs = appTabs(engine, app);

    it('shows what the server says of a wrong password, then signs in and leads back to the page that was asked for', async () => {
      const tab = await tabs.open('/items?page=2');
      await tab.run(() => visitor.on('Sign in'));
      expect(await tab.run(() => visitor.path())).toBe('/sign-in?next=%2Fitems%3Fpage%3D2');
      expect(await tab.run(() => visitor.problem())).toBe('');
      // Nobody was signed in before, so nothing has ended.
      expect(await tab.run(() => visitor.status())).toBe('');
      expect(await tab.run(() => visitor.has('button', 'Sign out'))).toBe(false);
      expect(await tabs.django.count(REFRESH)).toBe(0);

      await tab.run(() => visitor.signIn('wrong'));
      expect(await tab.run(() => visitor.alert())).toBe('No active account found with the given credentials');
      expect(await tab.run(() => visitor.value('User name'))).toBe('alice');
      expect(await tab.run(() => visitor.heading())).toBe('Sign in');

      await tab.run(() => visitor.signIn());
      expect(await tab.run(() => visitor.items(2))).toEqual(itemsOf(2));
      expect(await tab.run(() => visitor.path())).toBe('/items?page=2');
      expect(await tab.run(() => visitor.who())).toBe('alice');
      expect(await tab.run(() => visitor.current())).toEqual(['Items']);
      // The form is not behind the back button.
      expect(await tab.run(() => visitor.seen.filter((heading) => heading !== ''))).toEqual(['Sign in', 'Items']);
      expect(await tabs.django.count(SIGN_IN)).toBe(2);
      expect(await tabs.refused()).toEqual([`401 POST ${SIGN_IN}`]);
      expect(await tab.run(() => visitor.errors)).toEqual([]);
    });

    it.each(['/sign-in?next=//evil.example', '/nothing-of-the-app'])(
      'leads to the list from "%s", whatever it says of a way back',
      async (path) => {
        const tab = await tabs.signedIn(path);
        expect(await tab.run(() => visitor.items(1))).toEqual(itemsOf(1));
        expect(await tab.run(() => [location.pathname, visitor.path()])).toEqual([`/${app}/`, '/items']);
        expect(await tab.run(() => visitor.errors)).toEqual([]);
      },
    );

    it('goes through the pages of the list, one request for each, and back', async () => {
      const tab = await tabs.signedIn('/items?page=3');
      expect(await tab.run(() => visitor.items(3))).toEqual(itemsOf(3));
      await tab.run(() => visitor.click('link', 'Next'));
      expect(await tab.run(() => visitor.items(4))).toEqual(itemsOf(4));
      await tab.run(() => visitor.click('link', 'Next'));
      expect(await tab.run(() => visitor.items(5))).toEqual(itemsOf(5));
      expect(await tab.run(() => visitor.has('link', 'Next'))).toBe(false);
      await tab.run(() => visitor.click('link', 'Previous'));
      expect(await tab.run(() => visitor.items(4))).toEqual(itemsOf(4));
      expect(await tab.run(() => visitor.path())).toBe('/items?page=4');
      expect(await tabs.django.count(ITEMS)).toBe(4);

      await tab.run(() => visitor.back());
      expect(await tab.run(() => visitor.items(5))).toEqual(itemsOf(5));
      await tab.run(() => visitor.click('link', 'Profile'));
      await tab.run(() => visitor.on('Profile'));
      expect(await tab.run(() => visitor.rows())).toEqual([
        ['User name', 'alice'],
        ['E-mail', 'alice@example.com'],
        ['Access token until', expect.stringMatching(/^\d\d:\d\d:\d\d$/)],
      ]);
      expect(await tab.run(() => visitor.current())).toEqual(['Profile']);
      expect(await tabs.django.count(ITEMS)).toBe(5);
      expect(await tabs.refused()).toEqual([]);
      expect(await tab.run(() => visitor.errors)).toEqual([]);
    });

    it('sends 20 requests when the access token has run out: one refresh, no refusal, no error (C1)', async () => {
      await tabs.django.set(SHORT);
      // Nobody looks at it, so nothing is refreshed ahead of time.
      const tab = await tabs.signedIn('/items', 'unseen');
      await tab.run(() => visitor.items(1));
      // What is tested is time itself: the token's life is over.
      await delay(1000 * SHORT.accessLifetime);
      await tabs.django.reset();
      await tab.run(() => visitor.click('button', 'Reload 20 times'));
      await tab.run(() => visitor.told('20 of 20 answered'));
      expect(await tab.run(() => visitor.problem())).toBe('');
      expect(await tab.run(() => visitor.items(1))).toEqual(itemsOf(1));
      expect(await tabs.django.count(REFRESH)).toBe(1);
      const asked = await tabs.django.count(ITEMS);
      // WebKit sends one request for many of a page's XMLHttpRequests that ask for the same at once.
      if (engine === 'webkit') expect(asked).toBeGreaterThan(0);
      else expect(asked).toBe(20);
      expect(await tabs.refused()).toEqual([]);
      expect(await tab.run(() => visitor.errors)).toEqual([]);
    });

    it('shows no error where 20 requests end with the session, but why it ended (C34)', async () => {
      await tabs.django.set(SHORT);
      const tab = await tabs.signedIn('/items?page=2', 'unseen');
      await tab.run(() => visitor.items(2));
      await delay(1000 * SHORT.accessLifetime);
      await tabs.django.revokeAll();
      // On a slow machine a token of 2 seconds may have died on its way before. What was revoked stays so.
      await tabs.django.reset();
      await tab.run(() => visitor.click('button', 'Reload 20 times'));
      await tab.run(() => visitor.on('Sign in'));
      expect(await tab.run(() => visitor.status())).toBe('The server ended your session. Please sign in again.');
      expect(await tab.run(() => visitor.path())).toBe('/sign-in?next=%2Fitems%3Fpage%3D2');
      expect(await tab.run(() => visitor.traces())).toEqual([]);
      expect(await tab.run(() => visitor.problem())).toBe('');
      expect(await tabs.refused()).toEqual([`401 POST ${REFRESH}`]);
      expect(await tab.run(() => visitor.errors)).toEqual([]);
    });

    it('is signed in after a reload, and in a second tab, and shows the form in neither, not for a moment', async () => {
      const tab = await tabs.signedIn('/profile');
      await tab.run(() => visitor.on('Profile'));
      await tab.reload();
      expect(await tab.run(() => visitor.who())).toBe('alice');
      const second = await tabs.open('/items?page=5');
      expect(await second.run(() => visitor.items(5))).toEqual(itemsOf(5));
      expect(await second.run(() => visitor.who())).toBe('alice');
      for (const [one, heading] of [[tab, 'Profile'] as const, [second, 'Items'] as const]) {
        expect(await one.run(() => visitor.seen.filter((shown) => shown !== ''))).toEqual([heading]);
        expect(await one.run(() => visitor.errors)).toEqual([]);
      }
      expect(await tabs.django.count(SIGN_IN)).toBe(1);
      expect(await tabs.django.count(REFRESH)).toBe(0);
      expect(await tabs.refused()).toEqual([]);
    });

    it('sees a sign-out in another tab, says so, and keeps nothing of the user (OUT-6)', async () => {
      const tab = await tabs.signedIn('/items?page=2');
      await tab.run(() => visitor.items(2));
      const second = await tabs.open('/profile');
      await second.run(() => visitor.who());
      await second.run(() => visitor.click('button', 'Sign out'));
      await second.run(() => visitor.on('Sign in'));
      expect(await second.run(() => visitor.status())).toBe('You signed out.');
      expect(await second.run(() => visitor.path())).toBe('/sign-in');

      await tab.run(() => visitor.on('Sign in'));
      expect(await tab.run(() => visitor.status())).toBe('You signed out in another tab.');
      expect(await tab.run(() => visitor.path())).toBe('/sign-in?next=%2Fitems%3Fpage%3D2');
      for (const one of [tab, second]) {
        expect(await one.run(() => visitor.traces())).toEqual([]);
        expect(await one.run(() => visitor.errors)).toEqual([]);
      }
      await eventually(async () => (await tabs.django.count(BLACKLIST)) === 1);
      expect(await tabs.refused()).toEqual([]);

      // Whoever signs in again is where they were, and in the other tab as well.
      await tab.run(() => visitor.signIn());
      expect(await tab.run(() => visitor.items(2))).toEqual(itemsOf(2));
      expect(await second.run(() => visitor.items(1))).toEqual(itemsOf(1));
    });

    it('shows nothing of the user behind the back button after a sign-out (OUT-7)', async () => {
      const tab = await tabs.signedIn('/items');
      await tab.run(() => visitor.click('link', 'Next'));
      await tab.run(() => visitor.items(2));
      await tab.run(() => visitor.click('link', 'Profile'));
      await tab.run(() => visitor.on('Profile'));
      await tab.run(() => visitor.click('button', 'Sign out'));
      await tab.run(() => visitor.on('Sign in'));
      await eventually(async () => (await tabs.django.count(BLACKLIST)) === 1);
      const before = (await tabs.django.log()).length;
      const shown = await tab.run(() => visitor.seen.length);

      // The list's second page, and its first.
      for (let pages = 0; pages < 2; pages += 1) {
        await tab.run(() => visitor.leave());
        await tab.run(() => visitor.on('Sign in'));
        expect(await tab.run(() => visitor.path())).toMatch(/^\/sign-in\b/);
        expect(await tab.run(() => visitor.traces())).toEqual([]);
      }
      // Not for a moment, and nothing was asked for.
      expect(await tab.run((from) => visitor.seen.slice(from), shown)).not.toContain('Items');
      expect(await tabs.django.log()).toHaveLength(before);
      expect(await tab.run(() => visitor.errors)).toEqual([]);
    });

    it('shows nothing of the user in a page that comes back after a sign-out elsewhere (OUT-7, P2)', async () => {
      const tab = await tabs.signedIn('/profile');
      await tab.run(() => visitor.on('Profile'));
      const second = await tabs.open('/items');
      await second.run(() => visitor.items(1));
      await tab.goto(tabs.elsewhere);
      await second.run(() => visitor.click('button', 'Sign out'));
      await second.run(() => visitor.on('Sign in'));
      await tab.back();
      await eventually(() => tab.run(() => 'visitor' in globalThis));
      await tab.run(() => visitor.on('Sign in'));
      expect(await tab.run(() => visitor.traces())).toEqual([]);
      expect(await tabs.refused()).toEqual([]);
      expect(await tab.run(() => visitor.errors)).toEqual([]);
    });

    it('asks an idle user whether they stay, takes yes for an answer, and else ends the session (C43)', async () => {
      const tab = await tabs.signedIn('/items?page=3', 'idle=3000');
      await tab.run(() => visitor.items(3));
      const answered = await tab.run(async () => {
        const warning = await visitor.warning(true);
        await visitor.click('button', 'Stay signed in');
        await visitor.warning(false);
        return { warning, heading: visitor.heading(), user: await visitor.who() };
      });
      expect(answered).toEqual({
        warning: { text: expect.stringMatching(/^You will be signed out at \d\d:\d\d:\d\d\.$/), isModal: true },
        heading: 'Items',
        user: 'alice',
      });
      expect(await tabs.django.count(BLACKLIST)).toBe(0);

      await tab.run(() => visitor.on('Sign in'));
      expect(await tab.run(() => visitor.status())).toBe('You were signed out because you were away.');
      expect(await tab.run(() => visitor.path())).toBe('/sign-in?next=%2Fitems%3Fpage%3D3');
      expect(await tab.run(() => visitor.has('button', 'Stay signed in'))).toBe(false);
      expect(await tab.run(() => visitor.traces())).toEqual([]);
      await eventually(async () => (await tabs.django.count(BLACKLIST)) === 1);
      expect(await tab.run(() => visitor.errors)).toEqual([]);
    });

    it('signs out everywhere: another device has no session any more', async () => {
      const another = await tabs.post(SIGN_IN, { username: 'alice', password: 'alice-pass-1' });
      expect(another.status).toBe(200);
      const [{ refresh }, tab] = [await another.json(), await tabs.signedIn('/profile')];
      await tab.run(() => visitor.click('button', 'Sign out everywhere'));
      await tab.run(() => visitor.on('Sign in'));
      expect(await tab.run(() => visitor.status())).toBe('You signed out.');
      expect(await tab.run(() => visitor.traces())).toEqual([]);
      await eventually(async () =>
        (await tabs.django.log()).some(({ path, status }) => path === EVERYWHERE && status > 0),
      );
      expect(await tabs.django.count(EVERYWHERE)).toBe(1);
      expect((await tabs.post(REFRESH, { refresh })).status).toBe(401);
      expect(await tab.run(() => visitor.errors)).toEqual([]);
    });
  });
});
