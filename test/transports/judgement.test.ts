import axios, { type InternalAxiosRequestConfig } from 'axios';
import { createSession, memoryStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { describe, expect, it } from 'vitest';
import { ALICE, API, createWorld } from '../support/world.ts';

describe('what an answer means', () => {
  it('is asked of the option first, and may make another status a refusal (C21)', async () => {
    const { session, backend, serve, adapter } = createWorld();
    const statuses: number[] = [];
    const options = {
      resourceServers: [API],
      judge: ({ status }: { status: number }) => {
        statuses.push(status);
        return status === 419 ? ('refused' as const) : undefined;
      },
    };
    const is419 = async (response: Response) => new Response(null, { status: response.ok ? 200 : 419 });
    const send = createAuthorizedFetch(session, {
      ...options,
      fetch: async (...given) => is419(await serve(...given)),
    });
    const api = axios.create({
      baseURL: API,
      adapter: (config) =>
        adapter({ ...config, validateStatus: null }).then((r) => ({ ...r, status: r.status === 200 ? 200 : 419 })),
    });
    attachSession(api, session, options);
    await session.signIn(ALICE);
    backend.expireAll();
    expect((await send(`${API}/`)).status).toBe(200);
    backend.expireAll();
    expect((await api.get('/')).status).toBe(200);

    expect(statuses).toEqual([419, 200, 419, 200]);
    expect(backend.calls.refresh).toBe(2);
  });

  it('is the caller’s to find out when whoever judges it throws (C23)', async () => {
    const { session, backend, serve } = createWorld();
    const send = createAuthorizedFetch(session, {
      resourceServers: [API],
      fetch: serve,
      judge: () => {
        throw new Error('of the app');
      },
    });
    await session.signIn(ALICE);
    backend.expireAll();

    expect((await send(`${API}/`)).status).toBe(401);
    expect(backend.calls.refresh).toBe(0);
  });

  it('may be the end of the session, and the answer is still handed on (C25)', async () => {
    const { api, session, backend, events, seen } = createWorld();
    Object.assign(backend, {
      judge: ({ status }: { status: number }) => (status === 401 ? { ended: 'account-disabled' } : 'accepted'),
    });
    await session.signIn(ALICE);
    backend.expireAll();
    await expect(api.get('/')).rejects.toMatchObject({ status: 401 });

    expect(events).toEqual(['signed-in', 'signed-out:account-disabled']);
    expect([seen.length, backend.calls.refresh]).toEqual([1, 0]);
  });

  it('is heard, too, of an adapter that an app put in the place of ours (C21)', async () => {
    const { session, adapter, backend } = createWorld();
    let isThrowing = true;
    const api = axios.create({ baseURL: API });
    api.interceptors.request.use((config) => ({ ...config, adapter }));
    attachSession(api, session, {
      judge: ({ status }) => {
        if (isThrowing) throw new Error('of the app');
        return status === 401 ? 'refused' : undefined;
      },
    });
    await session.signIn(ALICE);
    await expect(api.get('/')).rejects.toMatchObject({ status: 401 });
    isThrowing = false;

    expect((await api.get('/')).status).toBe(200);
    expect(backend.calls.refresh).toBe(0);
  });
});

describe('credentials that the backend presents', () => {
  it.each<[RequestCredentials, boolean | undefined]>([
    ['include', true],
    ['omit', false],
    // Whatever else would be "omit" to axios over fetch.
    ['same-origin', undefined],
  ])('reach axios as it spells them: %s (C21)', async (credentials, expected) => {
    const configs: InternalAxiosRequestConfig[] = [];
    const session = createSession({
      backend: { credential: 'cookie', present: () => ({ credentials, headers: { 'X-CSRF': '1' } }) },
      store: memoryStore(),
      name: credentials,
    });
    const api = axios.create({
      baseURL: API,
      withCredentials: credentials === 'omit',
      adapter: async (config) => {
        configs.push(config);
        return { status: 200, statusText: '', headers: {}, config, data: '' };
      },
    });
    attachSession(api, session);
    await session.signInWithTokens({});
    const { config } = await api.get('/');

    expect(configs[0]?.withCredentials).toBe(expected);
    expect(configs[0]?.headers.get('X-CSRF')).toBe('1');
    expect(config.withCredentials).toBe(credentials === 'omit');
    expect(config.headers.has('X-CSRF')).toBe(false);
  });
});
