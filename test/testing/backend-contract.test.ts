import { type Backend, RefreshRejectedError, SignInRejectedError } from 'latchkey';
import { backendContract, createFakeBackend, type FakeCredentials } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';

const options = { right: { username: 'alice', password: 'right' }, wrong: { username: 'alice', password: 'wrong' } };

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
const VERIFY = 'verifies a token that it gave, and not one that it did not';

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
    expect(titles({ ...fake, verify: async () => 'accepted' })).toEqual([...always, REFRESH, VERDICT, REVOKED, VERIFY]);
    expect(titles(fake)).toEqual([...always, REFRESH, VERDICT, REVOKED]);
    expect(titles({ signIn: async () => ({ accessToken: 'x' }) })).toEqual(always);
  });

  it('says in its error what is wrong', async () => {
    const cases = backendContract(
      { ...createFakeBackend(), signIn: () => Promise.reject(new TypeError('x')) },
      options,
    );
    const wrong = cases.find(({ title }) => title === WRONG);
    await expect(wrong?.check()).rejects.toThrow('a wrong sign-in must throw SignInRejectedError, not a TypeError');
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
    ['does not revoke', () => ({ revoke: async () => {} }), REVOKED],
    [
      'has an error of its own for a revoked session',
      (fake) => ({
        refresh: (...given: Parameters<NonNullable<typeof fake.refresh>>) =>
          fake.refresh?.(...given).catch(() => Promise.reject(new Error('401'))),
      }),
      REVOKED,
    ],
    ['verifies everything', () => ({ verify: async () => 'accepted' }), VERIFY],
    ['verifies nothing', () => ({ verify: async () => 'refused' }), VERIFY],
  ];

  it.each(broken)('catches a backend that %s', async (_, breaks, caughtBy) => {
    expect(await failures(breaks)).toContain(caughtBy);
  });
});

/** Asks a server that is always there, unless the contract put something in its place. */
async function knock(context: { readonly fetch: typeof fetch }): Promise<void> {
  const response = await context.fetch('data:application/json,{}');
  await response.json();
}
