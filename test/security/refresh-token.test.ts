import axios, { type InternalAxiosRequestConfig } from 'axios';
import { createSession, memoryStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { createFakeClock } from 'latchkey/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';

const API = 'https://api.example.com';
const REFRESH = 'the-refresh-token';

/** Every request of the page, by whichever client, as `url headers body`. */
let sent: string[];
/** What interceptors of the app saw. */
let intercepted: string[];

beforeEach(() => {
  sent = [];
  intercepted = [];
  let issued = 0;
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    sent.push(`${input} ${JSON.stringify(init?.headers)} ${init?.body}`);
    if (!String(input).includes('/auth/')) return Response.json({}, { status: issued < 2 ? 401 : 200 });
    issued += 1;
    return Response.json({ access: `the-access-token-${issued}`, refresh: `${REFRESH}-${issued}` });
  });
});

async function live(attachToDefault: boolean): Promise<void> {
  const session = createSession({
    backend: simpleJwt({ baseUrl: `${API}/auth`, blacklistNeedsAccessToken: false }),
    store: memoryStore(),
    clock: createFakeClock(),
  });
  // The instance and the default one: an app's interceptors may sit on both.
  const api = attachToDefault ? axios : axios.create({ baseURL: API });
  const id = api.interceptors.request.use((config: InternalAxiosRequestConfig) => {
    intercepted.push(JSON.stringify(config));
    return config;
  });
  const detach = attachSession(api, session, { resourceServers: [API] });
  const adapter = async (config: InternalAxiosRequestConfig): Promise<never> => {
    sent.push(`${axios.getUri(config)} ${JSON.stringify(config.headers)} ${config.data}`);
    const response = { status: 401, statusText: '', headers: {}, config, request: {}, data: '{}' };
    throw new axios.AxiosError('refused', 'ERR_BAD_REQUEST', config, {}, response);
  };
  const authorized = createAuthorizedFetch(session, { resourceServers: [API] });
  await session.signIn({ username: 'alice', password: 'the-password' });
  await api.get(`${API}/x`, { adapter }).catch(() => undefined);
  await authorized(`${API}/x`);
  await authorized('https://evil.example/x');
  await api.post('https://evil.example/x', {}, { adapter }).catch(() => undefined);
  await session.refresh();
  await session.signOut();
  detach();
  api.interceptors.request.eject(id);
}

describe.each([false, true])('a refresh token (the session on the default axios: %s)', (attachToDefault) => {
  it('goes to the endpoints of the backend, in a body, and nowhere else (ATT-7, ATT-10)', async () => {
    await live(attachToDefault);
    const withToken = sent.filter((line) => line.includes(REFRESH));
    expect(withToken.length).toBeGreaterThan(2);
    for (const line of withToken) {
      const [url = '', headers = '', body = ''] = line.split(' ');
      expect([`${API}/auth/token/refresh/`, `${API}/auth/token/blacklist/`]).toContain(url);
      expect(url + headers).not.toContain(REFRESH);
      expect(body).toContain(REFRESH);
      // RFC 6750 section 2: one method at a time.
      expect(headers).not.toContain('the-access-token');
    }
  });

  it('and a password pass no interceptor of the app (ATT-10)', async () => {
    await live(attachToDefault);
    expect(intercepted.length).toBeGreaterThan(1);
    expect(intercepted.join()).not.toMatch(/the-refresh-token|the-password|the-access-token/);
    expect(sent.filter((line) => line.includes('the-password'))).toHaveLength(1);
  });

  it('and an access token are in no URL (ATT-7)', async () => {
    await live(attachToDefault);
    for (const line of sent) expect(line.split(' ')[0]).not.toMatch(/the-refresh-token|the-access-token/);
  });
});

describe('an access token', () => {
  it.each([
    ['opaque', { access: 'opaque~1+/=', refresh: 'r' }],
    ['a JWT without exp', { access: 'eyJ9.eyJzdWIiOiJhbGljZSJ9.s', refresh: 'r' }],
    ['a JWT that is malformed', { access: 'eyJ9.%%%%.s', refresh: 'r' }],
    ['a JWE of five parts', { access: 'a.b.c.d.e', refresh: 'r' }],
    ['of 60 kB', { access: 'x'.repeat(60_000), refresh: 'r' }],
  ])('that is %s is presented as it is (C45, JWT-2)', async (_, tokens) => {
    vi.stubGlobal('fetch', async () => Response.json(tokens));
    const clock = createFakeClock();
    const session = createSession({ backend: simpleJwt({ baseUrl: `${API}/auth` }), store: memoryStore(), clock });
    const user = await session.signIn({ username: 'alice', password: 'right' });
    expect(user).toBeTypeOf('object');
    const headers: unknown[] = [];
    const send: typeof fetch = async (_input, init) => {
      headers.push(new Headers(init?.headers).get('Authorization'));
      return Response.json({});
    };
    await createAuthorizedFetch(session, { resourceServers: [API], fetch: send })(`${API}/x`);
    expect(headers).toEqual([`Bearer ${tokens.access}`]);
    expect(await session.getAccessToken()).toBe(tokens.access);
    await clock.advance(365 * 24 * 3600_000);
    expect(session.getState().status).toBe('signed-in');
  });
});
