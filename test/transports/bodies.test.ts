// @vitest-environment node
import axios, { type AxiosInstance } from 'axios';
import axios17 from 'axios-1.7';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EchoServer, type Received, startEchoServer } from '../support/echo-server.ts';
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

const bytes = new Uint8Array([0, 255, 1, 254, 13, 10, 128]);
const big = 'ß'.repeat(300_000);

/** Sends a body with one client, and gives what came over the wire: the refused request, then the accepted one. */
type Send = (body: unknown, headers?: Record<string, string>) => Promise<unknown>;

function axiosOver(create: () => AxiosInstance): Send {
  return async (body, headers) => {
    const api = create();
    api.defaults.baseURL = server.origin;
    attachSession(api, world.session);
    return api.post('/', body, headers && { headers });
  };
}

const clients: Record<string, Send> = {
  'axios over http': axiosOver(() => axios.create({ adapter: 'http' })),
  'axios over fetch': axiosOver(() => axios.create({ adapter: 'fetch' })),
  'axios 1.7 over http': axiosOver(() => axios17.create({ adapter: 'http' }) as never),
  fetch: async (body, headers) => {
    const send = createAuthorizedFetch(world.session, { resourceServers: [server.origin] });
    return send(server.origin, { method: 'POST', body: body as BodyInit, ...(headers && { headers }) });
  },
  'fetch with a Request': async (body, headers) => {
    const send = createAuthorizedFetch(world.session, { resourceServers: [server.origin] });
    return send(new Request(server.origin, { method: 'POST', body: body as BodyInit, ...(headers && { headers }) }));
  },
};

function sentTwice(): readonly [Received, Received] {
  expect(world.backend.calls.refresh).toBe(1);
  expect(server.received).toHaveLength(2);
  const [first, second] = server.received as [Received, Received];
  expect(world.backend.accepts(first.headers.authorization)).toBe(false);
  expect(world.backend.accepts(second.headers.authorization)).toBe(true);
  for (const { headers, body } of server.received) {
    if (headers['content-length'] !== undefined) expect(Number(headers['content-length'])).toBe(body.length);
  }
  return [first, second];
}

/** What a server's form parser makes of a body, with the boundary that its own header names. */
async function formOf({ body, headers }: Received): Promise<Record<string, unknown>> {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'Content-Type': headers['content-type'] ?? '' },
  }).formData();
  const entries = [...form].map(async ([name, value]) => {
    if (typeof value === 'string') return [name, value];
    return [name, [value.name, value.type, [...new Uint8Array(await value.arrayBuffer())]]];
  });
  return Object.fromEntries(await Promise.all(entries));
}

describe.each(Object.entries(clients))('%s', (client, send) => {
  it.each<[string, () => unknown, Buffer]>([
    ['a JSON text', () => '{"a":"ß"}', Buffer.from('{"a":"ß"}')],
    ['a large text', () => big, Buffer.from(big)],
    ['URLSearchParams', () => new URLSearchParams({ a: '1 2', b: 'ß&' }), Buffer.from('a=1+2&b=%C3%9F%26')],
    ['a Blob', () => new Blob([bytes], { type: 'image/x' }), Buffer.from(bytes)],
    ['a typed array', () => bytes.slice(), Buffer.from(bytes)],
    ['an ArrayBuffer', () => bytes.slice().buffer, Buffer.from(bytes)],
    ['an empty text', () => '', Buffer.alloc(0)],
  ])('sends %s again intact (C14)', async (_, body, expected) => {
    await send(body());

    for (const { body: sent } of sentTwice()) expect(sent.equals(expected)).toBe(true);
  });

  it('sends FormData again with a boundary that fits (C14)', async () => {
    const form = new FormData();
    form.append('name', 'ß');
    form.append('file', new Blob([bytes], { type: 'image/x' }), 'ä.bin');
    // The axios of node wants to be told.
    await send(form, client.startsWith('axios') ? { 'Content-Type': 'multipart/form-data' } : undefined);

    for (const received of sentTwice()) {
      expect(await formOf(received)).toEqual({ name: 'ß', file: ['ä.bin', 'image/x', [...bytes]] });
    }
  });

  it('keeps the content type that the caller chose (C14)', async () => {
    await send('<a/>', { 'Content-Type': 'application/xml' });

    for (const { headers } of sentTwice()) expect(headers['content-type']).toBe('application/xml');
  });
});

describe('axios', () => {
  it.each(['http', 'fetch'])('transforms the data once, on the original, over %s (C12)', async (adapter) => {
    const given: unknown[] = [];
    const api = axios.create({
      baseURL: server.origin,
      adapter,
      transformRequest: [
        (data) => {
          given.push(data);
          return JSON.stringify({ wrapped: data, time: given.length });
        },
      ],
    });
    attachSession(api, world.session);
    const data = { a: 1 };
    await api.post('/', data);

    expect(given).toEqual([data]);
    for (const { body } of sentTwice()) expect(JSON.parse(body.toString())).toEqual({ wrapped: { a: 1 }, time: 1 });
  });

  it.each(['http', 'fetch'])(
    'sends an object as JSON, a form and a multipart form again, over %s (C14)',
    async (name) => {
      const api = axios.create({ baseURL: server.origin, adapter: name });
      attachSession(api, world.session);
      const form = new FormData();
      form.append('a', 'ß');
      form.append('file', new Blob([bytes], { type: 'image/x' }), 'a.bin');
      await api.post('/json', { a: 'ß' });
      const [, json] = sentTwice();
      world.backend.expireAll();
      await api.post('/form', { a: 'ß' }, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
      world.backend.expireAll();
      await api.postForm('/multipart', form);

      expect(JSON.parse(json.body.toString())).toEqual({ a: 'ß' });
      expect(server.received.slice(2, 4).map(({ body }) => body.toString())).toEqual(['a=%C3%9F', 'a=%C3%9F']);
      for (const received of server.received.slice(4)) {
        expect(await formOf(received)).toEqual({ a: 'ß', file: ['a.bin', 'image/x', [...bytes]] });
      }
      expect(server.received).toHaveLength(6);
    },
  );

  it('keeps a multipart body intact when another adapter was put in the place of ours (C14, C21)', async () => {
    const api = axios.create({ baseURL: server.origin });
    api.interceptors.request.use((config) => ({ ...config, adapter: 'http' }));
    attachSession(api, world.session);
    await world.session.refresh();
    const form = new FormData();
    form.append('file', new Blob([bytes]), 'a.bin');
    await api.post('/', form, { headers: { 'Content-Type': 'multipart/form-data' } });

    expect(server.received.map(({ headers }) => headers.authorization !== undefined)).toEqual([false, true]);
    for (const received of server.received) {
      expect(await formOf(received)).toEqual({ file: ['a.bin', 'application/octet-stream', [...bytes]] });
    }
  });
});
