import axios, { type AxiosAdapter } from 'axios';
import axios17 from 'axios-1.7';
import MockAdapter from 'axios-mock-adapter';
import { attachSession } from 'latchkey/axios';
import { afterEach, describe, expect, it } from 'vitest';
import { ALICE, API, BOB, createWorld } from '../support/world.ts';

describe('which instance presents tokens', () => {
  it('leaves children bare until they are attached (C22)', async () => {
    const { api, session, backend, seen } = createWorld();
    await session.signIn(ALICE);
    // A child inherits the parent's defaults, and none of its interceptors.
    const child = axios.create(api.defaults as never);
    await expect(child.get('/1')).rejects.toMatchObject({ status: 401 });
    attachSession(child, session);
    await child.get('/2');

    expect(seen.map(({ authorization }) => backend.accepts(authorization))).toEqual([false, true]);
  });

  it('sends as axios would where an instance names no adapter', async () => {
    const world = createWorld();
    const api = axios.create();
    delete api.defaults.adapter;
    attachSession(api, world.session, { resourceServers: [API] });
    await world.session.signIn(ALICE);
    const adapter = axios.defaults.adapter as AxiosAdapter;
    try {
      axios.defaults.adapter = world.adapter;
      await api.get(`${API}/1`);
    } finally {
      axios.defaults.adapter = adapter;
    }
    expect(world.seen.map(({ authorization }) => world.backend.accepts(authorization))).toEqual([true]);
  });

  it('authorises each request once when attached twice, with one session (C22)', async () => {
    const { api, session, backend, seen } = createWorld();
    attachSession(api, session);
    attachSession(api, session);
    await session.signIn(ALICE);
    await api.get('/1');
    backend.expireAll();
    await api.get('/2');
    backend.accepts = () => false;
    await expect(api.get('/3')).rejects.toMatchObject({ status: 401 });

    expect(seen.map(({ url }) => url.slice(-1))).toEqual(['1', '2', '2', '3', '3']);
    expect(seen.every(({ authorization }) => /^Bearer [^,]+$/.test(authorization ?? ''))).toBe(true);
  });

  it('stays attached until the last attachment is undone (C22)', async () => {
    const { session, adapter, seen } = createWorld();
    const api = axios.create({ baseURL: API, adapter });
    const [first, second] = [attachSession(api, session), attachSession(api, session)];
    await session.signIn(ALICE);
    first();
    await api.get('/1');
    second();
    await expect(api.get('/2')).rejects.toMatchObject({ status: 401 });

    expect(seen.map(({ authorization }) => authorization !== undefined)).toEqual([true, false]);
  });

  describe('axios itself', () => {
    let detach = (): void => {};
    const { adapter } = axios.defaults;
    afterEach(() => {
      detach();
      axios.defaults.adapter = adapter as never;
    });

    it('can be attached, and is as it was once detached (C22)', async () => {
      const world = createWorld();
      axios.defaults.adapter = world.adapter;
      detach = attachSession(axios, world.session, { resourceServers: [API] });
      await world.session.signIn(ALICE);
      await axios(`${API}/1`);
      await axios.get(`${API}/2`);
      const elsewhere = axios.get('https://elsewhere.example/').catch(() => {});
      await elsewhere;
      detach();
      await axios.get(`${API}/3`).catch(() => {});

      expect(world.seen.map(({ authorization }) => authorization !== undefined)).toEqual([true, true, false, false]);
    });
  });

  it('finishes what is under way when it is detached in the middle of traffic (C13)', async () => {
    const { session, adapter, backend, seen, hold } = createWorld();
    const api = axios.create({ baseURL: API, adapter });
    const detach = attachSession(api, session);
    await session.signIn(ALICE);
    backend.expireAll();
    const release = hold();
    const underWay = [api.get('/1'), api.get('/2')];
    await Promise.resolve();
    detach();
    release();

    expect((await Promise.all(underWay)).map(({ status }) => status)).toEqual([200, 200]);
    expect(seen).toHaveLength(4);
    await expect(api.get('/3')).rejects.toMatchObject({ status: 401 });
  });

  it('keeps two sessions on one instance to their own servers (C6)', async () => {
    const [first, second] = [createWorld(), createWorld({ name: 'other' })];
    const api = axios.create({
      adapter: (config) => (config.url?.startsWith(API) ? first : second).adapter(config),
    });
    attachSession(api, first.session, { resourceServers: [API] });
    attachSession(api, second.session, { resourceServers: ['https://other.example'] });
    await Promise.all([first.session.signIn(ALICE), second.session.signIn(BOB)]);
    for (const { backend } of [first, second]) backend.expireAll();
    await Promise.all([api.get(`${API}/1`), api.get('https://other.example/1')]);

    for (const { backend, seen } of [first, second]) {
      expect(backend.calls.refresh).toBe(1);
      expect(seen.map(({ authorization }) => backend.accepts(authorization))).toEqual([false, true]);
    }
  });

  it('may be an instance of another copy of axios (C18)', async () => {
    const { session, adapter, backend, seen } = createWorld();
    const api = axios17.create({ baseURL: API, adapter: adapter as never });
    const detach = attachSession(api as never, session);
    await session.signIn(ALICE);
    backend.expireAll();

    expect((await api.get('/1')).data).toEqual({ status: 200, url: `${API}/1` });
    expect(seen).toHaveLength(2);
    backend.accepts = () => false;
    await expect(api.get('/2')).rejects.toSatisfy(axios17.isAxiosError);
    detach();
    await expect(api.get('/3')).rejects.toMatchObject({ status: 401 });
    expect(seen).toHaveLength(5);
  });
});

