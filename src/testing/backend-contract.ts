import type { Answer, Backend, BackendContext } from '../backends/backend.ts';
import { isAuthError } from '../errors.ts';
import { platformFetch } from '../platform/web.ts';
import { newRecord } from '../session/new-record.ts';
import type { AnyBackend } from '../session/options.ts';
import type { SessionRecord } from '../token/session-record.ts';
import type { TokenInput } from '../token/token-set.ts';
import { type ContractCase, demand } from './contract.ts';

export interface BackendContractOptions<SignIn> {
  /** What signs a user in. */
  readonly right: SignIn;
  /** What the server refuses. */
  readonly wrong: SignIn;
}

/**
 * What every backend must do, against the server that it speaks to. Runs in any test runner.
 *
 * @example
 * for (const { title, check } of backendContract(myBackend, { right, wrong })) test(title, check)
 */
export function backendContract<SignIn, Claims>(
  backend: Backend<SignIn, Claims>,
  { right, wrong }: BackendContractOptions<SignIn>,
): readonly ContractCase[] {
  const context = (send: typeof fetch = platformFetch): BackendContext => ({
    signal: new AbortController().signal,
    now: () => Date.now(),
    fetch: send,
  });
  const record = (input: TokenInput, previous?: SessionRecord): SessionRecord =>
    newRecord(input, { backend: backend as AnyBackend, now: Date.now() }, previous);
  async function signedIn(): Promise<SessionRecord> {
    demand(backend.signIn !== undefined, 'signIn is missing');
    return record(await backend.signIn(right, context()));
  }
  async function codeOf(work: Promise<unknown> | undefined): Promise<string> {
    try {
      await work;
      return 'no error';
    } catch (error) {
      return isAuthError(error) ? error.code : `a ${error instanceof Error ? error.name : typeof error}`;
    }
  }
  const cases: ContractCase[] = [
    { title: 'signs in with usable tokens', check: async () => void (await signedIn()) },
    {
      title: 'rejects a wrong sign-in with SignInRejectedError',
      async check() {
        const code = await codeOf(backend.signIn?.(wrong, context()));
        demand(code === 'sign-in-rejected', `a wrong sign-in must throw SignInRejectedError, not ${code}`);
      },
    },
    {
      title: 'rejects no sign-in because of a network that fails, or a page that is not of the server',
      async check() {
        for (const [what, send] of NO_VERDICTS) {
          const code = await codeOf(backend.signIn?.(right, context(send)));
          demand(code !== 'sign-in-rejected', `${what} is no verdict: signIn must not throw SignInRejectedError`);
        }
      },
    },
    {
      title: 'takes a 401 of an API for a refusal, and a 200 for none',
      async check() {
        demand((await judge(backend, 401)) === 'refused', 'judge must call a plain 401 refused');
        demand((await judge(backend, 200)) === 'accepted', 'judge must call a plain 200 accepted');
      },
    },
  ];
  if (backend.refresh !== undefined) {
    cases.push({
      title: 'refreshes, and again with what the refresh gave',
      async check() {
        const first = await signedIn();
        const second = record((await backend.refresh?.(first, context())) ?? {}, first);
        const third = record((await backend.refresh?.(second, context())) ?? {}, second);
        const verdict = (await backend.verify?.(third, context())) ?? 'accepted';
        demand(verdict === 'accepted', 'verify must accept the access token that a refresh gave');
      },
    });
    cases.push({
      title: 'ends no session because of a network that fails, or a page that is not of the server',
      async check() {
        for (const [what, send] of NO_VERDICTS) {
          const code = await codeOf(backend.refresh?.(await signedIn(), context(send)));
          demand(code !== 'refresh-rejected', `${what} is no verdict: refresh must not throw RefreshRejectedError`);
        }
      },
    });
  }
  if (backend.refresh !== undefined && backend.revoke !== undefined) {
    cases.push({
      title: 'rejects the refresh of a revoked session with RefreshRejectedError',
      async check() {
        const revoked = await signedIn();
        await backend.revoke?.(revoked, context(), { everywhere: false });
        const code = await codeOf(backend.refresh?.(revoked, context()));
        demand(code === 'refresh-rejected', `refresh after revoke must throw RefreshRejectedError, not ${code}`);
      },
    });
  }
  if (backend.verify !== undefined) {
    cases.push({
      title: 'verifies a token that it gave, and not one that it did not',
      async check() {
        const good = await signedIn();
        const bad = { ...good, tokens: { ...good.tokens, accessToken: 'made-up', refreshToken: 'made-up' } };
        demand((await backend.verify?.(good, context())) === 'accepted', 'verify must accept a fresh access token');
        demand((await backend.verify?.(bad, context())) === 'refused', 'verify must refuse a made-up access token');
      },
    });
  }
  return cases;
}

/** What comes between a page and its server, and says nothing of the user. */
const NO_VERDICTS: readonly (readonly [what: string, send: typeof fetch])[] = [
  ['a network that fails', () => Promise.reject(new TypeError('Failed to fetch'))],
  ...[200, 401, 403, 503].map(
    (status) =>
      [
        `the page of a proxy (${status})`,
        async () => new Response('<h1>Wait</h1>', { status, headers: { 'Content-Type': 'text/html' } }),
      ] as const,
  ),
];

async function judge(backend: Pick<Backend, 'judge'>, status: number): Promise<unknown> {
  const answer: Answer = {
    status,
    url: 'https://api.example/',
    header: () => undefined,
    body: async () => ({ detail: 'x' }),
  };
  return backend.judge === undefined ? (status === 401 ? 'refused' : 'accepted') : await backend.judge(answer);
}
