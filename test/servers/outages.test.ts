// @vitest-environment node
import { setTimeout as delay } from 'node:timers/promises';
import axios, { type AxiosInstance } from 'axios';
import { type AuthUnavailableError, createSession, memoryStore, type Session } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt, type UsernameAndPassword } from 'latchkey/backends';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DjangoServer, startDjango } from './django/start.mjs';

const ALICE = { username: 'alice', password: 'alice-pass-1' };
let django: DjangoServer;
beforeAll(async () => {
  django = await startDjango();
});
afterAll(() => django.stop());
beforeEach(() => django.reset());

function app(options: { readonly patience?: number } = {}): {
  readonly session: Session<UsernameAndPassword>;
  readonly api: AxiosInstance;
  readonly events: string[];
} {
  const backend = simpleJwt({ baseUrl: `${django.url}/auth` });
  const session = createSession<UsernameAndPassword>({ backend, store: memoryStore(), ...options });
  const events: string[] = [];
  session.on('signed-out', ({ reason }) => events.push(reason));
  session.on('diagnostic', ({ code }) => events.push(code));
  const api = axios.create({ baseURL: django.url });
  attachSession(api, session);
  return { session, api, events };
}

describe('an app on a real Django whose token endpoint is in trouble', () => {
  it('keeps the session through 503, HTML and a rate limit at the token endpoint', async () => {
    // A hundredth of each backoff: the fifth failure in a row is followed by 160 ms.
    vi.spyOn(Math, 'random').mockReturnValue(0.01);
    await django.set({ accessLifetime: 1 });
    const { session, api, events } = app({ patience: 1500 });
    await session.signIn(ALICE);
    await delay(1050);
    for (const refreshStatus of [503, 500, 429, 403, 404]) {
      await django.set({ refreshStatus });
      const error = await session.refresh().catch((reason: AuthUnavailableError) => reason);
      expect(error).toMatchObject({ code: 'auth-unavailable', status: refreshStatus, retryAfter: expect.any(Number) });
      await delay(error?.retryAfter);
    }
    // Longer than the request's patience, so it fails with what the server said.
    await django.set({ refreshStatus: 429, retryAfter: 2 });
    const error = await api.get('/api/me/').catch((reason: AuthUnavailableError) => reason);
    expect(error).toMatchObject({ code: 'auth-unavailable', status: 429 });
    const { retryAfter = 0 } = error as AuthUnavailableError;
    expect(retryAfter).toBeGreaterThan(1500);
    expect(retryAfter).toBeLessThanOrEqual(2020);
    await django.set({ refreshStatus: null, retryAfter: null });
    const before = await django.count('/auth/token/refresh/');
    expect(before).toBe(6);
    // It asked to wait, so it is not asked (C26).
    await expect(session.refresh()).rejects.toMatchObject({ code: 'auth-unavailable' });
    expect(await django.count('/auth/token/refresh/')).toBe(before);
    await delay(retryAfter);
    expect((await api.get('/api/me/')).status).toBe(200);
    expect(events).toEqual([]);
  });

  it('shows an outage of a few seconds to no request that can wait that long (C24, N4)', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.2);
    await django.set({ accessLifetime: 1 });
    const { session, api, events } = app();
    await session.signIn(ALICE);
    await delay(1050);
    await django.set({ refreshStatus: 503 });
    const answers = Promise.all(['/api/me/', '/api/echo/'].map((path) => api.get(path)));
    await vi.waitFor(async () => expect(await django.count('/auth/token/refresh/')).toBeGreaterThanOrEqual(2), 10_000);
    await django.set({ refreshStatus: null });
    expect((await answers).map(({ status }) => status)).toEqual([200, 200]);
    expect(events).toEqual([]);
  });
});
