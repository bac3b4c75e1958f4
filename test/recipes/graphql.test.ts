// @vitest-environment node
import type { ApolloClient } from '@apollo/client';
import { gql } from '@apollo/client';
import type { Client } from '@urql/core';
import type { Session } from 'latchkey';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALICE, BOB } from './api.ts';
import type { ApiServer } from './api-server.ts';
import { startGraphql } from './graphql-api.ts';
import { standAsPage } from './node-page.ts';
import { SERVER, writeRecipe } from './recipe.ts';

interface Reader {
  /** From the cache, where it is there. */
  orders(): Promise<unknown>;
  /** Never from the cache. */
  freshOrders(number: number): Promise<unknown>;
  order(what: string): Promise<unknown>;
}
type Module = Readonly<Record<string, unknown>>;

const ORDERS = '{ orders }';
const ORDER = 'mutation ($what: String!) { order(what: $what) }';

const CLIENTS: Readonly<Record<string, (module: Module) => Reader>> = {
  apollo: (module) => {
    const client = (): ApolloClient => module.client as ApolloClient;
    // By an alias, because Apollo sends the same query at the same time once.
    const fresh = (number: number) => gql(`{ orders${number}: orders }`);
    return {
      orders: async () => (await client().query({ query: gql(ORDERS) })).data,
      freshOrders: async (number) =>
        Object.values(
          (await client().query<Record<string, unknown>>({ query: fresh(number), fetchPolicy: 'network-only' })).data ??
            {},
        )[0],
      order: async (what) => (await client().mutate({ mutation: gql(ORDER), variables: { what } })).data,
    };
  },
  urql: (module) => {
    const client = (): Client => module.client as Client;
    const read = async (source: ReturnType<Client['query']>): Promise<Record<string, unknown>> => {
      const { data, error } = await source.toPromise();
      if (error) throw error.networkError ?? error;
      return data as Record<string, unknown>;
    };
    return {
      orders: () => read(client().query(ORDERS, {})),
      freshOrders: async (number) =>
        Object.values(
          await read(client().query(`{ orders${number}: orders }`, {}, { requestPolicy: 'network-only' })),
        )[0],
      order: (what) => read(client().mutation(ORDER, { what }) as never),
    };
  },
};

let api: ApiServer;
let block: Awaited<ReturnType<typeof writeRecipe>>;
let session: Session<typeof ALICE>;

beforeAll(async () => {
  api = await startGraphql();
  block = await writeRecipe('graphql', { [SERVER]: api.origin });
});
afterAll(() => api.close());
beforeEach(() => {
  standAsPage();
  vi.resetModules();
  api.auth.reset();
  api.received.length = 0;
});
afterEach(() => session.dispose());

describe.each(Object.entries(CLIENTS))('docs/recipes/graphql.md: %s', (file, use) => {
  let reader: Reader;

  beforeEach(async () => {
    const module = await block(`${file}.ts`);
    reader = use(module);
    ({ session } = module as { session: typeof session });
    await session.signIn(ALICE);
  });

  it('sends twenty queries on a token that is refused with status 200 once more, after one refresh (C1)', async () => {
    api.auth.expireAll();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, number) => reader.freshOrders(number)));
    expect(answers).toEqual(Array(20).fill(['a lamp of alice']));
    expect(api.auth.calls.refresh).toBe(1);
    expect(api.received).toHaveLength(40);
  });

  it('sends a mutation once more as it was (C14)', async () => {
    api.auth.expireAll();
    expect(await reader.order('a chair')).toMatchObject({ order: 'a chair of alice' });
    expect(api.received).toHaveLength(2);
  });

  it('answers from its cache while the user stays, and shows the next user nothing of it (OUT-8)', async () => {
    expect(await reader.orders()).toMatchObject({ orders: ['a lamp of alice'] });
    await session.refresh();
    await reader.orders();
    expect(api.received).toHaveLength(1);
    await session.signIn(BOB);
    expect(await reader.orders()).toMatchObject({ orders: ['a lamp of bob'] });
    await session.signOut();
    await session.signIn(ALICE);
    expect(await reader.orders()).toMatchObject({ orders: ['a lamp of alice'] });
    expect(api.received).toHaveLength(3);
  });

  it('does not let an answer that comes late into the cache of the next user (C35)', async () => {
    api.auth.expireAll();
    api.auth.delay(50);
    const late = reader.orders().catch((error: Error) => error);
    await vi.waitFor(() => expect(api.auth.calls.refresh).toBe(1));
    await session.signOut();
    expect(await late).toBeInstanceOf(Error);
    api.auth.delay(0);
    await session.signIn(BOB);
    expect(await reader.orders()).toMatchObject({ orders: ['a lamp of bob'] });
  });
});
