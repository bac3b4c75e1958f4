// @vitest-environment node
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OidcServer, startOidc } from '../servers/oidc/start.mjs';
import { ENGINES, type Engine, launchEngine, type Tab } from './engines.ts';
import { type BuiltPage, buildPage, type ServedPage, servePage } from './page.ts';
import { eventually } from './real-tabs.ts';

let built: BuiltPage;
beforeAll(async () => {
  built = await buildPage('oauth2');
});
afterAll(() => built.remove());

describe.each(ENGINES)('the redirect sign-in in %s', (name) => {
  let engine: Engine;
  let app: ServedPage;
  let provider: OidcServer;
  let opened: Tab[] = [];
  beforeAll(async () => {
    [engine, app] = await Promise.all([launchEngine(name), servePage(built)]);
  });
  afterAll(() => Promise.all([engine?.close(), app?.stop()]));
  beforeEach(async () => {
    // A new one knows nobody, whatever cookies the engine has.
    provider = await startOidc({
      redirectUris: [`${app.url}/callback/`],
      postLogoutRedirectUris: [`${app.url}/bye/`],
    });
  });
  afterEach(async () => {
    await Promise.all(opened.map((one) => one.close().catch(() => {})));
    opened = [];
    await provider.stop();
  });

  async function open(): Promise<Tab> {
    const one = await engine.open(`${app.url}/?issuer=${encodeURIComponent(provider.url)}`);
    opened.push(one);
    await one.run(() => oauth2.state());
    return one;
  }
  /** Resolves when the tab shows such a page. A page that goes while it is asked says nothing. */
  const at = (one: Tab, selector: string): Promise<void> =>
    eventually(() => one.run((what) => !!document.querySelector(what), selector).catch(() => false));
  /** Resolves when the tab shows the app's page of that path, and it has dealt with how it was opened. */
  const back = (one: Tab, path: string): Promise<void> =>
    eventually(() =>
      one
        .run(async (pathname) => {
          if (location.pathname !== pathname || !globalThis.oauth2) return false;
          await oauth2.first;
          return true;
        }, path)
        .catch(() => false),
    );
  /** Runs what makes the page go, which may be before the engine has heard that it ran. What comes then is looked for. */
  const leave = (run: Promise<void>): Promise<void> => run.catch(() => {});
  const press = (one: Tab, button: string, password = 'alice-pass-1'): Promise<void> =>
    leave(
      one.run(
        (id, typed) => {
          const field = (what: string) => document.querySelector(`[name=${what}]`) as HTMLInputElement;
          field('login').value = 'alice';
          field('password').value = typed;
          setTimeout(() => document.getElementById(id)?.click());
        },
        button,
        password,
      ),
    );
  async function signedIn(): Promise<Tab> {
    const one = await open();
    await leave(one.run(() => oauth2.signIn({ returnTo: '/orders/?page=2#last' })));
    await at(one, '#enter');
    await press(one, 'enter');
    await back(one, '/callback/');
    return one;
  }

  it('brings the user back signed in, with the code out of the URL, and hands it in once (OAU-2, OAU-3, OAU-6, C49)', async () => {
    const one = await signedIn();
    const expected = { after: 'sign-in', returnTo: '/orders/?page=2#last' };
    expect(await one.run(() => oauth2.first)).toEqual(expected);
    expect(await one.run(() => oauth2.second)).toEqual(expected);
    expect(await one.run(() => oauth2.completed())).toBe('no answer');
    expect(await one.run(() => location.href)).toBe(`${app.url}/callback/`);
    expect(await one.run(() => oauth2.kept())).toEqual([]);
    expect(await one.run(() => oauth2.state())).toMatchObject({ status: 'signed-in', user: { sub: 'alice' } });
    expect(await one.run(() => oauth2.events)).toEqual(['signed-in']);
    expect(await one.run(() => oauth2.send(1))).toEqual([200]);
    expect(provider.count('/token')).toBe(1);
  });

  it('lasts over a reload and in a second tab, and 20 requests of each across an expiry cost one refresh (C49, ROT-1)', async () => {
    provider.set({ accessTokenTTL: 2 });
    const one = await signedIn();
    await one.reload();
    expect(await one.run(() => oauth2.state())).toMatchObject({ status: 'signed-in', user: { name: 'Alice' } });
    const other = await open();
    expect(await other.run(() => oauth2.state())).toMatchObject({ status: 'signed-in' });
    const before = provider.count('/token');
    await delay(2050);
    // However long the 40 take, the next token lives longer.
    provider.set({ accessTokenTTL: 300 });
    const statuses = await Promise.all([one, other].map((tab) => tab.run(() => oauth2.send(20))));
    expect(statuses.flat()).toEqual(Array(40).fill(200));
    expect(provider.count('/token')).toBe(before + 1);
    expect(provider.count('/auth')).toBe(1);
  });

  it('tells that the user said no, or mistyped and then did not, and signs nobody in (C49)', async () => {
    const one = await open();
    await leave(one.run(() => oauth2.signIn()));
    await at(one, '#enter');
    await press(one, 'enter', 'wrong');
    await at(one, '#wrong');
    await press(one, 'cancel');
    await back(one, '/callback/');
    expect(await one.run(() => oauth2.first)).toMatchObject({
      code: 'sign-in-rejected',
      serverCode: 'access_denied',
      returnTo: expect.stringMatching(/^\/\?issuer=/),
    });
    expect(await one.run(() => location.search)).toBe('');
    expect(await one.run(() => oauth2.state())).toEqual({ status: 'signed-out' });
    expect(provider.count('/token')).toBe(0);
  });

  it('ends the session at the provider, too: the next sign-in asks for the password again (OUT-9, C49)', async () => {
    const one = await signedIn();
    // The provider still knows the user: no form.
    await leave(one.run(() => oauth2.signIn({ returnTo: '/again/' })));
    await eventually(() =>
      one.run(async () => JSON.stringify(await globalThis.oauth2?.first).includes('/again/')).catch(() => false),
    );
    await leave(one.run(() => oauth2.signOut()));
    await back(one, '/bye/');
    expect(await one.run(() => oauth2.first)).toEqual({ after: 'sign-out', returnTo: '/' });
    expect(await one.run(() => location.search)).toBe('');
    expect(await one.run(() => oauth2.state())).toEqual({ status: 'signed-out' });
    expect(await one.run(() => oauth2.kept())).toEqual([]);
    expect(provider.count('/token/revocation')).toBeGreaterThanOrEqual(1);
    await leave(one.run(() => oauth2.signIn()));
    await at(one, '#enter');
  });

  it('lets two tabs sign in side by side (OAU-2)', async () => {
    const one = await open();
    const other = await open();
    for (const tab of [one, other]) {
      await leave(tab.run(() => oauth2.signIn()));
      await at(tab, '#enter');
    }
    for (const tab of [one, other]) {
      await press(tab, 'enter');
      await back(tab, '/callback/');
      expect(await tab.run(() => oauth2.first)).toMatchObject({ after: 'sign-in' });
    }
    expect(await one.run(() => oauth2.send(1))).toEqual([200]);
  });

  it('takes a code out of the URL that comes without a state, and hands it to nobody (OAU-2, LOG-1)', async () => {
    const one = await open();
    await one.goto(`${app.url}/callback/?code=stolen`);
    expect(await one.run(() => oauth2.first)).toMatchObject({ code: 'token-response' });
    expect(await one.run(() => location.search)).toBe('');
    expect(provider.count('/token')).toBe(0);
  });

  it('takes no answer that this tab has not asked for, or has had before (OAU-2)', async () => {
    const one = await signedIn();
    const tokens = provider.count('/token');
    await one.goto(`${app.url}/callback/?code=stolen&state=${'x'.repeat(43)}&iss=${encodeURIComponent(provider.url)}`);
    expect(await one.run(() => oauth2.first)).toMatchObject({ code: 'token-response' });
    expect(await one.run(() => location.search)).toBe('');
    expect(await one.run(() => oauth2.state())).toMatchObject({ status: 'signed-in' });
    expect(provider.count('/token')).toBe(tokens);
  });
});
