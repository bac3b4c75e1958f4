// @vitest-environment node
import { once } from 'node:events';
import type { Session } from 'latchkey';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { ALICE, BOB } from './api.ts';
import { type ApiServer, startApi } from './api-server.ts';
import { standAsPage } from './node-page.ts';
import { SERVER, writeRecipe } from './recipe.ts';

let api: ApiServer;
let sockets: WebSocketServer;
let url: string;
let session: Session<typeof ALICE>;
let keepSocket: (url: string, onMessage: (data: string) => void) => () => void;
let stop: () => void;
let messages: string[];
/** What the server was connected with: the URL, and the user of the token, or why there is none. */
let connections: string[];
let open: Set<WebSocket>;
let block: Awaited<ReturnType<typeof writeRecipe>>;

beforeAll(async () => {
  api = await startApi();
  block = await writeRecipe('realtime', { [SERVER]: api.origin }, 'realtime-socket');
  sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(sockets, 'listening');
  url = `ws://127.0.0.1:${(sockets.address() as { port: number }).port}/feed`;
  sockets.on('connection', (socket, request) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.once('message', (data) => {
      const authorization = `Bearer ${JSON.parse(String(data)).token}`;
      const user = api.auth.userOf(new Request(api.origin, { headers: { authorization } }))?.username;
      connections.push(`${request.url} ${user ?? 'dead'}`);
      if (user === undefined) socket.close(4401);
      else socket.send(`hello ${user}`);
    });
  });
});
afterAll(async () => {
  sockets.close();
  await api.close();
});
beforeEach(async () => {
  standAsPage();
  vi.stubGlobal('WebSocket', WebSocket);
  vi.resetModules();
  api.auth.reset();
  messages = [];
  connections = [];
  open = new Set();
  ({ session } = (await block('session.ts')) as { session: typeof session });
  ({ keepSocket } = (await block('socket.ts')) as { keepSocket: typeof keepSocket });
});
afterEach(() => {
  stop();
  session.dispose();
  for (const socket of open) socket.terminate();
});

const listen = (): void => {
  stop = keepSocket(url, (data) => messages.push(data));
};

describe('docs/recipes/realtime.md: WebSocket', () => {
  it('connects who is signed in already, and nobody before that', async () => {
    listen();
    await session.ready;
    await session.signIn(ALICE);
    await vi.waitFor(() => expect(messages).toEqual(['hello alice']));
    listen();
    await vi.waitFor(() => expect(messages).toEqual(['hello alice', 'hello alice']));
    expect(connections).toEqual(['/feed alice', '/feed alice']);
  });

  it('comes back with a fresh token when the server says that the old one is dead', async () => {
    await session.signIn(ALICE);
    listen();
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    api.auth.expireAll();
    for (const socket of open) socket.close(4401);
    await vi.waitFor(() => expect(messages).toEqual(['hello alice', 'hello alice']));
    expect(connections).toEqual(['/feed alice', '/feed alice']);
    expect(api.auth.calls.refresh).toBe(1);
  });

  it('shares one refresh between five sockets whose token died (C6)', async () => {
    await session.signIn(ALICE);
    const stops = Array.from({ length: 5 }, () => keepSocket(url, (data) => messages.push(data)));
    stop = () => {
      for (const one of stops) one();
    };
    await vi.waitFor(() => expect(messages).toHaveLength(5));
    api.auth.expireAll();
    const [first, ...rest] = open;
    first?.close(4401);
    await vi.waitFor(() => expect(messages).toHaveLength(6));
    // These had the same dead token, and there is a newer one by now.
    for (const socket of rest) socket.close(4401);
    await vi.waitFor(() => expect(messages).toHaveLength(10));
    expect(api.auth.calls.refresh).toBe(1);
  });

  it('does not refresh when the connection merely broke', async () => {
    await session.signIn(ALICE);
    listen();
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    for (const socket of open) socket.terminate();
    await vi.waitFor(() => expect(messages).toHaveLength(2));
    expect(api.auth.calls.refresh).toBe(0);
  });

  it('closes when the user signs out, and opens for the next one', async () => {
    await session.signIn(ALICE);
    listen();
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    await session.signOut();
    await vi.waitFor(() => expect(open.size).toBe(0));
    await session.signIn(BOB);
    await vi.waitFor(() => expect(messages).toEqual(['hello alice', 'hello bob']));
    expect(connections).toEqual(['/feed alice', '/feed bob']);
  });

  it('leaves the connection of one user when another takes their place', async () => {
    await session.signIn(ALICE);
    listen();
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    await session.signIn(BOB);
    await vi.waitFor(() => expect(messages).toEqual(['hello alice', 'hello bob']));
    await vi.waitFor(() => expect(open.size).toBe(1));
  });

  it('stays closed when it was closed for good', async () => {
    await session.signIn(ALICE);
    listen();
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    stop();
    await vi.waitFor(() => expect(open.size).toBe(0));
    await session.signIn(BOB);
    await session.refresh();
    expect(connections).toEqual(['/feed alice']);
  });
});
