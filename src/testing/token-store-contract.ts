import type { TokenStore } from '../stores/token-store.ts';
import { decodeRecord, RECORD_VERSION, type SessionRecord } from '../token/session-record.ts';
import { createTokenSet } from '../token/token-set.ts';
import { type ContractCase, demand } from './contract.ts';

/** The one begins with the other, and is not the other. */
const NAMES = ['contract', 'contract.other'] as const;

/**
 * What every token store must do. Runs in any test runner.
 *
 * @param create Gives a fresh view of the same storage at each call, as a reload of the page would; the storage itself
 *   is empty when a case begins. A store that keeps its data in its own memory may give the same one.
 * @example
 * for (const { title, check } of tokenStoreContract(() => myStore())) test(title, check)
 */
export function tokenStoreContract(create: () => TokenStore): readonly ContractCase[] {
  const read = async (store: TokenStore, name = 'contract'): Promise<SessionRecord | undefined> =>
    decodeRecord(await store.load(name)).record;

  const cases: ContractCase[] = [
    {
      title: 'says who sees it, and whether it is synchronous',
      async check() {
        const store = create();
        demand(store.scope === 'tab' || store.scope === 'origin', "scope must be 'tab' or 'origin'");
        demand(typeof store.synchronous === 'boolean', 'synchronous must be true or false');
        const given = [store.load('contract'), store.save('contract', sample(1)), store.clear('contract')];
        await Promise.all(given);
        demand(!store.synchronous || !given.some(isThenable), 'a synchronous store must not give promises');
      },
    },
    {
      title: 'shows nothing before anything was saved',
      check: async () =>
        demand((await read(create())) === undefined, 'load must give undefined for a name never saved'),
    },
    {
      title: 'gives back what was saved, to the last field',
      async check() {
        await create().save('contract', sample(1));
        demand(same(await read(create()), sample(1)), 'load must give the record as it was saved');
      },
    },
    {
      title: 'replaces the record before',
      async check() {
        const store = create();
        await store.save('contract', sample(1));
        await store.save('contract', sample(2));
        demand(same(await read(store), sample(2)), 'load must give the record that was saved last');
      },
    },
    {
      title: 'keeps names apart',
      async check() {
        const store = create();
        for (const [kept, cleared] of [NAMES, [NAMES[1], NAMES[0]]] as const) {
          await store.save(kept, sample(1));
          await store.save(cleared, sample(2));
          await store.clear(cleared);
          demand(same(await read(store, kept), sample(1)), 'what is done under one name must not touch another');
        }
      },
    },
    {
      title: 'shows nothing after a clear, and clears twice',
      async check() {
        const store = create();
        await store.save('contract', sample(1));
        await store.clear('contract');
        await store.clear('contract');
        demand((await read(create())) === undefined, 'load must give undefined after clear');
      },
    },
    {
      title: 'keeps a record without a refresh token, and one of an opaque token',
      async check() {
        const store = create();
        const bare = { ...sample(1), tokens: createTokenSet({ accessToken: 'opaque~token+/=' }, 0) };
        await store.save('contract', bare);
        demand(same(await read(store), bare), 'absent fields must stay absent, and tokens must keep every character');
      },
    },
    {
      title: 'lets go of a subscription, also twice',
      async check() {
        const store = create();
        if (store.subscribe === undefined) return;
        const unsubscribe = store.subscribe('contract', () => {});
        demand(typeof unsubscribe === 'function', 'subscribe must give the function that ends it');
        unsubscribe();
        unsubscribe();
      },
    },
  ];
  return cases.map(({ title, check }) => ({
    title,
    async check() {
      for (const name of NAMES) await create().clear(name);
      await check();
      for (const name of NAMES) await create().clear(name);
    },
  }));
}

function sample(generation: number): SessionRecord {
  const tokens = createTokenSet(
    {
      accessToken: `access.${generation}`,
      refreshToken: `refresh.${generation}`,
      scope: 'read write',
      lifetime: 60_000,
    },
    0,
  );
  return {
    version: RECORD_VERSION,
    sessionId: '0123456789abcdef',
    generation,
    receivedAt: Date.now(),
    signedInAt: Date.UTC(2030, 0),
    subject: 'käthe 🔑',
    remember: true,
    tokens,
  };
}

/** Absent and undefined are the same to JSON; the time at which the samples were made differs. */
function same(a: SessionRecord | undefined, b: SessionRecord): boolean {
  return JSON.stringify({ ...a, receivedAt: 0 }) === JSON.stringify({ ...b, receivedAt: 0 });
}

function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
