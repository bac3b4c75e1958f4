import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it came over the wire. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface EchoServer {
  readonly origin: string;
  readonly received: Received[];
  close(): Promise<void>;
}

/** A real resource server on this machine: 200 where the `Authorization` is accepted, else 401 with a JSON body. */
export async function startEchoServer(accepts: (authorization: string | undefined) => boolean): Promise<EchoServer> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    received.push({ method, url, headers, body: Buffer.concat(chunks) });
    if (url.startsWith('/elsewhere')) {
      response.writeHead(307, { Location: url.replace('/elsewhere', '') }).end();
      return;
    }
    const status = accepts(headers.authorization) ? 200 : 401;
    response.writeHead(status, { 'Content-Type': 'application/json', 'X-Status': String(status) });
    response.end(JSON.stringify({ status, url }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
