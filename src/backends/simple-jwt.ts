import { RefreshRejectedError } from '../errors.ts';
import { checkOptions, type Rules } from '../platform/check-options.ts';
import type { JwtClaims } from '../token/claims.ts';
import { isJsonObject, own } from '../token/own.ts';
import { readTokenResponse } from '../token/token-response.ts';
import type { Answer, Judgement } from './backend.ts';
import { type CsrfOptions, checkCsrf, createCsrf } from './csrf.ts';
import { createDialectBackend, type PresetBackend, type Said } from './dialect.ts';
import { COMMON, FLAG, GROUP, GROUP_OR_NONE, HEADER, SCHEME, TEXT, VIEW } from './rules.ts';
import type { TokenEndpointAnswer } from './token-endpoint.ts';

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

const OPTIONS: Rules = {
  ...COMMON,
  fields: GROUP,
  headerType: SCHEME,
  sliding: FLAG,
  refreshCookie: FLAG,
  csrf: GROUP_OR_NONE,
  blacklistNeedsAccessToken: FLAG,
  attemptHeader: HEADER,
};
const PATHS: Rules = { obtain: TEXT, refresh: TEXT, verify: TEXT, blacklist: VIEW, everywhere: TEXT };
const FIELDS: Rules = { access: TEXT, refresh: TEXT };

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
  const given = checkOptions(maker, options, OPTIONS);
  const { sliding = false, refreshCookie = false, blacklistNeedsAccessToken = false, attemptHeader } = given;
  checkCombination(maker, given);
  const {
    obtain = defaults.obtain,
    refresh = defaults.refresh,
    verify = defaults.verify,
    blacklist = !sliding && defaults.blacklist,
    everywhere,
  } = checkOptions(maker, given.paths ?? {}, PATHS, 'paths.');
  const fields = checkOptions(maker, given.fields ?? {}, FIELDS, 'fields.');
  const names = sliding
    ? { accessToken: 'token', refreshToken: 'token' }
    : { accessToken: fields.access ?? 'access', refreshToken: fields.refresh ?? 'refresh' };
  const csrfNames = refreshCookie && given.csrf !== false ? checkCsrf(maker, given.csrf ?? {}) : undefined;
  const csrf = csrfNames && createCsrf(csrfNames, given);
  const token = (refreshToken: string | undefined): object =>
    refreshCookie ? {} : { [names.refreshToken]: refreshToken };

  return createDialectBackend<SignIn, Claims>({
    ...given,
    credential: refreshCookie ? 'cookie' : 'record',
    paths: [obtain, refresh, verify, blacklist, everywhere, csrfNames?.path],
    tokensFrom: (body) => ({
      ...readTokenResponse(body, names),
      tokenType: given.headerType ?? defaults.headerType,
      // Not even where a view sends it along: script is never to have it.
      ...(refreshCookie && { refreshToken: undefined }),
    }),
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
            if (everywhere && options.everywhere) {
              said.push({ to: everywhere, csrf, isShownOnly: true, ...(headers && { headers }) });
            }
            if (blacklist && (refreshToken || refreshCookie)) {
              const shown = blacklistNeedsAccessToken && { isShownOnly: true, ...(headers && { headers }) };
              said.push({ to: blacklist, csrf, json: token(refreshToken), ...shown });
            }
            return said;
          }
        : undefined,
    judge,
  });
}

/** What does not go together is said, and not passed over. */
function checkCombination(maker: string, { sliding, refreshCookie, fields, csrf, ...given }: SimpleJwtOptions): void {
  const fail = (what: string): never => {
    throw new TypeError(`${maker}: ${what}.`);
  };
  if (sliding && (refreshCookie || fields)) fail('sliding has one token, "token": leave out refreshCookie and fields');
  if (csrf && !refreshCookie) fail('csrf is for refreshCookie: true');
  if (refreshCookie && given.blacklistNeedsAccessToken) {
    fail('with refreshCookie the log-out view has to do with the cookie alone: let it allow anyone');
  }
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
