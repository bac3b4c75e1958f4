// @vitest-environment node
import { Readable } from 'node:stream';
import axios from 'axios';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EchoServer, startEchoServer } from '../support/echo-server.ts';
import { ALICE, createWorld, type World } from '../support/world.ts';

let world: World;
let server: EchoServer;
let send: typeof fetch;

beforeEach(async () => {
  world = createWorld();
  server = await startEchoServer((authorization) => world.backend.accepts(authorization));
  send = createAuthorizedFetch(world.session, { resourceServers: [server.origin] });
  await world.session.signIn(ALICE);
});
afterEach(() => server.close());

const webStream = () => new Blob(['once']).stream();
async function* generator() {
  yield Buffer.from('once');
}
function instance(adapter: string) {
  const api = axios.create({ baseURL: server.origin, adapter, validateStatus: null, maxRedirects: 0 });
  attachSession(api, world.session);
  return api;
}

const sends: [string, () => Promise<{ readonly status: number }>][] = [
  ['a node stream of axios', () => instance('http').post('/', Readable.from([Buffer.from('once')]))],
  ['a web stream of axios', () => instance('fetch').post('/', webStream())],
  ['a web stream of fetch', () => send(server.origin, { method: 'POST', body: webStream(), duplex: 'half' } as never)],
  ['a generator of fetch', () => send(server.origin, { method: 'POST', body: generator(), duplex: 'half' } as never)],
  [
    'a web stream in the init of a Request',
    () => send(new Request(server.origin, { method: 'POST' }), { body: webStream(), duplex: 'half' } as never),
  ],
];

describe('a body that can be read once', () => {
  it.each(sends)('arrives when the token is good: %s (C15)', async (_, start) => {
    expect((await start()).status).toBe(200);
    expect(server.received.map(({ body }) => body.toString())).toEqual(['once']);
  });

  it.each(sends)('is sent once, and never again empty; the refusal comes back: %s (C15)', async (_, start) => {
    world.backend.expireAll();

    expect((await start()).status).toBe(401);
    expect(server.received.map(({ body }) => body.toString())).toEqual(['once']);
    expect(world.events).toContain('diagnostic:body-not-replayable');
    // The refresh goes on all the same, so that the app's own second try is good.
    expect((await send(server.origin, { method: 'POST', body: 'again' })).status).toBe(200);
    expect(world.backend.calls.refresh).toBe(1);
  });

  it.each(sends)('waits unread for a token that has expired: %s (C15)', async (_, start) => {
    await world.clock.advance(300_000);

    expect((await start()).status).toBe(200);
    expect(server.received.map(({ body }) => body.toString())).toEqual(['once']);
  });

  it('is sent again where the platform lets it be copied: a stream in a Request (C15)', async () => {
    world.backend.expireAll();
    const request = new Request(server.origin, { method: 'POST', body: webStream(), duplex: 'half' } as never);

    expect((await send(request)).status).toBe(200);
    expect(server.received.map(({ body }) => body.toString())).toEqual(['once', 'once']);
    expect(request.bodyUsed).toBe(true);
  });

  it('is sent again when init has a body of null, which leaves the Request its own (C15)', async () => {
    world.backend.expireAll();

    expect((await send(new Request(server.origin, { method: 'POST', body: 'x' }), { body: null })).status).toBe(200);
    expect(server.received.map(({ body }) => body.toString())).toEqual(['x', 'x']);
  });

  it('is refused as fetch refuses it when it was used before (C15)', async () => {
    const request = new Request(server.origin, { method: 'POST', body: 'x' });
    await request.text();

    await expect(send(request)).rejects.toThrow(TypeError);
    expect(server.received).toHaveLength(0);
  });

  it('is refused as fetch refuses it, and never by a throw, while somebody else reads it (C15)', async () => {
    const request = new Request(server.origin, { method: 'POST', body: 'x' });
    request.body?.getReader();

    await expect(Promise.resolve(send(request).catch((error) => error))).resolves.toBeInstanceOf(TypeError);
    expect(server.received).toHaveLength(0);
  });

  it('leaves the caller a copy of a Request of its own (C23)', async () => {
    world.backend.expireAll();
    const request = new Request(server.origin, { method: 'POST', body: 'x' });
    const copy = request.clone();

    expect((await send(request)).status).toBe(200);
    expect(await copy.text()).toBe('x');
    expect(request.headers.has('Authorization')).toBe(false);
  });
});
