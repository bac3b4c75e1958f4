import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { AuthServer } from 'latchkey/testing/msw';
import { createApi, type Received, type Route } from './api.ts';

/** A real server on this machine: sign-in, and an API that wants a token. */
export interface ApiServer {
  readonly origin: string;
  readonly auth: AuthServer;
  /** What came, but for what the authorization server was asked. */
  readonly received: Received[];
  close(): Promise<void>;
}

/** Takes a request over as Node has it; false leaves it to the routes. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse, origin: string) => boolean;

/**
 * Starts the API of the recipes on a free port.
 *
 * @param routes What it answers besides that of every recipe.
 * @param handle For libraries that are handlers of Node themselves.
 */
export async function startApi(
  routes: Readonly<Record<string, Route>> = {},
  handle: NodeHandler = () => false,
): Promise<ApiServer> {
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    if (handle(request, response, origin)) {
      const one = { line: `${method} ${url}`, authorization: headers.authorization, status: 0 };
      received.push(one);
      response.on('finish', () => Object.assign(one, { status: response.statusCode }));
      return;
    }
    const answer = await api.answer(await toRequest(request, origin));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (!answer.body) {
      response.end();
      return;
    }
    const body = Readable.fromWeb(answer.body as ReadableStream);
    body.on('error', () => response.destroy());
    response.on('close', () => body.destroy());
    body.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = createApi(origin, routes);
  const { auth, received } = api;
  return {
    origin,
    auth,
    received,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function toRequest(request: IncomingMessage, origin: string): Promise<Request> {
  const { method = 'GET', url = '/' } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const headers = request.headers as Record<string, string>;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(origin + url, { method, headers, ...(hasBody && { body: Buffer.concat(chunks) }) });
}
