// @vitest-environment node

import { simpleJwt } from 'latchkey/backends';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Browser, createBrowser } from './browser.ts';
import { type DjangoServer, startDjango } from './django/start.mjs';
import { PRESETS, type Preset, RIGHT } from './presets.ts';

let django: DjangoServer;
let browser: Browser;
let preset: Preset;
beforeAll(async () => {
  django = await startDjango();
});
afterAll(() => django.stop());
beforeEach(async () => {
  await django.reset();
  browser = createBrowser();
  preset = PRESETS['refresh-cookie'](django.url);
});
afterEach(() => browser.close());

const paths = { obtain: 'login/', refresh: 'refresh/', blacklist: 'logout/' };
const traveledTo = (path: string) => browser.jar.traveled.filter(({ url }) => url.pathname === path);
const signedIn = async () => {
  const tab = await browser.openTab(preset);
  await tab.session.signIn(RIGHT);
  return tab;
};
/** The value that the page can read. */
const shownValue = (): string | undefined => /csrftoken=([^;]+)/.exec(browser.jar.readable())?.[1];

describe('the refresh token in an httpOnly cookie, behind Django’s CSRF protection', () => {
  it('goes to the backend’s own endpoints alone: no request of the API carries a cookie (ATT-11)', async () => {
    const { api, session, fetch } = await signedIn();
    await Promise.all([api.get(preset.api.me), api.post(preset.api.echo, {}), fetch(preset.api.me)]);
    await session.refresh();
    await session.signOut();
    for (const { url, credentials, headers } of browser.jar.traveled) {
      const isOwn = url.pathname.startsWith('/cookie/');
      expect([url.pathname, credentials === 'include', headers.has('Cookie')]).toEqual([
        url.pathname,
        isOwn,
        isOwn && url.pathname !== '/cookie/csrf/',
      ]);
      if (!isOwn) expect(headers.get('X-CSRFToken')).toBeNull();
    }
  });

  it('is signed in with, renewed and signed out by a POST of JSON with the CSRF value, which outlives the page (CSR-1, CSR-5, CKI-9)', async () => {
    const { session } = await signedIn();
    await session.refresh();
    await session.signOut();
    for (const path of ['/cookie/login/', '/cookie/refresh/', '/cookie/logout/'])
      expect(
        traveledTo(path).map(({ method, keepalive, status, headers }) => ({
          method,
          keepalive,
          isDone: status < 300,
          type: headers.get('Content-Type'),
          isShown: headers.has('X-CSRFToken'),
        })),
      ).toEqual([{ method: 'POST', keepalive: true, isDone: true, type: 'application/json', isShown: true }]);
  });

  it('is set with HttpOnly, SameSite and the path of its endpoints, and no script can see it (CKI-6)', async () => {
    await signedIn();
    const [line = ''] = browser.jar.setCookies.filter((cookie) => cookie.startsWith('refresh_token='));
    const flags = line
      .split('; ')
      .slice(1)
      .map((flag) => flag.replace(/=.*(GMT|\d)$/, ''));
    expect(flags.sort()).toEqual(['HttpOnly', 'Max-Age', 'Path=/cookie/', 'SameSite=Lax', 'expires']);
    expect(browser.jar.names()).toContain('refresh_token');
    expect(browser.jar.readable()).not.toContain('refresh_token');
  });

  it('shows the value that is in the cookie by then: Django changes it at the sign-in (CSR-2)', async () => {
    const { session } = await signedIn();
    const [before, after] = [traveledTo('/cookie/login/')[0]?.headers.get('X-CSRFToken'), shownValue()];
    expect(after).not.toBe(before);
    await session.refresh();
    expect(traveledTo('/cookie/refresh/')[0]?.headers.get('X-CSRFToken')).toBe(after);
  });

  it('survives a CSRF value that is refused: a new one is asked for, and the refresh is sent once more (CSR-4)', async () => {
    const { session, events } = await signedIn();
    browser.jar.plant('csrftoken=spoilt; Path=/', django.url);
    await session.refresh();
    expect(traveledTo('/cookie/refresh/').map(({ status }) => status)).toEqual([403, 200]);
    expect(events).toEqual(['signed-in', 'refreshed']);
  });

  it('stays signed in while no value is taken, and says that it is the server that has to be mended (CSR-4)', async () => {
    // Without a path to ask for another value, there is none.
    const csrf = {};
    preset = { ...preset, backend: simpleJwt({ baseUrl: `${django.url}/cookie`, refreshCookie: true, csrf, paths }) };
    // A page of Django's own comes with the cookie.
    await fetch(`${django.url}/cookie/csrf/`, { credentials: 'include' });
    const { session } = await signedIn();
    browser.jar.plant('csrftoken=spoilt; Path=/', django.url);
    const error = await session.refresh().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'auth-unavailable', status: 403, message: expect.stringContaining('CSRF') });
    expect(traveledTo('/cookie/refresh/').map(({ status }) => status)).toEqual([403, 403]);
    expect(session.getState().status).toBe('signed-in');
  });

  it('is not misled by a second CSRF cookie that was planted at another path (CSR-6, CKI-4)', async () => {
    const { session } = await signedIn();
    const real = shownValue();
    // As a neighbour on the same host could; the server is sent both, and this one first.
    browser.jar.plant('csrftoken=planted; Path=/cookie', django.url);
    await session.refresh();
    expect(traveledTo('/cookie/refresh/').map(({ status, headers }) => [status, headers.get('X-CSRFToken')])).toEqual([
      [200, real],
    ]);
    expect(session.getState().status).toBe('signed-in');
  });
});

