import axios, { type AxiosAdapter, AxiosError } from 'axios';
import fc from 'fast-check';
import { AuthUnavailableError, createSession, customStore, memoryStore, type TokenStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { createFakeBackend, createFakeClock } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';

/** What may happen at any moment, in any order, between any two awaits of the engine. */
const action = fc.constantFrom(
  'request',
  'request',
  'expire',
  'refuse',
  'revoke',
  'alice',
  'bob',
  'out',
  'refresh',
  'fail',
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

interface Sent {
  readonly id: number;
  /** Who was signed in when the app made the request. */
  readonly madeBy: string | undefined;
  readonly authorization: string | undefined;
}

/** Runs actions under a scheduler that owns every answer of the two servers, and checks the invariants at rest. */
async function play(scheduler: fc.Scheduler, actions: readonly Action[], makeStore: () => TokenStore): Promise<void> {
  const clock = createFakeClock();
  const store = makeStore();
  const backend = createFakeBackend({ now: () => clock.now() });
  const { signIn, refresh } = backend;
  let refreshing = 0;
  let isFailing = false;
  backend.signIn = async (credentials, context) => {
    await scheduler.schedule(Promise.resolve(), 'sign-in');
    return (await signIn?.(credentials, context)) ?? {};
  };
  backend.refresh = async (record, context) => {
    refreshing += 1;
    expect(refreshing, 'one refresh at a time (I1)').toBe(1);
    try {
      await scheduler.schedule(Promise.resolve(), 'refresh');
      if (isFailing) throw new AuthUnavailableError('503');
      return (await refresh?.(record, context)) ?? {};
    } finally {
      refreshing -= 1;
    }
  };
  const session = createSession({ backend, store, clock });
  const events: string[] = [];
  session.on('signed-in', ({ user }) => events.push(`in ${user.sub}`));
  session.on('signed-out', ({ reason }) => events.push(`out ${reason}`));
  const user = (): string | undefined => {
    const state = session.getState();
    return state.status === 'signed-in' ? state.user.sub : undefined;
  };

  const sent: Sent[] = [];
  const madeBy: (string | undefined)[] = [];
  let settled = 0;
  const adapter: AxiosAdapter = async (config) => {
    const authorization = config.headers.get('Authorization')?.toString();
    const id = Number(config.url?.slice(1));
    sent.push({ id, madeBy: madeBy[id], authorization });
    const status = backend.accepts(authorization) ? 200 : 401;
    await scheduler.schedule(Promise.resolve(), `answer ${id}`);
    const response = { status, statusText: '', headers: {}, config, data: '{}' };
    if (status === 200) return response;
    throw new AxiosError('401', AxiosError.ERR_BAD_REQUEST, config, {}, response);
  };
  const api = axios.create({ baseURL: 'https://api.example.com', adapter });
  attachSession(api, session);
  await session.ready;

  const run: Record<Action, () => unknown> = {
    request() {
      const id = madeBy.push(user()) - 1;
      api.get(`/${id}`).then(
        () => {
          settled += 1;
        },
        () => {
          settled += 1;
        },
      );
    },
    expire: () => clock.step(300_000),
    refuse: () => backend.expireAll(),
    revoke: () => backend.revokeAll(),
    alice: () => session.signIn({ username: 'alice', password: 'right' }).catch(() => {}),
    bob: () => session.signIn({ username: 'bob', password: 'right' }).catch(() => {}),
    out: () => session.signOut(),
    refresh: () => session.refresh().catch(() => {}),
    fail: () => {
      isFailing = !isFailing;
    },
  };
  for (const next of actions) void scheduler.schedule(Promise.resolve(), next).then(run[next]);
  for (let round = 0; round < 4; round += 1) {
    await scheduler.waitIdle();
    await clock.advance(45_000);
  }
  await scheduler.waitIdle();

  expect(settled, 'every request settles, once (I6)').toBe(madeBy.length);
  for (const { id, madeBy: maker, authorization } of sent) {
    const claims = authorization === undefined ? undefined : JSON.parse(atob(authorization.split('.')[1] ?? ''));
    if (maker !== undefined)
      expect(claims?.sub, `request ${id} of ${maker} carries no token but theirs (I7)`).toBe(maker);
  }
  for (const id of madeBy.keys()) {
    expect(sent.filter((one) => one.id === id).length, 'sent twice at most (I14)').toBeLessThanOrEqual(2);
  }
  const stored = await store.load('default');
  if (user() === undefined)
    expect(stored ?? undefined, 'nothing is stored while nobody is signed in (I3)').toBeUndefined();
  else expect(stored, 'what is stored is what is held').toMatchObject({ subject: user() });
  for (let index = 1; index < events.length; index += 1) {
    const [before, after] = [events[index - 1]?.slice(0, 3), events[index]?.slice(0, 3)];
    expect(`${before} ${after}`, 'sign-ins and sign-outs alternate (EVT-2)').not.toBe('out out');
  }
  session.dispose();
  expect(clock.pending(), 'nothing is left behind (I15)').toBe(0);
}

function asynchronousStore(): TokenStore {
  const kept = new Map<string, unknown>();
  return customStore({
    load: async (name) => kept.get(name),
    save: async (name, record) => {
      kept.set(name, record);
    },
    clear: async (name) => {
      kept.delete(name);
    },
  });
}

describe('one tab, in any order of events', () => {
  it.each([
    ['a synchronous store', memoryStore],
    ['an asynchronous store', asynchronousStore],
  ])(
    'holds I1, I3, I6, I7, I14, I15 with %s',
    async (_, makeStore) => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.array(action, { minLength: 1, maxLength: 14 }), (scheduler, actions) =>
          play(scheduler, ['alice', ...actions], makeStore),
        ),
        { numRuns: Number(process.env.LATCHKEY_RUNS ?? 250) },
      );
    },
    3600_000,
  );
});
