import { RefreshRejectedError } from '../errors.ts';
import type { JwtClaims } from '../token/claims.ts';
import { isJsonObject, own, ownOptions } from '../token/own.ts';
import { stringsIn } from '../token/redact.ts';
import { readTokenResponse } from '../token/token-response.ts';
import type { TokenInput } from '../token/token-set.ts';
import type { Answer, Backend, BackendContext, Judgement } from './backend.ts';
import { checkOptions, type OptionKinds } from './check-options.ts';
import {
  callTokenEndpoint,
  canResolve,
  endpointUrl,
  signInError,
  type TokenEndpointAnswer,
  unavailable,
} from './token-endpoint.ts';

/** How a Django project mounts and sets up `djangorestframework-simplejwt`. */
export interface SimpleJwtOptions {
  /** Where the token views are mounted, such as `https://api.example.com/auth`; relative to the page if it has no host. */
  readonly baseUrl: string;
  /** The paths below it. Defaults are `token/`, `token/refresh/`, `token/verify/` and `token/blacklist/`. */
  readonly paths?: {
    readonly obtain?: string;
    readonly refresh?: string;
    readonly verify?: string;
    /** False where the project has no log-out view: then a sign-out stays local. */
    readonly blacklist?: string | false;
  };
  /** What the server calls the two tokens. Defaults are `access` and `refresh`. */
  readonly fields?: { readonly access?: string; readonly refresh?: string };
  /** One of the project's `AUTH_HEADER_TYPES`. Default is `Bearer`. */
  readonly headerType?: string;
  /** The project uses sliding tokens: one `token` is both, and its own view renews it. Default is false. */
  readonly sliding?: boolean;
  /** The log-out view is behind `IsAuthenticated`, so it gets the access token too. Default is false. */
  readonly blacklistNeedsAccessToken?: boolean;
  /** Allows plain http beyond this machine, for closed networks. Default is false. */
  readonly allowInsecure?: boolean;
}

/** The fields of SimpleJWT's own sign-in view. Name others as `simpleJwt<{ email: string; password: string }>(…)`. */
export interface UsernameAndPassword {
  readonly username: string;
  readonly password: string;
}

/** The account behind a good token is locked or gone: no refresh will help (SimpleJWT's own codes). */
const ACCOUNT_CODES: ReadonlySet<unknown> = new Set(['user_inactive', 'user_not_found']);
/** Definitive, whatever the status that a proxy or an exception handler made of it. */
const REJECTED_CODES: ReadonlySet<unknown> = new Set(['token_not_valid', 'no_active_account', 'password_changed']);
const OPTIONS: OptionKinds = {
  baseUrl: 'text',
  paths: { obtain: 'text', refresh: 'text', verify: 'text', blacklist: 'text or false' },
  fields: { access: 'text', refresh: 'text' },
  headerType: 'text',
  sliding: 'true or false',
  blacklistNeedsAccessToken: 'true or false',
  allowInsecure: 'true or false',
};

/**
 * Django with `djangorestframework-simplejwt`: rotation on or off, blacklist or none, sliding tokens.
 *
 * @throws {TypeError} When an option is wrong.
 * @example
 * simpleJwt({ baseUrl: 'https://api.example.com/auth' }) // token/, token/refresh/, token/verify/, token/blacklist/
 */
