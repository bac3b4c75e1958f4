// @vitest-environment node
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type HttpsFront, startHttpsFront } from './https-front.mjs';
import { createPlainClient } from './plain-client.ts';

let behind: Server;
let front: HttpsFront;
let answer: (asked: IncomingMessage, answered: ServerResponse) => void;

beforeEach(async () => {
  behind = createServer((asked, answered) => answer(asked, answered));
  behind.listen(0, '127.0.0.1');
  await once(behind, 'listening');
  front = await startHttpsFront(`http://127.0.0.1:${(behind.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await front.stop();
  behind.close();
  behind.closeAllConnections();
});

it('hands a request on as it came, and says that it came by https', async () => {
  let body = '';
  answer = async (asked, answered) => {
    body = Buffer.concat(await asked.toArray()).toString();
    answered
      .writeHead(418, [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ])
      .end(JSON.stringify({ method: asked.method, url: asked.url, headers: asked.headers }));
  };
  const client = createPlainClient(front.url, front.certificate);
  const reply = await client.send('/x/?a=1', {
    method: 'PUT',
    json: { b: 2 },
    headers: { 'X-Forwarded-Proto': 'ftp' },
  });

  expect(reply.status).toBe(418);
  expect(reply.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  expect(body).toBe('{"b":2}');
  expect(reply.body).toMatchObject({ method: 'PUT', url: '/x/?a=1' });
  const host = front.url.slice('https://'.length);
  expect(reply.body.headers).toMatchObject({
    host,
    'content-length': '7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': host,
  });
});

it('hands bodies on piece by piece, in both directions', async () => {
  answer = (asked, answered) => void asked.pipe(answered);
  const asking = request(front.url, { method: 'POST', ca: front.certificate, agent: false });
  asking.write('one');
  const [answered] = (await once(asking, 'response')) as [IncomingMessage];
  expect(String((await once(answered, 'data'))[0])).toBe('one');
  asking.end('two');
  expect(String((await once(answered, 'data'))[0])).toBe('two');
});

it('answers 502 when nobody is behind it, and cuts off what is cut off behind it', async () => {
  answer = (_, answered) => {
    answered.writeHead(200, { 'Content-Length': '10' }).write('half');
    setImmediate(() => answered.destroy());
  };
  const client = createPlainClient(front.url, front.certificate);
  await expect(client.send('/')).rejects.toThrow();

  behind.close();
  behind.closeAllConnections();
  expect(await client.send('/')).toMatchObject({ status: 502 });
});
