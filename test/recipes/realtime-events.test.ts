// @vitest-environment node
import type { ServerResponse } from 'node:http';
import type { Session } from 'latchkey';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALICE, BOB } from './api.ts';
import { type ApiServer, startApi } from './api-server.ts';
import { standAsPage } from './node-page.ts';
import { SERVER, writeRecipe } from './recipe.ts';

let api: ApiServer;
let session: Session<typeof ALICE>;
let eventsOf: (url: string, signal?: AbortSignal) => AsyncGenerator<string>;
let block: Awaited<ReturnType<typeof writeRecipe>>;
/** Streams that are open now. */
let open: Set<ServerResponse>;
/** Of each request: what it said was the last that it had seen. */
let lastIds: (string | undefined)[];
/** Answers that come before any stream. */
let outages: number[];

beforeAll(async () => {
  api = await startApi({}, (request, response, origin) => {
    if (request.url !== '/events/') return false;
    const { authorization = '', 'last-event-id': lastId } = request.headers;
    lastIds.push(lastId as string | undefined);
    const user = api.auth.userOf(new Request(origin, { headers: { authorization } }))?.username;
    const status = user === undefined ? 401 : (outages.shift() ?? 200);
    response.writeHead(status, { 'Content-Type': status === 200 ? 'text/event-stream' : 'application/json' });
    if (status !== 200) {
      response.end('{}');
      return true;
    }
    open.add(response);
    response.on('close', () => open.delete(response));
    const first = Number(lastId ?? 0) + 1;
    response.write(`: a comment\r\n\r\nid: ${first}\r\ndata: ${user}\r\ndata: ${first}\r\n\r`);
    response.write('\nid: ');
    return true;
  });
  block = await writeRecipe('realtime', { [SERVER]: api.origin }, 'realtime-events');
});
afterAll(() => api.close());
beforeEach(async () => {
  standAsPage();
  // Whoever waits at random waits for nothing.
  vi.spyOn(Math, 'random').mockReturnValue(0.001);
  vi.resetModules();
  api.auth.reset();
  open = new Set();
  lastIds = [];
  outages = [];
  ({ session } = (await block('session.ts')) as { session: typeof session });
  ({ eventsOf } = (await block('events.ts')) as { eventsOf: typeof eventsOf });
  await session.signIn(ALICE);
});
afterEach(() => {
  session.dispose();
  for (const response of open) response.destroy();
});

const listen = (signal?: AbortSignal) => eventsOf(`${api.origin}/events/`, signal);

describe('docs/recipes/realtime.md: server-sent events', () => {
  it('goes on where it was when the stream ends, with a fresh token if the old one died meanwhile', async () => {
    const events = listen();
    expect((await events.next()).value).toBe('alice\n1');
    const next = events.next();
    api.auth.expireAll();
    for (const response of open) response.end();
    expect((await next).value).toBe('alice\n2');
    expect(lastIds).toEqual([undefined, '1', '1']);
    expect(api.auth.calls.refresh).toBe(1);
    await events.return(undefined);
  });

  it('tries again while the server is down', async () => {
    outages.push(503, 502);
    const events = listen();
    expect((await events.next()).value).toBe('alice\n1');
    expect(lastIds).toHaveLength(3);
    await events.return(undefined);
  });

  it('closes the connection when the loop is left, or aborted', async () => {
    for await (const event of listen()) {
      expect(event).toBe('alice\n1');
      break;
    }
    await vi.waitFor(() => expect(open.size).toBe(0));
    const controller = new AbortController();
    const events = listen(controller.signal);
    await events.next();
    const next = events.next().catch((error: Error) => error);
    controller.abort();
    expect(await next).toMatchObject({ name: 'AbortError' });
    await vi.waitFor(() => expect(open.size).toBe(0));
  });

  it('ends with the session, in the middle of the stream', async () => {
    const events = listen();
    await events.next();
    const next = events.next().catch((error: Error) => error);
    await session.signOut();
    expect(await next).toMatchObject({ code: 'signed-out', reason: 'user' });
    await vi.waitFor(() => expect(open.size).toBe(0));
  });

  it('never goes on as another user', async () => {
    const events = listen();
    await events.next();
    const next = events.next().catch((error: Error) => error);
    await session.signIn(BOB);
    expect(await next).toMatchObject({ code: 'signed-out', reason: 'user-switched' });
    expect(lastIds).toHaveLength(1);
  });

  it('is refused for good where nobody is signed in', async () => {
    await session.signOut();
    await expect(listen().next()).rejects.toMatchObject({ status: 401 });
    expect(lastIds).toHaveLength(1);
  });
});
