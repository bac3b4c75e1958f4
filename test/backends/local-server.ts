import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BackendContext } from '../../src/backends/backend.ts';

/** One request as a server on this machine saw it. */
export interface Got {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface LocalServer {
  readonly url: string;
  readonly got: Got[];
  close(): Promise<void>;
}

/** Starts a server that answers as it is told to. */
export async function startServer(answer: (response: ServerResponse, got: Got) => void): Promise<LocalServer> {
  const got: Got[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    const seen = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
    got.push(seen);
    answer(response, seen);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    got,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** What a backend's functions are given; `fetch` may be one that answers without a network. */
export function contextOf(
  send: typeof fetch = fetch,
  signal: AbortSignal = new AbortController().signal,
): BackendContext {
  return { signal, now: () => Date.UTC(2030, 0, 1), fetch: (input, init) => send(input, init) };
}

/** A fetch that answers each request alike. */
export function answering(body: unknown, status = 200, headers: Record<string, string> = {}): typeof fetch {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return async () => new Response(status === 204 ? null : text, { status, headers });
}
