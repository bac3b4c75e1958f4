import type { Answer, Backend } from '../backends/backend.ts';
import { checkOptions, isFunction, optional, type Rules } from '../platform/check-options.ts';
import { newRecord } from '../session/new-record.ts';
import type { AnyBackend } from '../session/options.ts';
import { decodeClaims, lifetimeOf } from '../token/claims.ts';
import type { SessionRecord } from '../token/session-record.ts';
import type { TokenInput } from '../token/token-set.ts';
import { type ContractCase, demand } from './contract.ts';
import {
  codeOf,
  contextOf,
  NO_VERDICTS,
  NO_VERDICTS_ON_REFRESH,
  unlistedUrls,
  wasAborted,
  withFetch,
} from './contract-network.ts';

export interface BackendContractOptions<SignIn> {
  /** What signs a user in. */
  readonly right?: SignIn;
  /** What the server refuses. */
  readonly wrong?: SignIn;
  /** Gets the tokens of a new session, for a backend that has no `signIn`. Default is its `signIn`, with `right`. */
  readonly tokens?: () => Promise<TokenInput>;
  /** What the backend sends with; one that keeps cookies, for a backend of cookies. Default is the platform's. */
  readonly fetch?: typeof fetch;
}

const OPTIONS: Rules = {
  right: [() => true, ''],
  wrong: [() => true, ''],
  tokens: [optional(isFunction), 'must be a function that gives the tokens of a new session'],
  fetch: [optional(isFunction), 'must be a function'],
};

/**
 * What every backend must do, against the server that it speaks to. Runs in any test runner, one case after another.
 *
 * @throws {TypeError} When an option is wrong or missing, naming it and the fix.
 * @example
 * for (const { title, check } of backendContract(myBackend, { right, wrong })) test(title, check)
 */
