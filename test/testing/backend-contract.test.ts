import { type Backend, RefreshRejectedError, SignInRejectedError } from 'latchkey';
import { backendContract, createFakeBackend, type FakeCredentials } from 'latchkey/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';

const options = { right: { username: 'alice', password: 'right' }, wrong: { username: 'alice', password: 'wrong' } };

// The server of these backends, unless the contract puts something in its place.
beforeEach(() => {
  vi.stubGlobal('fetch', async () => Response.json({}));
});

/** The titles of the cases that a backend fails; it is the fake one, but for the functions named. */
async function failures(
  breaks: (fake: Backend<FakeCredentials>) => { readonly [Key in keyof Backend<FakeCredentials>]?: unknown },
): Promise<readonly string[]> {
  const fake = createFakeBackend();
  const failed: string[] = [];
  for (const { title, check } of backendContract({ ...fake, ...breaks(fake) } as Backend<FakeCredentials>, options)) {
    await check().catch(() => failed.push(title));
  }
  return failed;
}

const TOKENS = 'signs in with usable tokens';
const WRONG = 'rejects a wrong sign-in with SignInRejectedError';
const SIGN_IN_VERDICT = 'rejects no sign-in because of a network that fails, or a page that is not of the server';
const JUDGE = 'takes a 401 of an API for a refusal, and a 200 for none';
const REFRESH = 'refreshes, and again with what the refresh gave';
const VERDICT = 'ends no session because of a network that fails, or a page that is not of the server';
const REVOKED = 'rejects the refresh of a revoked session with RefreshRejectedError';
const REVOKED_TWICE = 'revokes a session that is dead already without an error';
const VERIFY = 'verifies a token that it gave, and not one that it did not';
const ENDPOINTS = 'names the URLs that it asks in endpoints, so that they get no token';
const SIGNAL = 'stops its requests when context.signal aborts';

