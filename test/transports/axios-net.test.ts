import axios, { type AxiosAdapter, AxiosError, type InternalAxiosRequestConfig } from 'axios';
import { attachSession } from 'latchkey/axios';
import { describe, expect, it } from 'vitest';
import { ALICE, API, createWorld } from '../support/world.ts';

/** What an adapter gives, or throws where the status is an error's. */
async function replyOf(config: InternalAxiosRequestConfig, status: number, data: unknown) {
  const response = { status, statusText: '', headers: {}, config, request: {}, data };
  if (status < 400) return response;
  throw new AxiosError(`status ${status}`, 'ERR', config, {}, response as never);
}

type Turn = (config: InternalAxiosRequestConfig) => ReturnType<AxiosAdapter>;

/** A client one of whose interceptors puts an adapter in the place of ours; `sends` counts what that one is asked. */
async function netted(answers: Turn[], options: Parameters<typeof attachSession>[2] = {}, more: object = {}) {
  const world = createWorld();
  const api = axios.create({ baseURL: API });
  const sent: (string | undefined)[] = [];
  const adapter: AxiosAdapter = (config) => {
    sent.push(config.headers.get('Authorization')?.toString());
    return (answers[sent.length - 1] as Turn)(config);
  };
  api.interceptors.request.use((config) => ({ ...config, adapter, ...more }));
  attachSession(api, world.session, options);
  await world.session.signIn(ALICE);
  return { ...world, api, sent };
}

const refusal: Turn = (config) => replyOf(config, 401, '{"detail":"no"}');
const success: Turn = (config) => replyOf(config, 200, '{"a":1}');

describe('a client that is attached', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['axios’ module by mistake', {}],
    ['without interceptors', { defaults: {} }],
    ['with none of requests', { interceptors: {} }],
    ['with some that cannot be added to', { interceptors: { request: {} } }],
  ])('has to be an instance of axios: %s is told so', (_, instance) => {
    const { session } = createWorld();

    expect(() => attachSession(instance as never, session)).toThrow(
      new TypeError('attachSession: the client must be an axios instance, such as axios.create().'),
    );
  });

  it('sends in the same turn as without a session, and belongs to the session of that turn (SES-1)', async () => {
    const { session, adapter, seen } = createWorld();
    const api = axios.create({ baseURL: API, adapter });
    attachSession(api, session);
    await session.signIn(ALICE);
    const asked = api.get('/me');
    expect(seen).toHaveLength(1);

    expect((await asked).status).toBe(200);
  });
});

describe('the net below an adapter of the app that took the place of ours', () => {
  it('sends once what was not refused (C21)', async () => {
    const { api, sent } = await netted([success]);
    expect((await api.get('/me')).data).toEqual({ a: 1 });

    expect(sent).toEqual([undefined]);
  });

  it('hears the judge of the app before the backend: what it accepts is not sent again (C21)', async () => {
    const { api, sent } = await netted([refusal], { judge: () => 'accepted' });
    await expect(api.get('/me')).rejects.toMatchObject({ status: 401, response: { data: { detail: 'no' } } });

    expect(sent).toEqual([undefined]);
  });

  it('hands on the answer of a mock that took itself off the config (C21)', async () => {
    const { api, sent } = await netted([
      (config) => {
        Object.assign(config, { adapter: null });
        return refusal(config);
      },
    ]);
    await expect(api.get('/me')).rejects.toMatchObject({ status: 401, response: { data: { detail: 'no' } } });

    expect(sent).toEqual([undefined]);
  });

  it('gives the second answer as axios would, also an error (C21)', async () => {
    const { api, sent } = await netted([refusal, (config) => replyOf(config, 500, '{"detail":"broken"}')]);
    await expect(api.get('/me')).rejects.toMatchObject({ status: 500, response: { data: { detail: 'broken' } } });

    expect(sent).toEqual([undefined, expect.stringMatching(/^Bearer /)]);
  });

  it.each<[string, unknown]>([
    ['the network', new AxiosError('Network Error', 'ERR_NETWORK')],
    ['nothing', undefined],
  ])('fails as the second send fails: with %s (C21)', async (_, error) => {
    const { api, sent } = await netted([refusal, () => Promise.reject(error)]);
    await expect(api.get('/me')).rejects.toBe(error);

    expect(sent).toHaveLength(2);
  });

  it('leaves the second answer as it came where the app transforms none (C21)', async () => {
    const { api } = await netted([refusal, success], {}, { transformResponse: undefined });

    expect((await api.get('/me')).data).toBe('{"a":1}');
  });
});
