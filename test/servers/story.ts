import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { SessionRecord } from 'latchkey';
import { SignInRejectedError } from 'latchkey';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, createBrowser, type Tab } from './browser.ts';
import { PRESETS, type Preset, type PresetName, RIGHT, WRONG } from './presets.ts';
import { RUNNING, type Running } from './running.ts';

/** The life of an access token in the stories, in seconds: servers cut off up to one of them. */
const LIFE = 3;

/** Signs alice in, by the form of the app or at the server's own page. */
export async function signIn({ session }: Tab, server: Running): Promise<void> {
  if (server.signIn) await session.signInWithTokens(await server.signIn());
  else await session.signIn(RIGHT);
}

/** Twenty requests at once, of both clients, reading and writing; gives their status codes. */
export function askTwenty({ api, fetch }: Tab, { api: { me, echo } }: Preset): Promise<readonly number[]> {
  const ask = [
    () => api.get(me),
    () => api.post(echo, { n: 1 }),
    () => fetch(me),
    () => fetch(echo, { method: 'POST', body: '{"n":1}', headers: { 'Content-Type': 'application/json' } }),
  ];
  return Promise.all(Array.from({ length: 20 }, async (_, index) => (await ask[index % 4]?.())?.status ?? 0));
}

/** What a tab knows of who is signed in. */
export function stateOf({ session }: Tab): string {
  const state = session.getState();
  return state.status === 'signed-out' ? `signed-out ${state.reason}` : state.status;
}

/** Tells the story of each preset whose credential is kept in that way. */
export function tellStories(kept: 'record' | 'cookie'): void {
  for (const name of Object.keys(PRESETS) as PresetName[]) {
    const { credential = 'record' } = PRESETS[name]('http://127.0.0.1').backend;
    if (credential === kept) tellStory(name);
  }
}

