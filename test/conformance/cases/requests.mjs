import { Readable } from 'node:stream';
import axios from 'axios';
import { AxiosHeaders as OtherHeaders } from 'axios-1.7';
import { createGate } from '../stage.mjs';
import { settled } from './refresh.mjs';

/** Of the request, which is the app's. Each is refused once, and sent again. */
export const REQUESTS = [
  {
    id: 'C12',
    title: 'transformRequest runs once on what the app gave; the body that is sent twice is the same',
    transport: 'axios',
    async run(stage) {
      const server = await stage.serve();
      const client = await stage.open(server);
      server.refuseAll();
      let runs = 0;
      const transformRequest = (data, headers) => {
        runs += 1;
        headers.set('Content-Type', 'application/json');
        return JSON.stringify({ wrapped: data });
      };
      const { data } = await client.api.post('/api/notes/', { note: 'ß' }, { transformRequest: [transformRequest] });
      stage.equal(data.path, '/api/notes/', 'the answer');
      stage.equal(bodiesOf(server), ['{"wrapped":{"note":"ß"}}'], 'the bodies that were sent');
      stage.equal(runs, 1, 'runs of transformRequest');
    },
  },
  {
    id: 'C13',
    title: 'the app’s own interceptors, before and after, run once for one call; its answer is theirs',
    transport: 'axios',
    async run(stage) {
      const server = await stage.serve();
      const runs = { request: 0, response: 0, unwrap: 0 };
      const count = (name, change) => (value) => {
        runs[name] += 1;
        return change ? change(value) : value;
      };
      const client = await stage.open(server, {
        ...stage.stale(server),
        before(api) {
          api.interceptors.request.use(count('request'));
          api.interceptors.response.use(count('response'));
        },
        after: (api) => api.interceptors.response.use(count('unwrap', ({ data }) => data)),
      });
      const answer = await client.api.get('/api/me/');
      stage.equal(answer?.path, '/api/me/', 'what the caller got of an app that unwraps its answers');
      stage.equal(runs, { request: 1, response: 1, unwrap: 1 }, 'runs of the app’s interceptors');
    },
  },
  {
    id: 'C14',
    title: 'JSON, form, multipart, Blob and binary bodies arrive whole when they are sent again',
    async run(stage) {
      const form = () => {
        const data = new FormData();
        data.append('note', 'käthe');
        data.append('file', new Blob(['x'.repeat(70_000)]), 'big.txt');
        return data;
      };
      const kinds = {
        JSON: () => ({ json: 'käthe' }),
        URLSearchParams: () => new URLSearchParams({ a: '1 2' }),
        Blob: () => new Blob(['blob']),
        'typed array': () => new Uint8Array([1, 2, 3]),
        FormData: form,
      };
      for (const [name, make] of Object.entries(kinds)) {
        const server = await stage.serve();
        const client = await stage.open(server);
        server.refuseAll();
        const answer = await settled(stage, [client.send('/api/notes/', { method: 'POST', data: make() })]);
        stage.equal(answer, { 200: 1 }, `a body of ${name}`);
        const [first, second] = server.requests();
        stage.check(first.bytes.length > 0, `a body of ${name} was empty from the start`);
        const [one, two] = [first, second].map(({ bytes, headers }) => plainOf(bytes, headers['content-type']));
        stage.check(one === two, `a body of ${name} was another the second time`);
      }
    },
  },
  {
    id: 'C15',
    title: 'a body that can be read once is never sent again empty: the caller gets the refusal',
    async run(stage) {
      const server = await stage.serve();
      const client = await stage.open(server);
      server.refuseAll();
      const data = client.api
        ? Readable.from([Buffer.from('once')])
        : new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode('once'));
              controller.close();
            },
          });
      const [outcome] = await stage.outcomes([
        client.send('/api/notes/', { method: 'POST', data, headers: { 'Content-Type': 'text/plain' } }),
      ]);
      stage.check(outcome !== 'hangs', 'the request hangs');
      const bodies = server.requests().map(({ body }) => body);
      stage.equal(bodies[0], 'once', 'the body that was sent first');
      stage.check(
        bodies.every((body) => body === 'once'),
        'it was sent again, and empty',
      );
      stage.check(
        bodies.length === 2 ? outcome === 200 : outcome === 401 || outcome?.response?.status === 401,
        'the caller did not get the refusal',
      );
    },
  },
  {
    id: 'C16',
    title: 'a Request keeps its method, headers, body and redirect mode when it is sent again',
    transport: 'fetch',
    async run(stage) {
      const server = await stage.serve();
      const client = await stage.open(server);
      server.script.request = ({ path, isAuthorized }) =>
        path === '/api/moved/' && isAuthorized ? { status: 307, headers: { Location: '/api/me/' } } : undefined;
      server.refuseAll();
      const request = (path) =>
        new Request(server.origin + path, {
          method: 'PUT',
          headers: { 'X-App': '1', 'Content-Type': 'text/plain' },
          body: 'kept',
          redirect: 'manual',
        });
      const { status } = await client.fetch(request('/api/notes/'));
      stage.equal(status, 200, 'the answer');
      for (const { method, headers, body } of server.requests('/api/notes/'))
        stage.equal([method, headers['x-app'], body], ['PUT', '1', 'kept'], 'what was sent');
      server.refuseAll();
      const moved = await client.fetch(request('/api/moved/'));
      stage.equal(moved.status, 307, 'the status of a redirect that is not to be followed');
    },
  },
  {
    id: 'C17',
    title: 'baseURL, params and their serializer are applied once',
    transport: 'axios',
    async run(stage) {
      const server = await stage.serve();
      const client = await stage.open(server);
      server.refuseAll();
      await client.api.get('notes/', {
        baseURL: `${server.origin}/api/v1`,
        params: { tag: ['a', 'b'] },
        paramsSerializer: ({ tag }) => `tags=${tag.join('-')}`,
      });
      stage.equal(
        server.requests().map(({ url }) => url),
        Array(2).fill('/api/v1/notes/?tags=a-b'),
        'the URLs',
      );
    },
  },
  {
    id: 'C18',
    title: 'headers of another copy of axios work, and an Authorization that the caller set is left alone',
    transport: 'axios',
    async run(stage) {
      const server = await stage.serve();
      const client = await stage.open(server);
      const { status } = await client.api.get('/api/me/', { headers: new OtherHeaders({ 'X-App': '1' }) });
      stage.equal([status, server.requests()[0].headers['x-app']], [200, '1'], 'headers of another copy');
      await client.api.get('/api/me/', { headers: { Authorization: 'Basic b3du' } }).catch(() => {});
      stage.check(server.requests()[1].authorization === 'Basic b3du', 'the Authorization of the caller was replaced');
    },
  },
  {
    id: 'C19',
    title: 'an abort while a request waits for the refresh rejects it at once, and the refresh goes on for the others',
    async run(stage) {
      const server = await stage.serve();
      const held = createGate();
      server.script.refresh = async () => {
        await held.passed;
      };
      const client = await stage.open(server, stage.stale(server));
      const controller = new AbortController();
      const one = client.send('/api/one/', { signal: controller.signal });
      const other = client.send('/api/other/');
      await stage.until(() => server.refreshes() === 1, 'no refresh was sent');
      await stage.wait(50);
      controller.abort();
      const [error] = await stage.outcomes([one], 500);
      held.open();
      stage.check(error !== 'hangs', 'it waited for the refresh all the same');
      stage.check(
        axios.isCancel(error) || error?.name === 'AbortError' || /abort/i.test(error?.message),
        `rejected as ${error?.name}`,
      );
      stage.equal(await settled(stage, [other]), { 200: 1 }, 'the other request');
      stage.equal(server.refreshes(), 1, 'refreshes');
    },
  },
];

/** The bodies that came, without those that are equal to one before. */
function bodiesOf(server) {
  return [...new Set(server.requests().map(({ body }) => body))];
}

/** A body without its boundary, which may be another each time but has to be the one of its header. */
function plainOf(bytes, type = '') {
  const boundary = /boundary=(.+)$/.exec(type)?.[1];
  const text = bytes.toString('latin1');
  if (boundary === undefined) return text;
  return text.includes(`--${boundary}--`) ? text.replaceAll(boundary, 'boundary') : 'no such boundary';
}
