// @vitest-environment node
import { setTimeout as delay } from 'node:timers/promises';
import axios, { type AxiosInstance } from 'axios';
import { createSession, memoryStore, type Session, type SessionOptions, type SessionRecord } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt, type UsernameAndPassword } from 'latchkey/backends';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, createBrowser, type Tab } from './browser.ts';
import { type DjangoServer, startDjango } from './django/start.mjs';
import { PRESETS, RIGHT } from './presets.ts';

let django: DjangoServer;
beforeAll(async () => {
  django = await startDjango();
});
afterAll(() => django.stop());
beforeEach(() => django.reset());

interface App {
  readonly session: Session<UsernameAndPassword>;
  readonly api: AxiosInstance;
  readonly events: string[];
  record(): SessionRecord;
}
function app(server: Pick<DjangoServer, 'url'>, options: Partial<SessionOptions<UsernameAndPassword>> = {}): App {
  const store = memoryStore();
  const session = createSession({ backend: simpleJwt({ baseUrl: `${server.url}/auth` }), store, ...options });
  const events: string[] = [];
  session.on('signed-out', ({ reason }) => events.push(reason));
  session.on('diagnostic', ({ code }) => events.push(code));
  const api = axios.create({ baseURL: server.url });
  attachSession(api, session);
  return { session, api, events, record: () => store.load('default') as SessionRecord };
}

describe('two refreshes of SimpleJWT with one refresh token', () => {
  it('may both succeed; each client goes on with what it got, and neither is signed out (B1)', async () => {
    const [one, two] = [app(django), app(django)];
    await one.session.signIn(RIGHT);
    const { accessToken, refreshToken } = one.record().tokens;
    await two.session.signInWithTokens({ accessToken, refreshToken });
    await Promise.allSettled([one.session.refresh(), two.session.refresh()]);
    expect([one, two].map(({ session }) => session.getState().status)).toEqual(['signed-in', 'signed-in']);
    // Whether the second is refused is a race in the server: then it lives to the end of its access token.
    const winners = [one, two].filter(({ record }) => record().tokens.refreshToken !== undefined);
    expect(winners.length).toBeGreaterThanOrEqual(1);
    for (const { session, api, record } of winners) {
      expect((await api.get('/api/me/')).status).toBe(200);
      await session.refresh();
      expect(record().generation).toBe(3);
    }
  });

  it('of two tabs never happen, and both have the highest generation (B1)', async () => {
    const browser: Browser = createBrowser();
    const preset = PRESETS['simple-jwt'](django.url);
    const tabs: [Tab, Tab] = [await browser.openTab(preset), await browser.openTab(preset)];
    await tabs[0].session.signIn(RIGHT);
    await expect.poll(() => tabs[1].session.getState().status).toBe('signed-in');
    for (let generation = 2; generation < 5; generation += 1) {
      await Promise.all(tabs.map(({ session }) => session.refresh()));
      const tokens = await Promise.all(tabs.map(({ session }) => session.getAccessToken()));
      expect(tokens[0]).toBe(tokens[1]);
    }
    const answers = (await django.log()).filter(({ path }) => path === '/auth/token/refresh/');
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    browser.close();
  });

  it('one after the other end the one that came late, by a 401 that is definitive, and not the other (B2, ROT-6)', async () => {
    const [early, late] = [app(django), app(django)];
    await early.session.signIn(RIGHT);
    const { accessToken, refreshToken } = early.record().tokens;
    await late.session.signInWithTokens({ accessToken, refreshToken });
    await early.session.refresh();
    await late.session.refresh().catch(() => {});
    // Its access token is good still: the session is said to end with that, and only then does.
    expect(late.session.getState()).toMatchObject({ status: 'signed-in', endsAt: expect.any(Number) });
    expect(late.record().tokens.refreshToken).toBeUndefined();
    // No family is revoked.
    await early.session.refresh();
    expect((await early.api.get('/api/me/')).status).toBe(200);
  });

  it('one after the other are both taken within the grace window of the recipe (B2)', async () => {
    await django.set({ graceSeconds: 10 });
    const [early, late] = [app(django), app(django)];
    await early.session.signIn(RIGHT);
    const { accessToken, refreshToken } = early.record().tokens;
    await late.session.signInWithTokens({ accessToken, refreshToken });
    await early.session.refresh();
    await late.session.refresh();
    expect([early.record().generation, late.record().generation]).toEqual([2, 2]);
    expect([...early.events, ...late.events]).toEqual([]);
  });
});

describe('a refresh token that is given anew, with a new life, at each refresh', () => {
  it('makes a session without an end (B3)', async () => {
    await django.set({ refreshLifetime: 4 });
    const { session, api, record } = app(django);
    await session.signIn(RIGHT);
    const ends: (number | undefined)[] = [record().tokens.refreshExpiresAt];
    for (let time = 0; time < 2; time += 1) {
      await delay(2200);
      await session.refresh();
      ends.push(record().tokens.refreshExpiresAt);
    }
    // Longer than any one of them lives.
    expect((await api.get('/api/me/')).status).toBe(200);
    expect(ends).toEqual([...ends].sort());
    expect(new Set(ends).size).toBe(3);
  });

  it('comes to an end with maxAge, however often it was given (B3)', async () => {
    const { session, events } = app(django, { maxAge: 1500 });
    await session.signIn(RIGHT);
    await delay(800);
    await session.refresh();
    await delay(800);
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'max-age' });
    expect(events).toEqual(['max-age']);
  });
});

describe('an account that is closed while it is signed in', () => {
  it.each(['deactivate', 'delete'] as const)('ends the session with its reason: %s (B4)', async (change) => {
    const { session, api, events } = app(django);
    await session.signIn({ username: 'bob', password: 'bob-pass-1' });
    await django.user('bob', change);
    await expect(api.get('/api/me/')).rejects.toMatchObject({ response: { status: 401 } });
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'account-disabled' });
    expect(events).toEqual(['account-disabled']);
  });
});

describe('a project without the blacklist app', () => {
  let bare: DjangoServer;
  beforeAll(async () => {
    bare = await startDjango({ blacklist: false });
  });
  afterAll(() => bare.stop());

  it('signs the user out here although its log-out view is missing, and a diagnostic says that the server may not know (B5)', async () => {
    const { session, events } = app(bare);
    await session.signIn(RIGHT);
    await session.signOut();
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
    expect(events).toEqual(['user', 'revoke-failed']);
  });

  it('is asked for no log-out where the app says that there is none (B5)', async () => {
    const backend = simpleJwt({ baseUrl: `${bare.url}/auth`, paths: { blacklist: false } });
    const { session, events } = app(bare, { backend });
    await session.signIn(RIGHT);
    await bare.reset();
    await session.signOut();
    expect([events, await bare.log()]).toEqual([['user'], []]);
  });
});