/** From sign-in to sign-out, as every server has to go through it, whatever its preset. */
function tellStory(name: PresetName): void {
  describe(`${name}, on the real server`, () => {
    let server: Running;
    let browser: Browser;
    let preset: Preset;
    beforeAll(async () => {
      server = await RUNNING[name]();
    });
    afterAll(() => server?.stop());
    beforeEach(async () => {
      await server.reset();
      browser = createBrowser();
      preset = PRESETS[name](server.url);
    });
    afterEach(() => browser.close());

    const open = (): Promise<Tab> => browser.openTab(preset);
    async function openSignedIn(): Promise<Tab> {
      const tab = await open();
      await signIn(tab, server);
      return tab;
    }
    /** Makes access tokens short-lived, for the server and for what the app was told of it. */
    async function shorten(): Promise<void> {
      await server.setAccessLifetime(LIFE);
      preset = PRESETS[name](server.url, LIFE * 1000);
    }
    /** Lets the access token come to the end of its life, or so near to it that it is not sent any more. */
    async function expiry({ session }: Tab): Promise<void> {
      const { tokenExpiresAt = Date.now() + LIFE * 1000 } = session.getState() as { tokenExpiresAt?: number };
      await delay(tokenExpiresAt - Date.now() + (preset.renews === 'after' ? 50 : -700));
      // However slow this machine is, what is handed out from now on does not die on the way.
      await server.setAccessLifetime(300);
    }

    it('signs a user in, and the API knows who it is (C49)', async () => {
      const tab = await openSignedIn();
      expect(stateOf(tab)).toBe('signed-in');
      expect((await tab.api.get(preset.api.me)).data).toMatchObject({ username: 'alice' });
      expect((await tab.fetch(preset.api.echo, { method: 'POST' })).status).toBe(200);
      expect(await server.refused()).toEqual([]);
    });

    // Where users sign in at a page of the provider's, a password is none of the app's business.
    if (PRESETS[name]('http://127.0.0.1').refusal !== undefined) {
      it('tells a wrong password from a server in trouble, and nobody is signed in', async () => {
        const tab = await open();
        const error = await tab.session.signIn(WRONG).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(SignInRejectedError);
        expect(error).toMatchObject({ status: preset.refusal, serverMessage: expect.stringMatching(/\w/) });
        expect(stateOf(tab)).toBe('signed-out undefined');
      });
    }

    it('costs a visitor who is not signed in no request at all (CKI-8)', async () => {
      const tab = await open();
      expect([stateOf(tab), browser.jar.traveled.length]).toEqual(['signed-out undefined', 0]);
    });

    it('is asked for new tokens once, by 20 requests at once across an expiry, and none of them fails (C2)', async () => {
      await shorten();
      const tab = await openSignedIn();
      const before = await server.refreshes();
      await expiry(tab);
      expect(await askTwenty(tab, preset)).toEqual(Array(20).fill(200));
      expect(await countSince(before)).toBe(1);
      expect(await server.refused()).toEqual([]);
    });

    it('is there again after a reload, for one refresh at most (C38)', async () => {
      const first = await openSignedIn();
      const before = await server.refreshes();
      first.close();
      const tab = await open();
      expect(stateOf(tab)).toBe('signed-in');
      expect((await tab.api.get(preset.api.me)).data).toMatchObject({ username: 'alice' });
      expect(await countSince(before)).toBeLessThanOrEqual(1);
      // Nobody has signed in or out.
      expect(tab.events.filter((event) => event !== 'refreshed')).toEqual([]);
    });

    it('is shared with a second tab: one refresh for both, and a sign-out ends both', async () => {
      await shorten();
      const one = await openSignedIn();
      const two = await open();
      expect(stateOf(two)).toBe('signed-in');
      const before = await server.refreshes();
      await expiry(one);
      const answers = await Promise.all([askTwenty(one, preset), askTwenty(two, preset)]);
      expect(answers.flat()).toEqual(Array(40).fill(200));
      expect(await countSince(before)).toBe(1);
      await one.session.signOut();
      await expect.poll(() => stateOf(two)).toBe('signed-out other-tab');
      expect(stateOf(one)).toBe('signed-out user');
    });

    it('is over when the server has revoked it, and the app is told why', async () => {
      await shorten();
      const tab = await openSignedIn();
      await server.revokeAll();
      await expiry(tab);
      const error = await tab.api.get(preset.api.me).catch((reason: unknown) => reason);
      const isRefused = expect.objectContaining({ response: expect.objectContaining({ status: 401 }) });
      const isOver = expect.objectContaining({ code: 'signed-out', reason: 'refresh-rejected' });
      expect([isOver, isRefused].some((wish) => wish.asymmetricMatch(error))).toBe(true);
      expect(stateOf(tab)).toBe('signed-out refresh-rejected');
      expect(tab.events.filter((event) => event.startsWith('signed-out'))).toEqual(['signed-out:refresh-rejected']);
    });

    it('is over on the server, too, once it was signed out here', async () => {
      await shorten();
      const tab = await openSignedIn();
      const stored = localStorage.getItem(localStorage.key(0) ?? '');
      const record: SessionRecord = stored === null ? CARRIER : JSON.parse(stored);
      const restore = browser.jar.snapshot();
      await tab.session.signOut();
      expect(stateOf(tab)).toBe('signed-out user');
      expect(tab.events.filter((event) => event.startsWith('diagnostic'))).toEqual([]);
      // An access cookie that somebody has kept is good to its end.
      if (preset.backend.present) await delay(LIFE * 1000 + 50);
      restore();
      const again = preset.backend.refresh?.(record, {
        signal: new AbortController().signal,
        now: Date.now,
        fetch,
      });
      const outcome = await again?.then(
        () => 'given',
        (error: { readonly code: string }) => error.code,
      );
      expect(outcome).toBe(preset.revokes ? 'refresh-rejected' : 'given');
    });

    it('sends nothing that proves who the user is to another server (ATT-1, CSR-3)', async () => {
      const got: IncomingHttpHeaders[] = [];
      const other = createServer(({ headers }, response) => {
        got.push(headers);
        response.writeHead(200, { 'Access-Control-Allow-Origin': '*' }).end('{}');
      });
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
      const tab = await openSignedIn();
      await Promise.all([tab.api.get(url), tab.api.post(url, {}), tab.fetch(url), tab.fetch(url, { method: 'POST' })]);
      await new Promise((resolve) => other.close(resolve));
      expect(got).toHaveLength(4);
      const names = got.flatMap((headers) => Object.keys(headers));
      expect(names.filter((header) => /authorization|cookie|csrf|token/i.test(header))).toEqual([]);
    });

    async function countSince(before: number): Promise<number> {
      return (await server.refreshes()) - before;
    }
  });
}

/** What is left of a session in a page that has nothing but the cookie. */
const CARRIER = { tokens: {} } as SessionRecord;