describe('a page that has nothing but a cookie that it cannot see', () => {
  it('restores the session by one refresh, which a 401 ends without a loop where the cookie is gone (CKI-8)', async () => {
    const first = await signedIn();
    first.close();
    browser.jar.plant('refresh_token=; Path=/cookie/; Max-Age=0', django.url);
    const { session, api } = await browser.openTab(preset);
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'refresh-rejected' });
    expect(traveledTo('/cookie/refresh/').map(({ status }) => status)).toEqual([401]);
    await expect(api.get(preset.api.me)).rejects.toMatchObject({ response: { status: 401 } });
    session.dispose();
    // The next visit removes what may be left of the cookie, if nobody has; and then visits cost nothing at all.
    (await browser.openTab(preset)).close();
    const sent = browser.jar.traveled.length;
    const again = await browser.openTab(preset);
    expect(again.session.getState()).toEqual({ status: 'signed-out' });
    expect(browser.jar.traveled).toHaveLength(sent);
    expect(traveledTo('/cookie/refresh/')).toHaveLength(1);
    // By whichever page had the time for it.
    expect(traveledTo('/cookie/logout/').some(({ status }) => status === 204)).toBe(true);
  });

  it('asks nothing of the server, and says nothing, where nobody was signed in (CKI-8)', async () => {
    const { session, events } = await browser.openTab(preset);
    expect([session.getState(), browser.jar.traveled, events]).toEqual([{ status: 'signed-out' }, [], []]);
  });

  it('knows who is signed in by the token that it gets, and switches users when somebody else has signed in (CSR-5)', async () => {
    const { session, events } = await signedIn();
    const before = session.getState();
    await session.signIn({ username: 'bob', password: 'bob-pass-1' });
    expect(before).toMatchObject({ user: { user_id: 1 } });
    expect(session.getState()).toMatchObject({ user: { user_id: 2 } });
    expect(events).toEqual(['signed-in', 'signed-out:user-switched', 'signed-in']);
  });

  it('signs out everywhere, and then the cookie of another device is refused', async () => {
    const { session } = await signedIn();
    const elsewhere = browser.jar.snapshot();
    await session.signOut();
    await session.signIn(RIGHT);
    const kept = browser.jar.snapshot();
    await session.signOut({ everywhere: true });
    expect(await django.count('/cookie/logout/all/')).toBe(1);
    for (const restore of [elsewhere, kept]) {
      restore();
      const answer = await fetch(`${django.url}/cookie/refresh/`, {
        method: 'POST',
        credentials: 'include',
        headers: { 'X-CSRFToken': shownValue() ?? '' },
      });
      expect(answer.status).toBe(401);
    }
  });
});

describe('a page whose storage is cut off from every other, as in a frame of another site', () => {
  it('has a session of its own, and one refresh at a time, without a fence, a lock or messages to share (CKI-7)', async () => {
    vi.stubGlobal('indexedDB', undefined);
    vi.stubGlobal('BroadcastChannel', undefined);
    const { session, api, events } = await signedIn();
    const before = browser.jar.traveled.length;
    await Promise.all([session.refresh(), session.refresh(), api.get(preset.api.me)]);
    expect(traveledTo('/cookie/refresh/').map(({ status }) => status)).toEqual([200]);
    expect(browser.jar.traveled).toHaveLength(before + 2);
    await session.signOut();
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
    expect(browser.jar.names()).toEqual(['csrftoken']);
    expect(events).toEqual(['diagnostic:tabs-uncoordinated', 'signed-in', 'refreshed', 'signed-out:user']);
  });
});
