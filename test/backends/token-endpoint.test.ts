// @vitest-environment node
import { afterEach, describe, expect, it } from 'vitest';
import { callTokenEndpoint, endpointUrl, type TokenEndpointAnswer } from '../../src/backends/token-endpoint.ts';
import { answering, contextOf, type LocalServer, startServer } from './local-server.ts';

const SECRETS = { username: 'alice', password: 'CANARY-password', refresh: 'CANARY-refresh' };
const servers: LocalServer[] = [];

async function serve(...given: Parameters<typeof startServer>): Promise<LocalServer> {
  const server = await startServer(...given);
  servers.push(server);
  return server;
}

function call(url: string, context = contextOf()): Promise<TokenEndpointAnswer> {
  return callTokenEndpoint({ url, json: SECRETS }, context);
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

describe('one POST to the token endpoint', () => {
  it('is JSON, without cookies, cache, referrer or a token, and gives status and body', async () => {
    const server = await serve((response) => response.end('{"access":"a"}'));
    const url = `${server.url}/token/`;
    const answer = { url, status: 200, isOk: true, isPage: false, body: { access: 'a' }, retryAfter: undefined };
    expect(await call(url)).toEqual(answer);
    const [got] = server.got;
    expect(JSON.parse(got?.body ?? '')).toEqual(SECRETS);
    expect(got).toMatchObject({ method: 'POST', path: '/token/', headers: { 'content-type': 'application/json' } });
    for (const name of ['cookie', 'referer', 'authorization']) expect(got?.headers).not.toHaveProperty(name);
  });

  it('is sent with every guard that fetch has (RED-1, ATT-11, OAU-4)', async () => {
    let init: RequestInit = {};
    await call(
      'https://auth.example.com/token/',
      contextOf(async (_, given = {}) => {
        init = given;
        return Response.json({});
      }),
    );
    expect(init).toMatchObject({
      method: 'POST',
      redirect: 'error',
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
  });

  it.each([301, 302, 303, 307, 308])(
    'is not sent on to where a %d points: the other server gets nothing at all (RED-1)',
    async (status) => {
      const thief = await serve((response) => response.end('{"access":"evil"}'));
      const server = await serve((response) => response.writeHead(status, { Location: `${thief.url}/token/` }).end());
      const error = await call(`${server.url}/token/`).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'auth-unavailable' });
      expect(server.got).toHaveLength(1);
      expect(thief.got).toEqual([]);
    },
  );

  it.each([
    ['opaqueredirect', { type: 'opaqueredirect', status: 0 }],
    ['followed all the same', { redirected: true, status: 200 }],
    ['opaque', { type: 'opaque', status: 0 }],
    ['an error of the network', { type: 'error', status: 0 }],
  ])('takes an answer that is %s, as a service worker may give, for none (RED-4)', async (_, shape) => {
    const response = Object.create(Response.json({ access: 'evil' }), {
      type: { value: 'basic' },
      redirected: { value: false },
      body: { value: null },
      headers: { value: new Headers() },
      ...Object.fromEntries(Object.entries(shape).map(([key, value]) => [key, { value }])),
    }) as Response;
    const answer = call(
      'https://auth.example.com/token/',
      contextOf(async () => response),
    );
    await expect(answer).rejects.toMatchObject({ code: 'auth-unavailable' });
  });

  it('gives up a body of more than 1 MiB, and closes the connection (ROT-9)', async () => {
    let written = 0;
    const server = await serve((response) => {
      const chunk = 'x'.repeat(64 * 1024);
      const write = (): void => {
        while (!response.destroyed && written < 64 * 1024 * 1024) {
          written += chunk.length;
          if (!response.write(chunk)) break;
        }
      };
      response.on('drain', write);
      write();
    });
    await expect(call(server.url)).rejects.toMatchObject({ code: 'auth-unavailable' });
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  it.each([
    ['an HTML page', '<!doctype html><title>Sign in to the Wi-Fi</title>'],
    ['truncated JSON', '{"access":"abc'],
    ['nothing', ''],
    ['JSON with garbage after it', '{"access":"a"}<!-- served by proxy -->'],
    ['binary data', '\u0000\u0001\ufffd'],
  ])('reads %s as no body, and does not throw (ROT-9, C24)', async (_, text) => {
    const server = await serve((response) => response.end(text));
    expect(await call(server.url)).toMatchObject({ status: 200, body: undefined });
  });

  it('reads JSON in pieces that cut through a character', async () => {
    const bytes = Buffer.from('{"detail":"käthe 🔑"}');
    const server = await serve((response) => {
      for (const byte of bytes) response.write(Buffer.of(byte));
      response.end();
    });
    expect((await call(server.url)).body).toEqual({ detail: 'käthe 🔑' });
  });

  it.each([
    ['a connection that is refused', async () => (await closedServer()).url],
    ['a connection that is cut', async () => (await serve((response) => response.destroy())).url],
    [
      'a body that is cut',
      async () =>
        (
          await serve((response) => {
            response.writeHead(200, { 'Content-Length': '1000' });
            response.write('{', () => response.destroy());
          })
        ).url,
    ],
  ])('takes %s for no verdict, and its error shows nothing of what was sent (LOG-2, C24)', async (_, where) => {
    const error = await call(await where()).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: 'auth-unavailable', cause: expect.any(Error) });
    expect(`${error} ${(error as Error).cause} ${JSON.stringify(error)}`).not.toContain('CANARY');
  });

  it('can be given up by the engine, and says that the answer did not come in time', async () => {
    const controller = new AbortController();
    const server = await serve(() => controller.abort());
    await expect(call(server.url, contextOf(fetch, controller.signal))).rejects.toThrow('did not answer in time');
  });

  it('makes a safe error of a fetch that throws whatever it was given (LOG-2)', async () => {
    const failing: typeof fetch = async (input, init) => {
      throw Object.assign(new TypeError(`cannot send ${init?.body}`), { request: { input, init } });
    };
    const error = await call('https://auth.example.com/', contextOf(failing)).catch(
      (thrown: unknown) => thrown as Error,
    );
    expect((error as Error).cause).toMatchObject({ name: 'TypeError' });
    expect(`${error} ${(error as Error).cause} ${JSON.stringify((error as Error).cause)}`).not.toContain('CANARY');
  });

  it('survives a signal that is aborted before it is sent', async () => {
    const send = answering({ access: 'a' });
    const aborted: typeof fetch = async (input, init) => {
      init?.signal?.throwIfAborted();
      return send(input, init);
    };
    const answer = call('https://auth.example.com/', contextOf(aborted, AbortSignal.abort()));
    await expect(answer).rejects.toMatchObject({ code: 'auth-unavailable' });
  });
});

describe('endpointUrl', () => {
  it('puts a path below the base, with or without a slash at its end', () => {
    expect(endpointUrl('https://api.example.com/auth', 'token/', false)).toBe('https://api.example.com/auth/token/');
    expect(endpointUrl('https://api.example.com/auth/', 'token/', false)).toBe('https://api.example.com/auth/token/');
  });

  it.each([
    ['http://api.example.com/auth', 'https'],
    ['ftp://api.example.com/auth', 'https'],
    ['ws://api.example.com/auth', 'https'],
    ['javascript:alert(1)', 'URL'],
    ['data:text/plain,x', 'URL'],
    ['https://', 'URL'],
    ['https://alice:CANARY@api.example.com/auth', 'user'],
    ['https://api.example.com/auth?tenant=1', 'query'],
    ['https://api.example.com/auth#x', 'fragment'],
  ])('refuses %s, and does not repeat a password (ATT-4, ATT-10)', (baseUrl, why) => {
    expect(() => endpointUrl(baseUrl, 'token/', false)).toThrow(TypeError);
    expect(() => endpointUrl(baseUrl, 'token/', false)).toThrow(why);
    expect(() => endpointUrl(baseUrl, 'token/', false)).not.toThrow('CANARY');
  });

  it('lets plain http go to this machine, and beyond it only when that is allowed (ATT-4)', () => {
    expect(endpointUrl('http://localhost:8000', 'token/', false)).toBe('http://localhost:8000/token/');
    expect(endpointUrl('http://auth.intranet', 'token/', true)).toBe('http://auth.intranet/token/');
    expect(() => endpointUrl('javascript:alert(1)', 'token/', true)).toThrow(TypeError);
    expect(() => endpointUrl('ftp://auth.intranet', 'token/', true)).toThrow(TypeError);
  });
});

async function closedServer(): Promise<LocalServer> {
  const server = await startServer(() => {});
  await server.close();
  return server;
}
