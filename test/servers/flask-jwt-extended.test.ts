// @vitest-environment node
import { setTimeout as delay } from 'node:timers/promises';
import axios from 'axios';
import { createSession, memoryStore, type SessionRecord, type StepUp } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { flaskJwtExtended } from 'latchkey/backends';
import { backendContract } from 'latchkey/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, createBrowser } from './browser.ts';
import { type FlaskServer, startFlask } from './flask/start.mjs';
import { PRESETS, type Preset, RIGHT, WRONG } from './presets.ts';

let flask: FlaskServer;
beforeAll(async () => {
  flask = await startFlask();
});
afterAll(() => flask.stop());
beforeEach(() => flask.reset());

describe('an app on a real Flask with tokens in headers', () => {
  function app(onStepUp?: (stepUp: StepUp) => Promise<void>) {
    const store = memoryStore();
    const session = createSession({
      backend: flaskJwtExtended({ baseUrl: `${flask.url}/auth` }),
      store,
      ...(onStepUp && { onStepUp }),
    });
    const events: string[] = [];
    session.on('signed-out', ({ reason }) => events.push(reason));
    const api = axios.create({ baseURL: flask.url });
    attachSession(api, session);
    return { api, session, events, record: () => store.load('default') as SessionRecord };
  }

  it('shows the refresh token to refresh and the access token to the API, rotation or not (C49)', async () => {
    for (const rotate of [false, true]) {
      await flask.set({ rotate });
      const { api, session, record } = app();
      await session.signIn(RIGHT);
      const before = record().tokens;
      await session.refresh();
      expect(record().tokens.refreshToken === before.refreshToken).toBe(!rotate);
      expect((await api.get('/api/me')).data.username).toBe('alice');
    }
  });

  it('takes a 422 for a token of somebody else’s making: one refresh, and the request goes through (B6)', async () => {
    const { api, session } = app();
    const { data } = await axios.post(`${flask.url}/auth/login`, RIGHT);
    await session.signInWithTokens({ accessToken: 'made.up.x', refreshToken: data.refresh_token });
    expect((await api.get('/api/me')).status).toBe(200);
    expect((await flask.log()).filter(({ path }) => path === '/api/me').map(({ status }) => status)).toEqual([
      422, 200,
    ]);
    expect(await flask.count('/auth/refresh')).toBe(1);
  });

  it('ends the session over a 422 only when the refresh is refused as well (B6)', async () => {
    const { api, session, events } = app();
    await session.signInWithTokens({ accessToken: 'made.up.x', refreshToken: 'made.up.y' });
    await expect(api.get('/api/me')).rejects.toMatchObject({ response: { status: 422 } });
    expect(events).toEqual(['refresh-rejected']);
  });

  it('lets the user prove who they are where a fresh token is required, and never refreshes for it (B6)', async () => {
    const asked: StepUp[] = [];
    const { api, session } = app(async (stepUp) => {
      asked.push(stepUp);
      await session.signIn(RIGHT);
    });
    await session.signIn(RIGHT);
    await session.refresh();
    const before = await flask.count('/auth/refresh');
    expect((await api.get('/api/fresh')).data).toEqual({ username: 'alice', fresh: true });
    expect(asked).toMatchObject([{ maxAge: 0 }]);
    expect(await flask.count('/auth/refresh')).toBe(before);
    expect((await flask.log()).filter(({ path }) => path === '/api/fresh').map(({ status }) => status)).toEqual([
      401, 200,
    ]);
  });

  it('revokes both tokens on sign-out, the access token although it has expired', async () => {
    await flask.set({ accessLifetime: 1 });
    const { session, record } = app();
    await session.signIn(RIGHT);
    const { tokens } = record();
    await delay(1050);
    await session.signOut();
    expect((await flask.log()).filter(({ path }) => path === '/auth/logout').map(({ status }) => status)).toEqual([
      401, 200,
    ]);
    const again = axios.post(`${flask.url}/auth/refresh`, {}, bearer(tokens.refreshToken));
    await expect(again).rejects.toMatchObject({ response: { status: 401, data: { msg: 'Token has been revoked' } } });
  });
});

