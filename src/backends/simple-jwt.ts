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
import { readTokenResponse } from '../token/token-response.ts';
import type { Answer, Judgement } from './backend.ts';
import { type CsrfOptions, createCsrf, csrfOptions, isCsrfRefusal } from './csrf.ts';
import { createDialectBackend, type PresetBackend, type Said } from './dialect.ts';
import { endpointUrl, type TokenEndpointAnswer } from './token-endpoint.ts';

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
    /** A view of the project's own that ends all sessions of whoever asks, for `signOut({ everywhere: true })`. Default is none. */
    readonly everywhere?: string;
  };
  /** What the server calls the two tokens. Defaults are `access` and `refresh`. */
  readonly fields?: { readonly access?: string; readonly refresh?: string };
  /** One of the project's `AUTH_HEADER_TYPES`. Default is `Bearer`. */
  readonly headerType?: string;
  /** The project uses sliding tokens: one `token` is both, and its own view renews it. Default is false. */
  readonly sliding?: boolean;
  /**
   * The project's own views keep the refresh token in an httpOnly cookie, and answer with the access token alone. The
   * cookie is sent to `paths`, and nowhere else. Default is false.
   */
  readonly refreshCookie?: boolean;
  /**
   * How these views are shown that a request comes from the app. Default is Django's own way: the cookie `csrftoken`,
   * repeated in the header `X-CSRFToken`; false where they do not ask for it.
   */
  readonly csrf?: CsrfOptions | false;
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
  refreshCookie: FLAG,
  csrf: [optional((csrf) => csrf === false || isObject(csrf)), 'must be an object or false'],
  blacklistNeedsAccessToken: FLAG,
  attemptHeader: [optional((name) => /^[\w-]+$/.test(String(name))), 'must be the name of a header'],
  allowInsecure: FLAG,
};
const PATHS: Rules = {
  obtain: TEXT,
  refresh: TEXT,
  verify: TEXT,
  blacklist: [optional((path) => path === false || isText(path)), 'must be text or false'],
  everywhere: TEXT,
};
const FIELDS: Rules = { access: TEXT, refresh: TEXT };

/** Where a page that Django did not make finds no cookie, a view that sets it has to be named. */
const DJANGO_CSRF: CsrfOptions = { cookie: 'csrftoken', header: 'X-CSRFToken' };

/**
 * Django with `djangorestframework-simplejwt`: rotation on or off, blacklist or none, sliding tokens, or the refresh token
 * in an httpOnly cookie.
 *
 * @throws {TypeError} When an option is wrong.
 * @example
 * simpleJwt({ baseUrl: 'https://api.example.com/auth' }) // token/, token/refresh/, token/verify/, token/blacklist/
 */
export function simpleJwt<SignIn extends object = UsernameAndPassword, Claims = JwtClaims>(
  options: SimpleJwtOptions,
): PresetBackend<SignIn, Claims> {
  return createSimpleJwt('simpleJwt', options, DEFAULTS);
}

/** What another project mounts in another way. */
export interface SimpleJwtDefaults {
  readonly headerType: string | undefined;
  readonly obtain: string;
  readonly refresh: string;
  readonly verify: string;
  readonly blacklist: string | false;
}

const DEFAULTS: SimpleJwtDefaults = {
  headerType: undefined,
  obtain: 'token/',
  refresh: 'token/refresh/',
  verify: 'token/verify/',
  blacklist: 'token/blacklist/',
};

/** The same for a preset that stands on it, under that one's name. */
export function createSimpleJwt<SignIn extends object, Claims>(
  maker: string,
  options: SimpleJwtOptions,
  defaults: SimpleJwtDefaults,
): PresetBackend<SignIn, Claims> {
  const {
    baseUrl,
    paths = {},
    fields = {},
    headerType = defaults.headerType,
    sliding = false,
    refreshCookie = false,
    csrf: csrfWish,
    blacklistNeedsAccessToken = false,
    attemptHeader,
    allowInsecure = false,
  } = checkOptions(maker, options, OPTIONS);
  if (sliding && refreshCookie) throw new TypeError(`${maker}: sliding has no refresh token for a refreshCookie.`);
  const {
    obtain = defaults.obtain,
    refresh = defaults.refresh,
    verify = defaults.verify,
    blacklist = !sliding && defaults.blacklist,
    everywhere,
  } = checkOptions(maker, paths, PATHS, 'paths.');
  const { access = 'access', refresh: refreshField = 'refresh' } = checkOptions(maker, fields, FIELDS, 'fields.');
  const names = sliding
    ? { accessToken: 'token', refreshToken: 'token' }
    : { accessToken: access, refreshToken: refreshField };
  const csrfNames = csrfOptions(maker, csrfWish || undefined, DJANGO_CSRF);
  const csrf =
    refreshCookie && csrfWish !== false
      ? createCsrf(csrfNames, (path) => endpointUrl(baseUrl, path, allowInsecure))
      : undefined;
  const token = (refreshToken: string | undefined): object =>
    refreshCookie ? {} : { [names.refreshToken]: refreshToken };

  return createDialectBackend<SignIn, Claims>({
    baseUrl,
    allowInsecure,
    credential: refreshCookie ? 'cookie' : 'record',
    paths: [obtain, refresh, verify, blacklist, everywhere, csrf && csrfNames.path],
    isCsrfRefusal: ({ status, body }) => status === 403 && isCsrfRefusal(body),
    tokensFrom: (body) => ({ ...readTokenResponse(body, names), tokenType: headerType }),
    rejection,
    signIn: (parameters) => ({ to: obtain, csrf, json: parameters }),
    refresh: ({ tokens: { refreshToken } }, why) => ({
      to: refresh,
      csrf,
      json: token(refreshToken),
      headers: !attemptHeader || !why ? {} : { [attemptHeader]: `${why.attempt}; cause=${why.cause}` },
    }),
    verify: ({ tokens: { accessToken } }) => ({ to: verify, csrf, json: { token: accessToken } }),
    revoke:
      blacklist || everywhere
        ? ({ tokens: { refreshToken, accessToken, tokenType } }, options) => {
            const headers = accessToken && { Authorization: `${tokenType} ${accessToken}` };
            const said: Said[] = [];
            if (everywhere && options.everywhere) said.push({ to: everywhere, csrf, ...(headers && { headers }) });
            if (blacklist && (refreshToken || refreshCookie)) {
              const isShown = blacklistNeedsAccessToken && headers;
              said.push({ to: blacklist, csrf, json: token(refreshToken), ...(isShown && { headers }) });
            }
            return said;
          }
        : undefined,
    judge,
  });
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
