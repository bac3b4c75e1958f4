// @vitest-environment node
import { setTimeout as delay } from 'node:timers/promises';
import { createSession, memoryStore } from 'latchkey';
import { cookieSession } from 'latchkey/backends';
import { backendContract } from 'latchkey/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Browser, createBrowser } from './browser.ts';
import { type DjangoServer, startDjango } from './django/start.mjs';
import { type FlaskServer, startFlask } from './flask/start.mjs';
import { type HttpsFront, startHttpsFront } from './https-front.mjs';
import { PRESETS, type Preset, type PresetName, RIGHT, WRONG } from './presets.ts';

let django: DjangoServer;
let flask: FlaskServer;
let browser: Browser;
let preset: Preset;
beforeAll(async () => {
  [django, flask] = await Promise.all([startDjango(), startFlask()]);
});
afterAll(() => Promise.all([django.stop(), flask.stop()]));
beforeEach(async () => {
  await Promise.all([django.reset(), flask.reset()]);
  browser = createBrowser();
  preset = PRESETS['cookie-session'](django.url);
});
afterEach(() => browser.close());

const posts = (path: string) =>
  browser.jar.traveled
    .filter(({ url, method }) => url.pathname === path && method === 'POST')
    .map(({ status, headers }) => [status, headers.get('X-CSRFToken')]);

describe('cookies that a real Django renews by itself on any call', () => {
  it('are renewed by one probe, which goes ahead, and the others wait for it (C49)', async () => {
    await django.set({ accessLifetime: 2 });
    preset = PRESETS['cookie-session'](django.url, 2000);
    const { session, api } = await browser.openTab(preset);
    await session.signIn(RIGHT);
    await delay(2050);
    await django.set({ accessLifetime: 300 });
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await api.post(preset.api.echo, {})).status),
    );
    expect(statuses).toEqual(Array(20).fill(200));
    expect([await django.renewals(), await django.count('/jar/me/')]).toEqual([1, 1]);
  });

  it('lets the app load its user where the probe goes', async () => {
    const { session } = await browser.openTab(preset);
    const profile = createSession({
      backend: preset.backend,
      store: memoryStore(),
      name: 'profile',
      loadUser: async () => (await fetch(preset.api.me, { credentials: 'include' })).json(),
    });
    expect(await profile.signIn(RIGHT)).toMatchObject({ username: 'alice' });
    profile.dispose();
    session.dispose();
  });

  it('stay when a CSRF value is refused: the request is sent once more with the one that is there by then (CSR-4)', async () => {
    const { session, api, events } = await browser.openTab(preset);
    await session.signIn(RIGHT);
    const good = /csrftoken=([^;]+)/.exec(browser.jar.readable())?.[1];
    browser.jar.plant('csrftoken=spoilt; Path=/', django.url);
    const { jar } = browser;
    const { fetch: send } = jar;
    // As soon as the first is refused, another tab signs in again, say.
    vi.stubGlobal('fetch', async (...sent: Parameters<typeof fetch>) => {
      const answer = await send(...sent);
      if (answer.status === 403) jar.plant(`csrftoken=${good}; Path=/`, django.url);
      return answer;
    });
    expect((await api.post(preset.api.echo, { n: 1 })).data.body).toBe('{"n":1}');
    expect(posts('/jar/echo/')).toEqual([
      [403, 'spoilt'],
      [200, good],
    ]);
    expect([session.getState().status, events]).toEqual(['signed-in', ['signed-in']]);
  });

  it('stay when no value is taken: the caller has the server’s own refusal, after one more try (CSR-4)', async () => {
    const { session, api } = await browser.openTab(preset);
    await session.signIn(RIGHT);
    browser.jar.plant('csrftoken=spoilt; Path=/', django.url);
    const { fetch: send } = browser.jar;
    vi.stubGlobal('fetch', (...sent: Parameters<typeof fetch>) =>
      String(sent[0]).endsWith('csrf/') ? Promise.reject(new TypeError('Failed to fetch')) : send(...sent),
    );
    await expect(api.post(preset.api.echo, {})).rejects.toMatchObject({ response: { status: 403 } });
    expect(posts('/jar/echo/')).toEqual(Array(2).fill([403, 'spoilt']));
    expect(session.getState().status).toBe('signed-in');
  });

  it('cannot be read where the server is another host, and then the value comes from its own word (CSR-2)', async () => {
    // As if: nothing of the jar is shown to the page.
    vi.spyOn(document, 'cookie', 'get').mockReturnValue('');
    const { session, api } = await browser.openTab(preset);
    await session.signIn(RIGHT);
    // The sign-in has changed it: one refusal, and from then on it is known.
    expect((await api.post(preset.api.echo, {})).status).toBe(200);
    expect((await api.post(preset.api.echo, {})).status).toBe(200);
    expect(posts('/jar/echo/').map(([status]) => status)).toEqual([403, 200, 200]);
  });
});

