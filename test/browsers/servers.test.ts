// @vitest-environment node
import { setTimeout as delay } from 'node:timers/promises';
import type { SessionRecord } from 'latchkey';
import { describe, expect, it } from 'vitest';
import { PRESETS } from '../servers/presets.ts';
import type { KeptCookie } from './engines/engine.ts';
import { ENGINES, type Tab } from './engines.ts';
import { eventually } from './real-tabs.ts';
import { PLACES, type Place, type ServerTabs, serverTabs, TOLD } from './server-tabs.ts';

/** Twenty requests at once in every tab, of both clients, reading and writing; none fails, and the server refuses none. */
async function askTwenty(tabs: ServerTabs, all: readonly Tab[]): Promise<void> {
  // What lives for seconds, and is dated in seconds, may have died on its way before.
  const before = await tabs.refused();
  const statuses = await Promise.all(all.map((one) => one.run(() => client.send(20))));
  expect(statuses).toEqual(Array(all.length).fill(Array(20).fill(200)));
  expect(await tabs.refused()).toEqual(before);
}

const eventsOf = (all: readonly Tab[]): Promise<string[][]> =>
  Promise.all(all.map((one) => one.run(() => client.events)));

/** What the server says to a refresh with these cookies alone, as if somebody had copied them; its status. */
async function replay(url: string, { cookie, refresh }: Place, cookies: readonly KeptCookie[]): Promise<number> {
  const [csrf = '', header = ''] = cookie?.csrf ?? [];
  const cookieValue = (wanted = ''): string => `${cookies.find(({ name }) => name === wanted)?.value}`;
  const { status } = await fetch(`${url}${refresh}`, {
    method: refresh === '/jar/me/' ? 'GET' : 'POST',
    headers: {
      Cookie: [cookie?.name, csrf].map((name) => `${name}=${cookieValue(name)}`).join('; '),
      [header]: cookieValue(csrf),
    },
  });
  return status;
}