describe('axios-mock-adapter', () => {
  function mocked(order: 'before' | 'after') {
    const world = createWorld();
    const api = axios.create({ baseURL: API });
    const mock = order === 'before' ? new MockAdapter(api) : undefined;
    attachSession(api, world.session);
    const answers = (mock ?? new MockAdapter(api)).onGet('/me');
    answers.reply((config) => {
      const isGood = world.backend.accepts(String(config.headers?.Authorization ?? ''));
      return isGood ? [200, { name: 'alice' }] : [401, { detail: 'no' }];
    });
    return { ...world, api };
  }

  it.each(['before', 'after'] as const)('goes on working when it was installed %s the session (C21)', async (order) => {
    const { api, session, backend } = mocked(order);
    await session.signIn(ALICE);
    backend.expireAll();

    expect((await api.get('/me')).data).toEqual({ name: 'alice' });
    expect(backend.calls.refresh).toBe(1);
  });

  it.each(['before', 'after'] as const)('gives a 401 as it is while nobody is signed in: %s (C21)', async (order) => {
    const { api, session, events } = mocked(order);
    await session.ready;

    await expect(api.get('/me')).rejects.toMatchObject({ status: 401, response: { data: { detail: 'no' } } });
    expect(events).toEqual([]);
  });

  it('lets requests pass through, with the token, to the adapter that it replaced (C21)', async () => {
    const { session, adapter, backend, seen } = createWorld();
    const api = axios.create({ baseURL: API, adapter });
    attachSession(api, session);
    new MockAdapter(api).onAny().passThrough();
    await session.signIn(ALICE);
    backend.expireAll();
    const { data, config } = await api.post('/me', { a: 1 });

    expect(data).toEqual({ status: 200, url: `${API}/me` });
    expect(config.headers.has('Authorization')).toBe(false);
    expect(seen.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}']);
  });

  it('answers what was sent without credentials of ours, and of the caller’s (C21)', async () => {
    const { api, session, events } = mocked('after');
    await session.signIn(ALICE);
    for (const config of [{ anonymous: true }, { headers: { authorization: 'Basic x' } }]) {
      await expect(api.get('/me', config)).rejects.toMatchObject({ status: 401 });
    }

    expect(events).toEqual(['signed-in']);
  });
});