describe('backendContract', () => {
  it('is content with a backend that does what it must, and asks for nothing that it cannot do', async () => {
    expect(await failures(() => ({}))).toEqual([]);
    expect(await failures(() => ({ revoke: undefined }))).toEqual([]);
    expect(await failures(() => ({ refresh: undefined, revoke: undefined }))).toEqual([]);
  });

  it('has a case for each function, and none for one that is absent', () => {
    const titles = (backend: Backend<FakeCredentials>) => backendContract(backend, options).map(({ title }) => title);
    const fake = createFakeBackend();
    const always = [TOKENS, WRONG, SIGN_IN_VERDICT, JUDGE];
    const whole = [...always, REFRESH, VERDICT, REVOKED, REVOKED_TWICE];
    expect(titles({ ...fake, verify: async () => 'accepted' })).toEqual([...whole, VERIFY, ENDPOINTS, SIGNAL]);
    expect(titles(fake)).toEqual([...whole, ENDPOINTS, SIGNAL]);
    expect(titles({ signIn: async () => ({ accessToken: 'x' }) })).toEqual([...always, ENDPOINTS, SIGNAL]);
  });

  it('says in its error what is wrong', async () => {
    const cases = backendContract(
      { ...createFakeBackend(), signIn: () => Promise.reject(new TypeError('x')) },
      options,
    );
    const wrong = cases.find(({ title }) => title === WRONG);
    await expect(wrong?.check()).rejects.toThrow('a wrong sign-in must throw SignInRejectedError, not a TypeError');
  });

  it('takes the tokens of a backend that signs nobody in from elsewhere', async () => {
    const { signIn: _, ...fake } = createFakeBackend();
    const cases = backendContract(fake, { tokens: async () => fake.tokensFor('alice') });
    expect(cases.map(({ title }) => title)).not.toContain(WRONG);
    for (const { check } of cases) await check();
  });

  it('asks a backend of cookies for no token, and sends with what keeps them', async () => {
    let jar: string | undefined;
    const serve: typeof fetch = async (input) => {
      const path = new URL(String(input)).pathname;
      if (path === '/refresh' && !jar) return Response.json({ code: 'no_cookie' }, { status: 401 });
      jar = path === '/log-out' ? undefined : 'cookie';
      return Response.json({});
    };
    const cookie: Backend<FakeCredentials> = {
      credential: 'cookie',
      endpoints: ['/sign-in', '/refresh', '/log-out'].map((path) => `https://api.example.com${path}`),
      async signIn({ password }, { fetch: send, signal }) {
        if (password !== 'right') throw new SignInRejectedError(401, {});
        await (await send('https://api.example.com/sign-in', { signal })).json();
        return {};
      },
      async refresh(_, { fetch: send, signal }) {
        const answer = await send('https://api.example.com/refresh', { signal });
        const body = await answer.json();
        if (body.code === 'no_cookie') throw new RefreshRejectedError();
        return {};
      },
      async revoke(_, { fetch: send, signal }) {
        await send('https://api.example.com/log-out', { signal });
      },
      verify: async () => 'accepted',
    };
    for (const { check } of backendContract(cookie, { ...options, fetch: serve })) await check();
  });

  it('says how to mend what is wrong', async () => {
    const told = async (breaks: Partial<Backend<FakeCredentials>>, caughtBy: string): Promise<string> => {
      const cases = backendContract({ ...createFakeBackend(), ...breaks }, options);
      const found = cases.find(({ title }) => title === caughtBy);
      return await (found?.check() ?? Promise.resolve()).then(
        () => 'nothing',
        ({ message }) => message,
      );
    };
    const opaque = { accessToken: 'opaque', refreshToken: 'r' };
    expect(await told({ signIn: async () => ({ ...opaque, lifetime: 3600 }) }, TOKENS)).toBe(
      'lifetime is in milliseconds, and 3600 looks like seconds: multiply it by 1000',
    );
    expect(await told({ signIn: async () => ({ ...opaque, lifetime: 3_600_000 }) }, TOKENS)).toBe('nothing');
    // An opaque token of which nobody says how long it lives is nothing wrong: the server's refusal tells.
    expect(await told({ signIn: async () => opaque }, TOKENS)).toBe('nothing');
    expect(await told({ signIn: async () => ({ accessToken: 'opaque' }) }, TOKENS)).toContain(
      "set credential: 'cookie'",
    );
    expect(await told({ credential: 'cookie' }, TOKENS)).toContain('the page must be given no refreshToken');
    expect(await told(knocking(), ENDPOINTS)).toBe(
      `endpoints must list ${URL_OF_IT}: an attached client would send a token there`,
    );
    expect(await told({ ...knocking(), endpoints: [URL_OF_IT] }, ENDPOINTS)).toBe('nothing');
    expect(await told(knocking(), SIGNAL)).toContain('context.signal must be handed to fetch');
    expect(await told(knocking(true), SIGNAL)).toBe('nothing');
  });

  type Broken = readonly [what: string, breaks: Parameters<typeof failures>[0], caughtBy: string];
  const broken: readonly Broken[] = [
    ['has no signIn', () => ({ signIn: undefined }), TOKENS],
    ['gives no access token', () => ({ signIn: async () => ({ refreshToken: 'r' }) }), TOKENS],
    ['gives a token that no header may carry', () => ({ signIn: async () => ({ accessToken: 'a b' }) }), TOKENS],
    ['gives nothing at all', () => ({ signIn: async () => undefined }), TOKENS],
    ['lets everybody in', (fake) => ({ signIn: (_: unknown, c: never) => fake.signIn?.(options.right, c) }), WRONG],
    [
      'rejects with an error of its own',
      (fake) => ({
        signIn: (given: FakeCredentials, c: never) =>
          given.password === 'right' ? fake.signIn?.(given, c) : Promise.reject(new Error('401')),
      }),
      WRONG,
    ],
    [
      'takes any failure of a sign-in for a no',
      (fake) => ({
        async signIn(given: FakeCredentials, context: { fetch: typeof fetch }) {
          await knock(context).catch(() => Promise.reject(new SignInRejectedError(401, {})));
          return fake.signIn?.(given, context as never);
        },
      }),
      SIGN_IN_VERDICT,
    ],
    ['takes a refusal for an answer', () => ({ judge: () => 'accepted' }), JUDGE],
    ['takes an answer for a refusal', () => ({ judge: () => 'refused' }), JUDGE],
    ['does not refresh', () => ({ refresh: () => Promise.reject(new Error('501')) }), REFRESH],
    ['refreshes without tokens', () => ({ refresh: async () => ({}) }), REFRESH],
    [
      'loses the new refresh token',
      (fake) => ({
        refresh: async (...given: Parameters<NonNullable<typeof fake.refresh>>) => ({
          accessToken: (await fake.refresh?.(...given))?.accessToken,
        }),
      }),
      REFRESH,
    ],
    [
      'takes any failure of a refresh for the end of the session',
      (fake) => ({
        async refresh(record: never, context: { fetch: typeof fetch }) {
          await knock(context).catch(() => Promise.reject(new RefreshRejectedError()));
          return fake.refresh?.(record, context as never);
        },
      }),
      VERDICT,
    ],
    [
      'takes any failure of the fetch of the page for the end of the session',
      (fake) => ({
        async refresh(record: never, context: never) {
          const { status } = await fetch('https://api.example.com/renew', { method: 'POST' }).catch(() => ({
            status: 200,
          }));
          if (status === 401) throw new RefreshRejectedError();
          return fake.refresh?.(record, context);
        },
      }),
      VERDICT,
    ],
    ['does not revoke', () => ({ revoke: async () => {} }), REVOKED],
    [
      'has an error of its own for a revoked session',
      (fake) => ({
        refresh: (...given: Parameters<NonNullable<typeof fake.refresh>>) =>
          fake.refresh?.(...given).catch(() => Promise.reject(new Error('401'))),
      }),
      REVOKED,
    ],
    [
      'says seconds where milliseconds are meant',
      (fake) => ({
        signIn: async (given: FakeCredentials, c: never) => ({ ...(await fake.signIn?.(given, c)), lifetime: 300 }),
      }),
      TOKENS,
    ],
    [
      'renews sessions, and gives no refresh token',
      (fake) => ({
        signIn: async (given: FakeCredentials, c: never) => ({
          ...(await fake.signIn?.(given, c)),
          refreshToken: undefined,
        }),
      }),
      TOKENS,
    ],
    [
      'ends the session for a rate limit',
      (fake) => ({
        async refresh(record: never, context: { fetch: typeof fetch }) {
          const { status } = await context.fetch('data:application/json,{}').catch(() => ({ status: 0 }));
          if (status === 429) throw new RefreshRejectedError();
          return fake.refresh?.(record, context as never);
        },
      }),
      VERDICT,
    ],
    [
      'has an error for tokens that are dead already',
      (fake) => {
        const dead = new Set<unknown>();
        return {
          async revoke(...given: Parameters<NonNullable<typeof fake.revoke>>) {
            if (dead.has(given[0])) throw new Error('401');
            dead.add(given[0]);
            await fake.revoke?.(...given);
          },
        };
      },
      REVOKED_TWICE,
    ],
    ['asks URLs that it does not name', () => knocking(), ENDPOINTS],
    ['asks them by the fetch of the page', () => knocking(true, (...given) => fetch(...given)), ENDPOINTS],
    ['does not listen to its signal', () => knocking(), SIGNAL],
    ['verifies everything', () => ({ verify: async () => 'accepted' }), VERIFY],
    ['verifies nothing', () => ({ verify: async () => 'refused' }), VERIFY],
  ];

  it.each(broken)('catches a backend that %s', async (_, breaks, caughtBy) => {
    expect(await failures(breaks)).toContain(caughtBy);
  });
});

const URL_OF_IT = 'https://api.example.com/renew';

/** The refresh of a backend that sends a request. */
function knocking(isStopped = false, send?: typeof fetch): Pick<Backend<FakeCredentials>, 'signIn' | 'refresh'> {
  const fake = createFakeBackend();
  return {
    ...(fake.signIn && { signIn: fake.signIn }),
    async refresh(record, context) {
      const { signal } = context;
      const method = 'POST';
      await (send ?? context.fetch)(`${URL_OF_IT}?x=1`, isStopped ? { method, signal } : { method }).catch(() => {});
      return (await fake.refresh?.(record, context)) ?? {};
    },
  };
}

/** Asks a server that is always there, unless the contract put something in its place. */
async function knock(context: { readonly fetch: typeof fetch }): Promise<void> {
  const response = await context.fetch('data:application/json,{}');
  await response.json();
}
