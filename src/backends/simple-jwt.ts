import { RefreshRejectedError } from '../errors.ts';
import {
  checkOptions,
  isBoolean,
  isObject,
  isText,
  optional,
  type Rule,
  type Rules,
} from '../platform/check-options.ts';
import type { JwtClaims } from '../token/claims.ts';
import { isJsonObject, own } from '../token/own.ts';
import { stringsIn } from '../token/redact.ts';
import { readTokenResponse } from '../token/token-response.ts';
import type { TokenInput } from '../token/token-set.ts';
import type { Answer, Backend, BackendContext, Judgement } from './backend.ts';
import {
  callTokenEndpoint,
  canResolve,
  endpointUrl,
  signInError,
  type TokenEndpointAnswer,
  type TokenEndpointRequest,
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
  /**
   * Marks each refresh with how often it was tried and why, such as `X-Auth-Attempt: 2; cause=expired`, for a server that
   * sheds load. The name of the header; across origins CORS has to allow it. Default is none.
   */
  readonly attemptHeader?: string;
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

const TEXT: Rule = [optional(isText), 'must be text'];
const FLAG: Rule = [optional(isBoolean), 'must be true or false'];
const GROUP: Rule = [optional(isObject), 'must be an object'];
const OPTIONS: Rules = {
  baseUrl: [isText, "must be text, such as 'https://api.example.com/auth'"],
  paths: GROUP,
  fields: GROUP,
  headerType: [optional((type) => isText(type) && /^[\w-]+$/.test(String(type))), 'must be one word, such as JWT'],
  sliding: FLAG,
  blacklistNeedsAccessToken: FLAG,
  attemptHeader: [optional((name) => /^[\w-]+$/.test(String(name))), 'must be the name of a header'],
  allowInsecure: FLAG,
};
const PATHS: Rules = {
  obtain: TEXT,
  refresh: TEXT,
  verify: TEXT,
  blacklist: [optional((path) => path === false || isText(path)), 'must be text or false'],
};
const FIELDS: Rules = { access: TEXT, refresh: TEXT };

/**
 * Django with `djangorestframework-simplejwt`: rotation on or off, blacklist or none, sliding tokens.
 *
 * @throws {TypeError} When an option is wrong.
 * @example
 * simpleJwt({ baseUrl: 'https://api.example.com/auth' }) // token/, token/refresh/, token/verify/, token/blacklist/
 */
export function simpleJwt<SignIn extends object = UsernameAndPassword, Claims = JwtClaims>(
  options: SimpleJwtOptions,
): Backend<SignIn, Claims> & Required<Pick<Backend, 'tokensFrom'>> {
  const {
    baseUrl,
    paths = {},
    fields = {},
    headerType,
    sliding = false,
    blacklistNeedsAccessToken = false,
    attemptHeader,
    allowInsecure = false,
  } = checkOptions('simpleJwt', options, OPTIONS);
  const {
    obtain = 'token/',
    refresh = 'token/refresh/',
    verify = 'token/verify/',
    blacklist = !sliding && 'token/blacklist/',
  } = checkOptions('simpleJwt', paths, PATHS, 'paths.');
  const { access = 'access', refresh: refreshField = 'refresh' } = checkOptions('simpleJwt', fields, FIELDS, 'fields.');
  const names = sliding
    ? { accessToken: 'token', refreshToken: 'token' }
    : { accessToken: access, refreshToken: refreshField };

  const url = (path: string): string => endpointUrl(baseUrl, path, allowInsecure);
  // A relative baseUrl has nothing to be relative to on a server, where nothing is sent either.
  const endpoints = (): string[] =>
    canResolve(baseUrl) ? [obtain, refresh, verify, ...(blacklist ? [blacklist] : [])].map(url) : [];
  // What is wrong with them is said now.
  endpoints();

  const tokensFrom = (body: unknown): TokenInput => ({ ...readTokenResponse(body, names), tokenType: headerType });
  const post = (
    path: string,
    json: object,
    context: BackendContext,
    more?: Partial<TokenEndpointRequest>,
  ): Promise<TokenEndpointAnswer> => callTokenEndpoint({ ...more, url: url(path), json }, context);

  const backend: Backend<SignIn, Claims> = {
    get endpoints() {
      return endpoints();
    },
    tokensFrom,

    async signIn(parameters: SignIn, context: BackendContext) {
      const answer = await post(obtain, parameters, context);
      if (answer.isOk) return tokensFrom(answer.body);
      throw signInError(answer, stringsIn(parameters));
    },

    async refresh({ tokens }, context, why) {
      const headers = !attemptHeader || !why ? {} : { [attemptHeader]: `${why.attempt}; cause=${why.cause}` };
      const answer = await post(refresh, { [names.refreshToken]: tokens.refreshToken }, context, { headers });
      if (answer.isOk) return tokensFrom(answer.body);
      throw rejection(answer) ?? unavailable(answer);
    },

    async verify({ tokens }, context) {
      const answer = await post(verify, { token: tokens.accessToken }, context);
      if (answer.isOk) return 'accepted';
      if (rejection(answer)) return 'refused';
      throw unavailable(answer);
    },

    ...(blacklist && {
      async revoke({ tokens: { refreshToken, accessToken, tokenType } }, context) {
        if (!refreshToken) return;
        const answer = await post(blacklist, { [names.refreshToken]: refreshToken }, context, {
          keepalive: true,
          headers: {
            ...(blacklistNeedsAccessToken && accessToken && { Authorization: `${tokenType} ${accessToken}` }),
          },
        });
        // 401 says that the token was dead already, which is what was asked for.
        if (!answer.isOk && !rejection(answer)) throw unavailable(answer);
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