describe.concurrent.each(ENGINES)('%s', (engine) => {
  describe.sequential('real servers', () => {
    const servers = serverTabs(engine);

    describe.each(TOLD)('%s', (preset) => {
      const tabs = servers.of(preset);
      const { refusal, renews, revokes } = PRESETS[preset]('http://127.0.0.1');
      const { kind, cookie, isRevokedWhole } = PLACES[preset];

      it('costs a visitor nothing, refuses a wrong password, and lives through an expiry and a reload (C49, CKI-8, CSR-2)', async () => {
        const tab = await tabs.open(await tabs.shorten());
        expect(await tab.run(() => client.state())).toEqual({ status: 'signed-out' });
        expect(await tabs.said()).toEqual([]);
        expect(await tab.run(() => client.refusal())).toEqual({
          code: 'sign-in-rejected',
          status: refusal,
          serverMessage: expect.stringMatching(/\w/),
        });
        expect(await tab.run(() => client.state())).toEqual({ status: 'signed-out' });
        expect(await tab.run(() => client.events)).toEqual([]);

        await tab.run(() => client.signIn());
        expect(await tab.run(() => client.me())).toBe('alice');
        await tabs.expiry();
        await tabs.lengthen();
        const before = await tabs.refreshes();
        const refused = await tabs.refused();
        expect(refused).toHaveLength(1);
        expect(await tab.run(() => client.send(20))).toEqual(Array(20).fill(200));
        // Where it is renewed ahead of expiry, nobody waits for that.
        await eventually(async () => (await tabs.refreshes()) > before);
        expect((await tabs.refreshes()) - before).toBe(1);
        // What lives for seconds, and is dated in seconds, may die on its way.
        if (renews !== 'before') expect(await tabs.refused()).toEqual(refused);
        expect(await tab.run(() => client.events)).toEqual(['signed-in']);

        await tabs.reload(tab);
        expect(await tab.run(() => client.state())).toMatchObject({ status: 'signed-in' });
        expect((await tabs.refreshes()) - before).toBeLessThanOrEqual(2);
        expect(await tab.run(() => client.me())).toBe('alice');
        expect(await tab.run(() => client.events)).toEqual([]);
        if (cookie) expect(await tab.run(() => client.tokensAtRest())).toEqual([]);
      });

      it('is shared with a second tab, one refresh for both; signed out in one, it is over in both and on the server (C49, ROT-1, OUT-6)', async () => {
        const life = await tabs.shorten();
        const [one] = (await tabs.signedIn(1, life)) as [Tab];
        const two = await tabs.open(life);
        expect(await two.run(() => client.state())).toMatchObject({ status: 'signed-in' });
        expect(await two.run(() => client.me())).toBe('alice');
        await tabs.expiry();
        await tabs.lengthen();
        const before = await tabs.refreshes();
        await askTwenty(tabs, [one, two]);
        await eventually(async () => (await tabs.refreshes()) > before);
        // One that nobody waited for may be late.
        if (renews === 'before') await askTwenty(tabs, [one, two]);
        expect((await tabs.refreshes()) - before).toBe(1);

        const record = await one.run(() => client.stored());
        const cookies = cookie ? await tabs.cookies() : [];
        await one.run(() => client.signOut());
        expect(await two.run(() => client.until('signed-out'))).toEqual({ status: 'signed-out', reason: 'other-tab' });
        expect(await eventsOf([one, two])).toEqual([['signed-in', 'signed-out:user'], ['signed-out:other-tab']]);
        expect(await two.run(() => client.tokensAtRest())).toEqual([]);
        expect(await two.run(() => client.me())).toBe(401);
        if (cookie) {
          expect(cookies.map(({ name }) => name)).toContain(cookie.name);
          expect((await tabs.cookies()).map(({ name }) => name)).not.toContain(cookie.name);
          expect(await replay(servers[kind].url, PLACES[preset], cookies)).toBe(401);
        } else {
          const outcome = await one.run((old) => client.replay(old), record as SessionRecord);
          expect(outcome).toBe(revokes ? 'refresh-rejected' : 'given');
        }
      });

      it('tells nobody else who the user is; revoked on the server, it ends once in every tab (C49, ATT-1, CSR-3)', async () => {
        const both = await tabs.signedIn(2, await tabs.shorten());
        const [one] = both as [Tab];
        const { elsewhere } = tabs;
        await one.run((url) => client.sendTo(url), `${elsewhere.url}/api/public`);
        const heard = (await elsewhere.log()).filter(({ path }) => path.startsWith('/api/'));
        expect(heard.length).toBeGreaterThanOrEqual(4);
        // No OPTIONS either: there was no header of ours that a browser would ask about.
        expect(heard.filter(({ method }) => method !== 'GET' && method !== 'POST')).toEqual([]);
        expect(heard.filter(({ hadAuthorization, cookies }) => hadAuthorization || cookies.length > 0)).toEqual([]);

        await tabs.revokeAll();
        if (!isRevokedWhole) await tabs.expiry();
        expect(await one.run(() => client.send(4))).not.toContain(200);
        const ended = await Promise.all(both.map((tab) => tab.run(() => client.until('signed-out'))));
        expect(ended).toEqual(Array(2).fill({ status: 'signed-out', reason: 'refresh-rejected' }));
        expect(await eventsOf(both)).toEqual([
          // Once for each client that was told to go there.
          ['signed-in', ...Array(2).fill('diagnostic:origin-not-listed'), 'signed-out:refresh-rejected'],
          ['signed-in', 'signed-out:refresh-rejected'],
        ]);
      });
    });

    it.each(['flask-cookies', 'refresh-cookie', 'cookie-session'] as const)(
      '%s: what signs the user in is kept from script, on its path alone, over https alone (CKI-6)',
      async (preset) => {
        const tabs = servers.of(preset);
        const { path } = PLACES[preset].cookie ?? {};
        const [tab] = (await tabs.signedIn(1)) as [Tab];
        const kept = new Map((await tabs.cookies()).map((cookie) => [cookie.name, cookie]));
        const secret = { httpOnly: true, secure: true, sameSite: 'Lax' };
        const names = {
          'flask-cookies': { refresh_token_cookie: path, access_token_cookie: '/' },
          'refresh-cookie': { refresh_token: path },
          'cookie-session': { jar_refresh: path, jar_access: path },
        }[preset];
        for (const [name, where] of Object.entries(names))
          expect(kept.get(name)).toMatchObject({ ...secret, path: where });
        const seen = (await tab.run(() => document.cookie)).split('; ').map((pair) => pair.split('=')[0]);
        expect(seen.filter((name) => name?.startsWith('csrf'))).not.toEqual([]);
        expect(seen.filter((name) => name !== undefined && name in names)).toEqual([]);
      },
    );

    it.each(['flask-cookies', 'refresh-cookie'] as const)(
      '%s: a page that goes away during its refresh leaves the newest cookie behind (CKI-9)',
      async (preset) => {
        const tabs = servers.of(preset);
        const [tab] = (await tabs.signedIn(1, 'settleTime=1000')) as [Tab];
        const cookieValue = async (): Promise<string | undefined> =>
          (await tabs.cookies()).find(({ name }) => name === PLACES[preset].cookie?.name)?.value;
        const [before, refreshes] = [await cookieValue(), await tabs.refreshes()];
        await tabs.set({ refreshDelayMs: 700 });
        await tab.run(() => void client.refresh());
        await eventually(async () => (await tabs.refreshes()) > refreshes);
        await tab.goto(`${tabs.url}/elsewhere.html`);
        await eventually(async () => (await tabs.said()).every(({ status }) => status !== 0));
        await eventually(async () => (await cookieValue()) !== before);
        const next = await tabs.open('settleTime=1000');
        expect(await next.run(() => client.state())).toMatchObject({ status: 'signed-in' });
        expect(await next.run(() => client.me())).toBe('alice');
      },
    );

    it.each(['refresh-cookie', 'cookie-session'] as const)(
      '%s: a CSRF value that is no good costs nobody the session, nor the request (CSR-4)',
      async (preset) => {
        const tabs = servers.of(preset);
        const [tab] = (await tabs.signedIn(1)) as [Tab];
        const spoil = (): Promise<void> =>
          tab.run(() => {
            // biome-ignore lint/suspicious/noDocumentCookie: as any script of the host can do it.
            document.cookie = `csrftoken=${'x'.repeat(32)}; path=/; secure`;
          });
        await spoil();
        expect(await tab.run(() => client.refresh())).toBe('refreshed');
        await spoil();
        expect(await tab.run(() => client.send(4))).toEqual([200, 200, 200, 200]);
        expect(await tab.run(() => client.events)).toEqual(['signed-in']);
      },
    );

    it.each(['flask', 'refresh-cookie'] as const)(
      '%s: with the API on another port, credentials go to its endpoints alone (ATT-11, C49)',
      async (preset) => {
        const tabs = servers.of(preset);
        const life = await tabs.shorten();
        const from = tabs.elsewhere.url;
        const [tab] = (await tabs.signedIn(1, life, from)) as [Tab];
        await tabs.expiry();
        await tabs.lengthen();
        const before = await tabs.refreshes();
        await askTwenty(tabs, [tab]);
        expect((await tabs.refreshes()) - before).toBe(1);
        await tabs.reload(tab);
        expect(await tab.run(() => client.me())).toBe('alice');
        await tab.run(() => client.signOut());
        expect(await tab.run(() => client.me())).toBe(401);
        const withCookies = (await tabs.said()).filter(({ cookies }) => cookies.length > 0).map(({ path }) => path);
        expect(withCookies.filter((path) => path.startsWith('/api/'))).toEqual([]);
        expect(withCookies.length > 0).toBe(preset === 'refresh-cookie');
      },
    );

    it.each(['the origin of the page', 'another origin, which exposes the header'])(
      'sliding: a newer token in an answer is taken up in every tab, without a refresh, from %s (C46, SES-6)',
      async (where) => {
        const tabs = servers.of('sliding');
        const from = where.startsWith('another') ? tabs.elsewhere.url : tabs.url;
        const [one, two] = (await tabs.signedIn(2, '', from)) as [Tab, Tab];
        const first = await two.run(() => client.session.getAccessToken());
        // Tokens are dated in seconds: this is no wait for something to happen.
        await delay(1050);
        expect(await one.run(() => client.me())).toBe('alice');
        await eventually(async () => (await two.run(() => client.session.getAccessToken())) !== first);
        expect(await two.run(() => client.me())).toBe('alice');
        expect(await tabs.refreshes()).toBe(0);
        expect(await eventsOf([one, two])).toEqual([['signed-in'], ['signed-in']]);
      },
    );

    it('cookie-session: asked before the server has anything to renew, it still lets one request go ahead of 20 (C2)', async () => {
      const tabs = servers.of('cookie-session');
      await tabs.set({ accessLifetime: 5 });
      const tab = await tabs.open('life=5000');
      const statuses = await tab.run(async () => {
        const pause = (time: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, time));
        await client.signIn();
        await pause(2500);
        await client.refresh();
        await pause(2550);
        return client.send(20);
      });
      expect(statuses).toEqual(Array(20).fill(200));
      expect([await tabs.renewals(), await tabs.refused()]).toEqual([1, []]);
    });
  });
});