export function backendContract<SignIn, Claims>(
  backend: Backend<SignIn, Claims>,
  options: BackendContractOptions<SignIn>,
): readonly ContractCase[] {
  const { right, wrong, tokens, fetch: send } = checkOptions('backendContract', options, OPTIONS);
  if (!tokens || wrong !== undefined) {
    demandOption('right', right, 'what signs a user in');
    demandOption('wrong', wrong, 'what the server refuses');
  }
  const isCookie = backend.credential === 'cookie';
  const context = (fetch = send) => contextOf(fetch);
  const record = (input: TokenInput, previous?: SessionRecord): SessionRecord =>
    newRecord(input, { backend: backend as AnyBackend, now: Date.now() }, previous);
  async function firstTokens(): Promise<TokenInput> {
    demand(tokens !== undefined || backend.signIn !== undefined, 'signIn is missing: write it, or give { tokens }');
    return (await (tokens ? tokens() : backend.signIn?.(right as SignIn, context()))) as TokenInput;
  }
  const signedIn = async (): Promise<SessionRecord> => record(await firstTokens());
  const refresh = (from: SessionRecord, fetch = send): Promise<TokenInput> | undefined =>
    backend.refresh?.(from, context(fetch));

  const cases: ContractCase[] = [
    {
      title: 'signs in with usable tokens',
      async check() {
        const input = await firstTokens();
        const { refreshToken } = record(input).tokens;
        demandMilliseconds(input);
        demand(!isCookie || !refreshToken, 'a cookie carries the credential: the page must be given no refreshToken');
        demand(
          !backend.refresh || isCookie || refreshToken !== undefined,
          "signIn gave no refreshToken, so refresh is never called: read it, or set credential: 'cookie'",
        );
      },
    },
  ];
  const add = (isAsked: unknown, title: string, check: () => Promise<void>): void => {
    if (isAsked) cases.push({ title, check });
  };

  add(!tokens || wrong !== undefined, 'rejects a wrong sign-in with SignInRejectedError', async () => {
    const code = await codeOf(backend.signIn?.(wrong as SignIn, context()));
    demand(code === 'sign-in-rejected', `a wrong sign-in must throw SignInRejectedError, not ${code}`);
  });
  add(
    !tokens || wrong !== undefined,
    'rejects no sign-in because of a network that fails, or a page that is not of the server',
    async () => {
      for (const [what, fetch] of NO_VERDICTS) {
        const code = await withFetch(fetch, () => codeOf(backend.signIn?.(right as SignIn, context(fetch))));
        demand(code !== 'sign-in-rejected', `${what} is no verdict: signIn must not throw SignInRejectedError`);
      }
    },
  );
  add(true, 'takes a 401 of an API for a refusal, and a 200 for none', async () => {
    demand((await judge(backend, 401)) === 'refused', 'judge must call a plain 401 refused');
    demand((await judge(backend, 200)) === 'accepted', 'judge must call a plain 200 accepted');
  });
  add(backend.refresh, 'refreshes, and again with what the refresh gave', async () => {
    const first = await signedIn();
    const input = (await refresh(first)) ?? {};
    const second = record(input, first);
    demandMilliseconds(input);
    const third = record((await refresh(second)) ?? {}, second);
    const verdict = (await backend.verify?.(third, context())) ?? 'accepted';
    demand(verdict === 'accepted', 'verify must accept the access token that a refresh gave');
  });
  add(
    backend.refresh,
    'ends no session because of a network that fails, or a page that is not of the server',
    async () => {
      for (const [what, fetch] of NO_VERDICTS_ON_REFRESH) {
        const from = await signedIn();
        const code = await withFetch(fetch, () => codeOf(refresh(from, fetch)));
        demand(code !== 'refresh-rejected', `${what} is no verdict: refresh must not throw RefreshRejectedError`);
      }
    },
  );
  add(
    backend.refresh && backend.revoke,
    'rejects the refresh of a revoked session with RefreshRejectedError',
    async () => {
      const revoked = await signedIn();
      await backend.revoke?.(revoked, context(), { everywhere: false });
      const code = await codeOf(refresh(revoked));
      demand(code === 'refresh-rejected', `refresh after revoke must throw RefreshRejectedError, not ${code}`);
    },
  );
  add(backend.revoke, 'revokes a session that is dead already without an error', async () => {
    const dead = await signedIn();
    await backend.revoke?.(dead, context(), { everywhere: false });
    const code = await codeOf(backend.revoke?.(dead, context(), { everywhere: false }));
    demand(code === 'no error', `revoke of dead tokens must not throw (${code}): that they are dead is what was asked`);
  });
  add(backend.verify, 'verifies a token that it gave, and not one that it did not', async () => {
    const good = await signedIn();
    const bad = { ...good, tokens: { ...good.tokens, accessToken: 'made-up', refreshToken: 'made-up' } };
    demand((await backend.verify?.(good, context())) === 'accepted', 'verify must accept a fresh access token');
    // What a cookie carries cannot be made up here.
    const verdict = isCookie || (await backend.verify?.(bad, context()));
    demand(isCookie || verdict === 'refused', 'verify must refuse a made-up access token');
  });
  add(
    backend.signIn || backend.refresh,
    'names the URLs that it asks in endpoints, so that they get no token',
    async () => {
      const urls = await unlistedUrls(
        () => backend.endpoints ?? [],
        send,
        async (fetch) => {
          const input = tokens
            ? await tokens()
            : ((await backend.signIn?.(right as SignIn, context(fetch))) as TokenInput);
          const first = record(input);
          const next = backend.refresh ? record((await refresh(first, fetch)) ?? {}, first) : first;
          await backend.revoke?.(next, context(fetch), { everywhere: false });
        },
      );
      demand(
        urls.length === 0,
        `endpoints must list ${urls.join(' and ')}: an attached client would send a token there`,
      );
    },
  );
  add(backend.signIn || backend.refresh, 'stops its requests when context.signal aborts', async () => {
    const first = backend.refresh && (await signedIn());
    const isStopped = await wasAborted((given) =>
      first ? backend.refresh?.(first, given) : backend.signIn?.(right as SignIn, given),
    );
    demand(isStopped, 'context.signal must be handed to fetch, or a request that hangs is never given up');
  });
  return cases;
}

function demandOption(name: string, value: unknown, what: string): void {
  if (value === undefined) throw new TypeError(`backendContract: ${name} is missing: ${what}; or give { tokens }.`);
}

/** An opaque token of 3600 ms, or a JWT that lives a thousand times as long as is said of it. */
function demandMilliseconds({ lifetime, accessToken }: TokenInput): void {
  if (lifetime === undefined || lifetime <= 0) return;
  const claimed = lifetimeOf(decodeClaims(accessToken), Date.now());
  const isRound = lifetime % 60 === 0 && lifetime % 1000 !== 0 && lifetime < 100_000;
  const isSeconds = claimed === undefined ? isRound : Math.abs(claimed / lifetime - 1000) < 100;
  demand(!isSeconds, `lifetime is in milliseconds, and ${lifetime} looks like seconds: multiply it by 1000`);
}

async function judge(backend: Pick<Backend, 'judge'>, status: number): Promise<unknown> {
  const answer: Answer = {
    status,
    method: 'GET',
    url: 'https://api.example/',
    header: () => undefined,
    body: async () => ({ detail: 'x' }),
  };
  return backend.judge === undefined ? (status === 401 ? 'refused' : 'accepted') : await backend.judge(answer);
}
