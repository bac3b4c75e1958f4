// @vitest-environment node
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { itemsOf } from '../../demo/server/items.ts';
import { type DjangoServer, startDjango } from './django/start.mjs';

describe('the list in pages', () => {
  let server: DjangoServer;
  beforeAll(async () => {
    server = await startDjango();
  });
  afterAll(() => server.stop());

  it('has 45 items of whoever asks, ten on a page', async () => {
    for (const username of ['alice', 'bob']) {
      const authorization = await signIn(username);
      const names: string[] = [];
      for (let url: string | null = `${server.url}/api/items/`; url !== null; ) {
        const { count, next, results } = (await (await get(url, authorization)).json()) as {
          count: number;
          next: string | null;
          results: { name: string }[];
        };
        expect(count).toBe(45);
        expect(results).toHaveLength(next === null ? 5 : 10);
        names.push(...results.map(({ name }) => name));
        url = next;
      }
      expect(names).toEqual(Array.from({ length: 45 }, (_, index) => `Item ${index + 1} of ${username}`));
    }
  });

  it.each(['', '?page=1', '?page=2', '?page=5'])('is the same from the server inside the demo: "%s"', async (query) => {
    const url = `${server.url}/api/items/${query}`;
    const response = await get(url, await signIn('alice'));
    expect(response.status).toBe(200);
    // Without a query, the first page: how the link back to it is written is DRF's own affair.
    const unlinked = { previous: expect.toBeOneOf([null, expect.any(String)]) };
    expect(await response.json()).toEqual({ ...itemsOf('alice', new URL(url)), ...unlinked });
  });

  it.each(['?page=0', '?page=6', '?page=-1', '?page=x'])('has no page "%s", as that server has none', async (query) => {
    const url = `${server.url}/api/items/${query}`;
    const response = await get(url, await signIn('alice'));
    expect([response.status, await response.json()]).toEqual([404, { detail: 'Invalid page.' }]);
    expect(itemsOf('alice', new URL(url))).toBeUndefined();
  });

  it('is for signed-in users', async () => {
    expect((await get(`${server.url}/api/items/`, '')).status).toBe(401);
  });

  function get(url: string, authorization: string): Promise<Response> {
    return fetch(url, authorization === '' ? {} : { headers: { Authorization: authorization } });
  }

  async function signIn(username: string): Promise<string> {
    const response = await fetch(`${server.url}/auth/token/`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username, password: `${username}-pass-1` }),
    });
    return `Bearer ${((await response.json()) as { access: string }).access}`;
  }
});