describe('an app on a real Flask with tokens in cookies', () => {
  let browser: Browser;
  let preset: Preset;
  beforeEach(() => {
    browser = createBrowser();
    preset = PRESETS['flask-cookies'](flask.url);
  });
  afterEach(() => browser.close());
  const shown = (path: string) =>
    browser.jar.traveled
      .filter(({ url, method }) => url.pathname === path && method === 'POST')
      .map(({ headers, status }) => [status, headers.get('X-CSRF-TOKEN')]);
  const secretIn = (name: string): string =>
    new RegExp(`(?:^|; )${name}=([^;]+)`).exec(browser.jar.readable())?.[1] ?? 'none';

  it('has each token’s own secret for a refresh and for the API, and reads both anew (CSR-2)', async () => {
    await flask.set({ rotate: true });
    const { session, api } = await browser.openTab(preset);
    await session.signIn(RIGHT);
    const first = { access: secretIn('csrf_access_token'), refresh: secretIn('csrf_refresh_token') };
    await api.post(preset.api.echo, {});
    await session.refresh();
    const second = { access: secretIn('csrf_access_token'), refresh: secretIn('csrf_refresh_token') };
    await api.post(preset.api.echo, {});
    await session.refresh();
    expect(new Set([...Object.values(first), ...Object.values(second)]).size).toBe(4);
    expect(shown('/cookie/me')).toEqual([
      [200, first.access],
      [200, second.access],
    ]);
    expect(shown('/cookie/refresh')).toEqual([
      [200, first.refresh],
      [200, second.refresh],
    ]);
  });

  it('survives secrets that are refused: the request is sent once more, and the session stays (CSR-4)', async () => {
    const { session, api, events } = await browser.openTab(preset);
    await session.signIn(RIGHT);
    for (const name of ['csrf_access_token', 'csrf_refresh_token'])
      browser.jar.plant(`${name}=spoilt; Path=/`, flask.url);
    await expect(api.post(preset.api.echo, {})).rejects.toMatchObject({ response: { status: 401 } });
    expect(shown('/cookie/me')).toEqual(Array(2).fill([401, 'spoilt']));
    expect(await session.refresh().catch((reason: unknown) => reason)).toMatchObject({ code: 'auth-unavailable' });
    expect(shown('/cookie/refresh')).toEqual(Array(2).fill([401, 'spoilt']));
    expect(session.getState().status).toBe('signed-in');
    expect(events).toEqual(['signed-in']);
  });

  it('keeps tokens where no script sees them, and the refresh cookie to its own endpoints (CKI-6)', async () => {
    const { session } = await browser.openTab(preset);
    await session.signIn(RIGHT);
    const flags = Object.fromEntries(
      browser.jar.setCookies.map((line) => [
        line.split('=')[0],
        line
          .split('; ')
          .slice(1)
          .filter((flag) => !/^(?:expires|max-age)=/i.test(flag))
          .sort(),
      ]),
    );
    expect(flags).toEqual({
      access_token_cookie: ['HttpOnly', 'Path=/', 'SameSite=Lax'],
      refresh_token_cookie: ['HttpOnly', 'Path=/cookie/', 'SameSite=Lax'],
      csrf_access_token: ['Path=/', 'SameSite=Lax'],
      csrf_refresh_token: ['Path=/', 'SameSite=Lax'],
    });
    expect(browser.jar.readable()).not.toContain('token_cookie');
    expect(session.getState()).not.toHaveProperty('user.sub');
  });

  it('takes up the cookie that Flask renews along with an answer, without a refresh', async () => {
    // Wide enough for a slow machine: renewed when less than half is left, and asked again when the first would be dead.
    await flask.set({ implicitRenewal: true, accessLifetime: 6 });
    const { session, api } = await browser.openTab(PRESETS['flask-cookies'](flask.url, 300_000));
    await session.signIn(RIGHT);
    await delay(3500);
    await api.get(preset.api.me);
    await delay(3000);
    expect((await api.post(preset.api.echo, {})).status).toBe(200);
    expect(await flask.renewals()).toBeGreaterThanOrEqual(1);
    expect(await flask.count('/cookie/refresh')).toBe(0);
  });
});

describe('the contract, asked of Flask-JWT-Extended', () => {
  const of = (url: string) =>
    backendContract(flaskJwtExtended({ baseUrl: `${url}/auth` }), { right: RIGHT, wrong: WRONG });
  it.each(of('http://127.0.0.1').map(({ title }) => title))('is kept: %s', async (title) => {
    await of(flask.url)
      .find((one) => one.title === title)
      ?.check();
  });
});

function bearer(token: string | undefined): { readonly headers: { readonly Authorization: string } } {
  return { headers: { Authorization: `Bearer ${token}` } };
}
