import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createIssuer, type Issuer, type IssuerOptions, type Reply } from './issuer.ts';

export type Endpoint = 'token' | 'refresh' | 'verify' | 'blacklist' | 'api';

/** One request as it arrived. */
export interface Seen {
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly path: string;
  /** Of the token that it brought; undefined when there was none. */
  readonly generation: number | undefined;
  /** Whose token that was. */
  readonly user: string | undefined;
  /** When, by the server's clock, in milliseconds since 1970. */
  readonly at: number;
}

/** One request while it is in the hands of a fault. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Where the second server is, which is another origin. */
  readonly elsewhere: string;
  /** Does what was asked for; called twice, twice. */
  process(): Reply;
  send(reply: Reply): void;
  /** Breaks the connection. */
  reset(): void;
}

/** What befalls a request, and what befalls its answer. */
export type Fault = (exchange: Exchange) => unknown;

/** An authorization server and a resource server on real sockets, and what goes wrong with them. */
export interface FaultServer {
  readonly issuer: Issuer;
  /** Where each of them is, such as `http://127.0.0.1:12345`. */
  readonly urls: Readonly<Record<'auth' | 'api' | 'elsewhere', string>>;
  readonly seen: Seen[];
  /** How many requests came to an endpoint, or to the second server. */
  count(endpoint: Endpoint | 'elsewhere' | 'preflight'): number;
  /** Resolves when so many have come there. */
  arrival(endpoint: Endpoint, count: number): Promise<void>;
  /** What befalls the next requests there, one after another. */
  next(endpoint: Endpoint, ...faults: readonly Fault[]): void;
  /** What befalls each that has no fault of its own; undefined for nothing. */
  every(endpoint: Endpoint, fault: Fault | undefined): void;
  /** Nothing listens on its port any more. */
  down(which: 'auth' | 'api'): Promise<void>;
  /** On the same port again. */
  up(which: 'auth' | 'api'): Promise<void>;
  close(): Promise<void>;
}

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  '/auth/token/': 'token',
  '/auth/token/refresh/': 'refresh',
  '/auth/token/verify/': 'verify',
  '/auth/token/blacklist/': 'blacklist',
};

export async function startFaultServer(options: IssuerOptions): Promise<FaultServer> {
  const issuer = createIssuer(options);
  const seen: Seen[] = [];
  const waiting = new Set<() => void>();
  const scripts = new Map<Endpoint, Fault[]>();
  const rules = new Map<Endpoint, Fault>();
  const strays = { elsewhere: 0, preflight: 0 };
  const of = (endpoint: Endpoint): Seen[] => seen.filter((one) => one.endpoint === endpoint);

  function process(endpoint: Endpoint, request: IncomingMessage, body: unknown): Reply {
    if (endpoint === 'token') return issuer.signIn(body);
    if (endpoint !== 'api') return issuer[endpoint](body);
    return issuer.serve(request.url ?? '', request.headers.authorization);
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'OPTIONS') {
      strays.preflight += 1;
      response.writeHead(204).end();
      return;
    }
    const path = request.url ?? '';
    const endpoint = ENDPOINTS[path] ?? 'api';
    const body = parse(Buffer.concat(chunks).toString()) as { refresh?: unknown } | undefined;
    const claims = issuer.read(endpoint === 'api' ? request.headers.authorization : body?.refresh);
    seen.push({
      endpoint,
      method: request.method ?? '',
      path,
      generation: claims?.generation,
      user: claims?.user_id,
      at: options.now(),
    });
    for (const look of waiting) look();
    const exchange: Exchange = {
      request,
      response,
      elsewhere: urls.elsewhere,
      process: () => process(endpoint, request, body),
      send: (reply) => send(response, reply, options.now()),
      reset: () => request.socket.resetAndDestroy(),
    };
    const fault = scripts.get(endpoint)?.shift() ?? rules.get(endpoint);
    await (fault ? fault(exchange) : exchange.send(exchange.process()));
  });
  // The same handler behind two ports: one of them can go down while the other one serves.
  const handle = server.listeners('request')[0] as (request: IncomingMessage, response: ServerResponse) => void;
  const servers = {
    auth: server,
    api: createServer(handle),
    elsewhere: createServer((_, response) => {
      strays.elsewhere += 1;
      response.end('{}');
    }),
  };
  const urls = {
    auth: await listen(servers.auth),
    api: await listen(servers.api),
    elsewhere: await listen(servers.elsewhere),
  };

  return {
    issuer,
    urls,
    seen,
    count: (what) => (what === 'elsewhere' || what === 'preflight' ? strays[what] : of(what).length),
    arrival: (endpoint, count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (of(endpoint).length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    next: (endpoint, ...faults) => void scripts.set(endpoint, [...(scripts.get(endpoint) ?? []), ...faults]),
    every(endpoint, fault) {
      if (fault) rules.set(endpoint, fault);
      else rules.delete(endpoint);
    },
    down: (which) => close(servers[which]),
    async up(which) {
      if (!servers[which].listening) await listen(servers[which], Number(new URL(urls[which]).port));
    },
    close: async () => void (await Promise.all(Object.values(servers).map(close))),
  };
}

function send(response: ServerResponse, { status, headers, body }: Reply, now: number): void {
  const type = typeof body === 'string' ? {} : { 'Content-Type': 'application/json' };
  response.writeHead(status, { Date: new Date(now).toUTCString(), ...type, ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function listen(server: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  if (server.listening) await new Promise((resolve) => server.close(resolve));
}