export function simpleJwt<SignIn extends object = UsernameAndPassword, Claims = JwtClaims>(
  options: SimpleJwtOptions,
): Backend<SignIn, Claims> {
  check(options);
  const given = ownOptions(options);
  const { baseUrl, headerType, sliding = false, allowInsecure = false } = given;
  const paths = ownOptions(given.paths ?? {});
  const fields = ownOptions(given.fields ?? {});
  const url = (path: string): string => endpointUrl(baseUrl, path, allowInsecure);
  const path = {
    obtain: paths.obtain ?? 'token/',
    refresh: paths.refresh ?? 'token/refresh/',
    verify: paths.verify ?? 'token/verify/',
    blacklist: paths.blacklist ?? (sliding ? false : 'token/blacklist/'),
  };
  const refreshField = sliding ? 'token' : (fields.refresh ?? 'refresh');
  const names = { accessToken: sliding ? 'token' : (fields.access ?? 'access'), refreshToken: refreshField };
  const endpoints = [path.obtain, path.refresh, path.verify, ...(path.blacklist === false ? [] : [path.blacklist])];
  // A relative baseUrl has nothing to be relative to on a server, where nothing is sent either.
  if (canResolve(baseUrl)) endpoints.forEach(url);

  const tokensFrom = (body: unknown): TokenInput => ({ ...readTokenResponse(body, names), tokenType: headerType });
  const blacklist = path.blacklist;

  const backend: Backend<SignIn, Claims> = {
    get endpoints() {
      return canResolve(baseUrl) ? endpoints.map(url) : [];
    },
    tokensFrom,

    async signIn(parameters: SignIn, context: BackendContext) {
      const answer = await callTokenEndpoint({ url: url(path.obtain), json: parameters }, context);
      if (answer.status < 300) return tokensFrom(answer.body);
      throw signInError(url(path.obtain), answer, stringsIn(parameters));
    },

    async refresh({ tokens }, context) {
      const json = { [refreshField]: tokens.refreshToken };
      const answer = await callTokenEndpoint({ url: url(path.refresh), json }, context);
      if (answer.status < 300) return tokensFrom(answer.body);
      throw rejection(answer) ?? unavailable(url(path.refresh), answer);
    },

    async verify({ tokens }, context) {
      const answer = await callTokenEndpoint({ url: url(path.verify), json: { token: tokens.accessToken } }, context);
      if (answer.status < 300) return 'accepted';
      if (rejection(answer)) return 'refused';
      throw unavailable(url(path.verify), answer);
    },

    ...(blacklist !== false && {
      async revoke({ tokens }, context) {
        if (tokens.refreshToken === undefined) return;
        const headers =
          given.blacklistNeedsAccessToken === true && tokens.accessToken !== undefined
            ? { Authorization: `${tokens.tokenType} ${tokens.accessToken}` }
            : {};
        const json = { [refreshField]: tokens.refreshToken };
        const answer = await callTokenEndpoint({ url: url(blacklist), json, headers, keepalive: true }, context);
        // 401 says that the token was dead already, which is what was asked for.
        if (answer.status >= 300 && rejection(answer) === undefined) throw unavailable(url(blacklist), answer);
      },
    }),

    judge,
  };
  // What is not here must not be found on a polluted `Object.prototype` (PPL-1).
  return Object.setPrototypeOf(backend, null);
}

/** Status 401 from an API: usually the token's age, but SimpleJWT also says there that the account is closed (C25). */
function judge(answer: Answer): Judgement | Promise<Judgement> {
  if (answer.status !== 401) return 'accepted';
  return answer
    .body()
    .then((body) => (ACCOUNT_CODES.has(own(body, 'code')) ? { ended: 'account-disabled' } : 'refused'));
}

/**
 * A verdict is a code of SimpleJWT, or its own form of 401 from this very endpoint: some versions send no code for a
 * closed account. The `detail` is translated, so it is never read. Everything else may be a proxy's word (C25).
 */
function rejection({ status, body }: TokenEndpointAnswer): RefreshRejectedError | undefined {
  if (!isJsonObject(body) || status < 400 || status > 499) return undefined;
  const code = own(body, 'code');
  if (ACCOUNT_CODES.has(code)) return new RefreshRejectedError('account-disabled');
  if (REJECTED_CODES.has(code)) return new RefreshRejectedError();
  return status === 401 && typeof own(body, 'detail') === 'string' ? new RefreshRejectedError() : undefined;
}

function check(options: SimpleJwtOptions): void {
  if (typeof own(options, 'baseUrl') !== 'string' || options.baseUrl === '') {
    throw new TypeError("simpleJwt: baseUrl is missing; write simpleJwt({ baseUrl: 'https://api.example.com/auth' }).");
  }
  checkOptions('simpleJwt', options, OPTIONS);
  if (options.headerType !== undefined && !/^[\w-]+$/.test(options.headerType)) {
    throw new TypeError('simpleJwt: headerType must be one word, such as Bearer or JWT.');
  }
}
