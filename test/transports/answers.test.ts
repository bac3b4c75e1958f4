// @vitest-environment node
import axios, { type AxiosRequestConfig, type CreateAxiosDefaults, type ResponseType } from 'axios';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EchoServer, startEchoServer } from '../support/echo-server.ts';
import { ALICE, createWorld, type World } from '../support/world.ts';

let world: World;
let server: EchoServer;

beforeEach(async () => {
  world = createWorld();
  server = await startEchoServer((authorization) => world.backend.accepts(authorization));
  await world.session.signIn(ALICE);
  world.backend.expireAll();
});
afterEach(() => server.close());

function instance(defaults: CreateAxiosDefaults) {
  const api = axios.create({ baseURL: server.origin, ...defaults });
  attachSession(api, world.session);
  return api;
}

/** What was received, whatever type it was asked for. */
async function textOf(data: unknown): Promise<string> {
  if (typeof data === 'string') return data;
  if (data instanceof Blob) return data.text();
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return new TextDecoder().decode(data as never);
  if (Symbol.asyncIterator in (data as object)) return new Response(data as BodyInit).text();
  return JSON.stringify(data);
}

const GOOD = JSON.stringify({ status: 200, url: '/a' });
const BAD = JSON.stringify({ status: 401, url: '/a' });
const kinds: [string, ResponseType][] = [
  ['http', 'json'],
  ['http', 'text'],
  ['http', 'arraybuffer'],
  ['http', 'stream'],
  ['fetch', 'json'],
  ['fetch', 'text'],
  ['fetch', 'arraybuffer'],
  ['fetch', 'blob'],
  ['fetch', 'stream'],
];

describe('answers of axios', () => {
  it.each(kinds)('come over %s as the %s that was asked for, after a refresh (C21)', async (adapter, responseType) => {
    const response = await instance({ adapter }).get('/a', { responseType });

    expect(await textOf(response.data)).toBe(GOOD);
    expect([response.status, response.headers['x-status']]).toEqual([200, '200']);
    expect(server.received).toHaveLength(2);
  });

  it.each(kinds)(
    'can be read by a backend’s judge over %s as %s, and still by the caller (C21)',
    async (adapter, responseType) => {
      const read: unknown[] = [];
      Object.assign(world.backend, {
        judge: async (answer: { status: number; body(): Promise<unknown> }) => {
          read.push(await answer.body());
          return 'accepted';
        },
      });
      const error = await instance({ adapter })
        .get('/a', { responseType })
        .catch((reason) => reason);

      expect(await textOf(error.response.data)).toBe(BAD);
      // A stream can be read once, and it is the caller's.
      expect(read).toEqual([responseType === 'stream' ? undefined : JSON.parse(BAD)]);
    },
  );

  it.each<[string, AxiosRequestConfig]>([
    ['accepts everything', { validateStatus: () => true }],
    ['is undefined', { validateStatus: undefined as never }],
    ['is null', { validateStatus: null }],
    ['accepts 401', { validateStatus: (status) => status === 401 || status === 200 }],
  ])('are refreshed all the same when validateStatus %s (C21)', async (_, config) => {
    for (const adapter of ['http', 'fetch']) {
      world.backend.expireAll();
      expect((await instance({ adapter }).get('/a', config)).status).toBe(200);
    }
    world.backend.accepts = () => false;
    expect((await instance({ adapter: 'http' }).get('/a', config)).status).toBe(401);
  });

  it('report their progress, of both ways (C21)', async () => {
    const [up, down]: [number[], number[]] = [[], []];
    const body = 'x'.repeat(100_000);
    await instance({ adapter: 'http' }).post('/a', body, {
      onUploadProgress: ({ loaded }) => up.push(loaded),
      onDownloadProgress: ({ loaded }) => down.push(loaded),
    });

    expect([up.at(-1), down.at(-1)]).toEqual([body.length, GOOD.length]);
  });

  it('let go of the stream of a refusal that is sent again (C21)', async () => {
    const streams: { readonly destroyed: boolean }[] = [];
    const http = axios.getAdapter('http');
    const api = instance({
      adapter: async (config) => {
        const response = await http({ ...config, validateStatus: null });
        streams.push(response.data);
        return response;
      },
    });
    await api.get('/a', { responseType: 'stream' });

    expect(streams.map(({ destroyed }) => destroyed)).toEqual([true, false]);
  });

  it('come from where a redirect led, and are refreshed there (C21)', async () => {
    const api = instance({ adapter: 'http' });
    const response = await api.get('/elsewhere/a');

    expect(response.data).toEqual({ status: 200, url: '/a' });
    expect(response.request.res.responseUrl).toBe(`${server.origin}/a`);
    expect(server.received.map(({ url }) => url)).toEqual(['/elsewhere/a', '/a', '/elsewhere/a', '/a']);
  });
});

describe('no token', () => {
  const fails: [string, () => Promise<unknown>][] = [
    ['a refusal over http', () => instance({ adapter: 'http' }).get('/a')],
    ['a refusal over fetch', () => instance({ adapter: 'fetch' }).get('/a')],
    [
      'a connection that breaks, over http',
      () => instance({ adapter: 'http', baseURL: 'http://127.0.0.1:1' }).get('/'),
    ],
    [
      'a connection that breaks, over fetch',
      () => instance({ adapter: 'fetch', baseURL: 'http://127.0.0.1:1' }).get('/'),
    ],
    ['a body over the limit, over http', () => instance({ adapter: 'http', maxBodyLength: 1 }).post('/', 'long')],
    ['a body over the limit, over fetch', () => instance({ adapter: 'fetch', maxBodyLength: 1 }).post('/', 'long')],
    ['an answer over the limit, over http', () => instance({ adapter: 'http', maxContentLength: 1 }).get('/')],
    ['an answer over the limit, over fetch', () => instance({ adapter: 'fetch', maxContentLength: 1 }).get('/')],
    [
      'too many redirects',
      () => instance({ adapter: 'http', maxRedirects: 1 }).get('/elsewhere/elsewhere/elsewhere/a'),
    ],
    [
      'fetch itself',
      () => createAuthorizedFetch(world.session, { resourceServers: ['http://127.0.0.1:1'] })('http://127.0.0.1:1/'),
    ],
  ];

  it.each(fails)('is in any property of the error of %s (C23)', async (_, start) => {
    world.backend.accepts = () => false;
    const error: unknown = await start().then(
      () => undefined,
      (reason) => reason,
    );

    expect(error).toBeInstanceOf(Error);
    expect(pathsTo('Bearer ', error)).toEqual([]);
  });

  it.each(['http', 'fetch'])('is in any property of a response over %s (C23)', async (adapter) => {
    expect(pathsTo('Bearer ', await instance({ adapter }).get('/a'))).toEqual([]);
  });
});

/** Where in a value a text can be found, enumerable or not, to any depth. */
function pathsTo(text: string, value: unknown, path = '', seen: Set<unknown> = new Set()): string[] {
  if (typeof value === 'string') return value.includes(text) ? [path] : [];
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return [];
  seen.add(value);
  const inside = value instanceof Map || value instanceof Headers ? [...(value as Map<unknown, unknown>)] : [];
  return [
    ...inside.flatMap((entry) => pathsTo(text, entry, `${path}[]`, seen)),
    ...Reflect.ownKeys(value).flatMap((key) => {
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      return pathsTo(text, descriptor?.value, `${path}.${String(key)}`, seen);
    }),
  ];
}
