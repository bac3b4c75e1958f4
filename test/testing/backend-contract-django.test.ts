// @vitest-environment node
import { simpleJwt } from 'latchkey/backends';
import { backendContract } from 'latchkey/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DjangoServer, startDjango } from '../servers/django/start.mjs';

const right = { username: 'alice', password: 'alice-pass-1' };
const wrong = { username: 'alice', password: 'not-it' };

let server: DjangoServer;

beforeAll(async () => {
  server = await startDjango();
});
afterAll(() => server.stop());

/** Two dialects. The titles are wanted before the server runs, and its URL is known only then. */
const plain = (baseUrl: string) => simpleJwt({ baseUrl });
const sliding = (baseUrl: string) =>
  simpleJwt({ baseUrl, sliding: true, paths: { obtain: 'sliding/', refresh: 'sliding/refresh/' } });

describe.each([
  ['with rotation', true, plain],
  ['without rotation', false, plain],
  ['with sliding tokens', true, sliding],
] as const)('simpleJwt on a real Django %s', (_, rotate, create) => {
  beforeAll(async () => {
    await server.reset();
    await server.set({ rotate });
  });

  for (const { title } of backendContract(create('http://127.0.0.1/auth'), { right, wrong })) {
    it(title, async () => {
      const cases = backendContract(create(`${server.url}/auth`), { right, wrong });
      await cases.find((one) => one.title === title)?.check();
    });
  }

  it('was asked by the contract at every one of its endpoints, and nowhere else', async () => {
    const asked = new Set((await server.log()).map(({ path }) => path));
    const endpoints = create(`${server.url}/auth`).endpoints ?? [];
    expect([...asked].sort()).toEqual(endpoints.map((url) => new URL(url).pathname).sort());
  });
});