describe('cookies of the test servers, behind https', () => {
  let fronts: { readonly django: HttpsFront; readonly flask: HttpsFront };
  beforeAll(async () => {
    fronts = { django: await startHttpsFront(django.url), flask: await startHttpsFront(flask.url) };
  });
  afterAll(() => Promise.all([fronts.django.stop(), fronts.flask.stop()]));

  it.each<[PresetName, 'django' | 'flask', RegExp]>([
    ['refresh-cookie', 'django', /^refresh_token$/],
    ['cookie-session', 'django', /^jar_/],
    ['flask-cookies', 'flask', /_cookie$/],
  ])('of %s are Secure, HttpOnly and SameSite, each with a path (CKI-6)', async (name, which, names) => {
    // This one fetch has to trust a certificate that was made a moment ago.
    const { url, certificate } = fronts[which];
    const lines = await signInOverHttps(PRESETS[name](url), certificate);
    const credentials = lines.filter((line) => names.test(line.split('=')[0] ?? ''));
    expect(credentials.length).toBeGreaterThanOrEqual(1);
    for (const line of credentials)
      expect(line.split('; ').slice(1)).toEqual(
        expect.arrayContaining(['Secure', 'HttpOnly', 'SameSite=Lax', expect.stringMatching(/^Path=\//)]),
      );
  });
});

describe.each(['cookie-session', 'flask-cookies', 'refresh-cookie'] as const)('the contract, asked of %s', (name) => {
  const of = (url: string) => backendContract(PRESETS[name](url).backend, { right: RIGHT, wrong: WRONG });
  it.each(of('http://127.0.0.1').map(({ title }) => title))('is kept: %s', async (title) => {
    const { url } = name === 'flask-cookies' ? flask : django;
    await of(url)
      .find((one) => one.title === title)
      ?.check();
  });
});

it('cookieSession refuses to be made for plain http beyond this machine', () => {
  expect(() => cookieSession({ baseUrl: 'http://api.example.com', accessLifetime: 1 })).toThrow(TypeError);
});

/** Signs in as the preset does, and gives each `Set-Cookie` that comes. */
async function signInOverHttps({ backend }: Preset, ca: string): Promise<readonly string[]> {
  const { request } = await import('node:https');
  const lines: string[] = [];
  const jar = new Map<string, string>();
  const send = (url: string, init: RequestInit = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      const headers = { ...(init.headers as object), Cookie: [...jar].map((pair) => pair.join('=')).join('; ') };
      const sent = request(url, { ca, method: init.method ?? 'GET', headers, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 0 })));
        for (const line of answer.headers['set-cookie'] ?? []) {
          lines.push(line);
          const [cookie = '', value = ''] = (line.split(';')[0] ?? '').split('=');
          jar.set(cookie, value);
        }
      });
      // Over https Django also asks which page sends it.
      sent.setHeader('Referer', new URL(url).origin);
      sent.on('error', reject);
      sent.end(init.body as string | undefined);
    });
  vi.stubGlobal('document', {
    get cookie() {
      return [...jar].map((pair) => pair.join('=')).join('; ');
    },
  });
  await backend.signIn?.(RIGHT, {
    signal: new AbortController().signal,
    now: Date.now,
    fetch: (input, init) => send(String(input), init),
  });
  return lines;
}
