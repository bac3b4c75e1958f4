import { RefreshRejectedError } from '../errors.ts';
import { checkOptions, isText, optional, type Rules } from '../platform/check-options.ts';
import type { JwtClaims } from '../token/claims.ts';
import { isJsonObject, own } from '../token/own.ts';
import { readTokenResponse } from '../token/token-response.ts';
import type { Answer, Judgement, Presentation } from './backend.ts';
import { type Csrf, createCsrf } from './csrf.ts';
import { createDialectBackend, type PresetBackend, type Said } from './dialect.ts';
import { COMMON, FLAG, GROUP, HEADER, LIFETIME, TEXT, VIEW } from './rules.ts';
import type { UsernameAndPassword } from './simple-jwt.ts';

/** How a Flask project uses `Flask-JWT-Extended`. */
export interface FlaskJwtExtendedOptions {
  /** Below which its sign-in views are, such as `https://api.example.com/auth`. */
  readonly baseUrl: string;
  /** The paths below it. Defaults are `login`, `refresh` and `logout`. */
  readonly paths?: {
    readonly login?: string;
    readonly refresh?: string;
    /** False where the project has none: then a sign-out stays local. */
    readonly logout?: string | false;
    /** A view that ends all sessions of whoever asks, for `signOut({ everywhere: true })`. Default is none. */
    readonly everywhere?: string;
  };
  /** The method of `logout`. Default is `DELETE`, or `POST` with cookies, as in the documentation of Flask-JWT-Extended. */
  readonly logoutMethod?: 'DELETE' | 'POST';
  /** Both tokens are in httpOnly cookies (`JWT_TOKEN_LOCATION = ['cookies']`), with CSRF values beside them. Default is false. */
  readonly cookies?: boolean;
  /** With cookies: how long an access token lives (`JWT_ACCESS_TOKEN_EXPIRES`), in milliseconds. Default: only a 401 tells. */
  readonly accessLifetime?: number;
  /** With cookies: the two cookies that have the CSRF values, and their header, where the project renamed them. */
  readonly csrf?: { readonly accessCookie?: string; readonly refreshCookie?: string; readonly header?: string };
  /** Texts of answers that mean something, where the project translates them: Flask-JWT-Extended sends no codes. */
  readonly texts?: {
    /** Default is `Fresh token required`. */
    readonly freshRequired?: string;
    /** Defaults are `CSRF double submit tokens do not match` and `Missing CSRF token`. */
    readonly csrfRefused?: readonly string[];
  };
  /** Allows plain http beyond this machine, for closed networks. Default is false. */
  readonly allowInsecure?: boolean;
}

const OPTIONS: Rules = {
  ...COMMON,
  logoutMethod: [optional((method) => method === 'DELETE' || method === 'POST'), 'must be DELETE or POST'],
  cookies: FLAG,
  accessLifetime: LIFETIME,
  csrf: GROUP,
  texts: GROUP,
};
const PATHS: Rules = { login: TEXT, refresh: TEXT, logout: VIEW, everywhere: TEXT };
const CSRF: Rules = { accessCookie: TEXT, refreshCookie: TEXT, header: HEADER };
const TEXTS: Rules = {
  freshRequired: TEXT,
  csrfRefused: [optional((texts) => Array.isArray(texts) && texts.every(isText)), 'must be a list of texts'],
};

/**
 * Flask with `Flask-JWT-Extended`: tokens in headers, or both in httpOnly cookies with CSRF protection (double submit).
 *
 * @throws {TypeError} When an option is wrong.
 * @example
 * flaskJwtExtended({ baseUrl: 'https://api.example.com/auth' }) // login, refresh, logout
 */
export function flaskJwtExtended<SignIn extends object = UsernameAndPassword, Claims = JwtClaims>(
  options: FlaskJwtExtendedOptions,
): PresetBackend<SignIn, Claims> {
  const maker = 'flaskJwtExtended';
  const given = checkOptions(maker, options, OPTIONS);
  const { cookies = false, accessLifetime } = given;
  if (!cookies && (accessLifetime !== undefined || given.csrf)) {
    throw new TypeError(`${maker}: accessLifetime and csrf are for cookies: true.`);
  }
  const {
    login = 'login',
    refresh = 'refresh',
    logout = 'logout',
    everywhere,
  } = checkOptions(maker, given.paths ?? {}, PATHS, 'paths.');
  const {
    accessCookie = 'csrf_access_token',
    refreshCookie = 'csrf_refresh_token',
    header = 'X-CSRF-TOKEN',
  } = checkOptions(maker, given.csrf ?? {}, CSRF, 'csrf.');
  const {
    freshRequired = 'Fresh token required',
    csrfRefused = ['CSRF double submit tokens do not match', 'Missing CSRF token'],
  } = checkOptions(maker, given.texts ?? {}, TEXTS, 'texts.');
  const method = given.logoutMethod ?? (cookies ? 'POST' : 'DELETE');

  const csrfOf = (cookie: string): Csrf | undefined => (cookies ? createCsrf({ cookie, header }, given) : undefined);
  const [accessCsrf, refreshCsrf] = [csrfOf(accessCookie), csrfOf(refreshCookie)];
  const bearer = (token: string | undefined): Partial<Said> =>
    token ? { headers: { Authorization: `Bearer ${token}` } } : {};

  function judge(answer: Answer): Judgement | Promise<Judgement> {
    if (answer.status !== 401 && answer.status !== 422) return 'accepted';
    return answer.body().then((body) => {
      const text = textOf(body);
      if (answer.status === 422) return text !== undefined && isAlone(body) ? 'refused' : 'accepted';
      if (text === freshRequired) return { stepUp: { maxAge: 0 } };
      return cookies && csrfRefused.includes(text ?? '') ? 'resend' : 'refused';
    });
  }

  return createDialectBackend<SignIn, Claims>({
    ...given,
    credential: cookies ? 'cookie' : 'record',
    paths: [login, refresh, logout, everywhere],
    isCsrfRefusal: ({ status, body }) => status === 401 && csrfRefused.includes(textOf(body) ?? ''),
    tokensFrom: (body) => (cookies ? { lifetime: accessLifetime } : readTokenResponse(body)),
    // Its own form of a "no", from this very endpoint: expired, revoked (401), or no refresh token of this server (422).
    rejection: ({ status, body }) =>
      (status === 401 || status === 422) && textOf(body) !== undefined ? new RefreshRejectedError() : undefined,
    signIn: (parameters) => ({ to: login, json: parameters }),
    refresh: ({ tokens: { refreshToken } }) => ({ to: refresh, csrf: refreshCsrf, ...bearer(refreshToken) }),
    revoke:
      logout || everywhere
        ? ({ tokens: { accessToken, refreshToken } }, { everywhere: isForAll }) => {
            const said: Said[] = [];
            if (everywhere && isForAll) {
              said.push({ to: everywhere, method, csrf: accessCsrf, isShownOnly: true, ...bearer(accessToken) });
            }
            // One view revokes either token, whichever it is shown.
            if (logout && cookies) said.push({ to: logout, method, csrf: accessCsrf, isShownOnly: true });
            else if (logout)
              said.push(...[accessToken, refreshToken].flatMap((t) => (t ? { to: logout, method, ...bearer(t) } : [])));
            return said;
          }
        : undefined,
    ...(cookies && {
      present(_, request): Presentation {
        return { credentials: 'include', headers: accessCsrf?.known(request.method) ?? {} };
      },
    }),
    judge,
  });
}

function textOf(body: unknown): string | undefined {
  const text = isJsonObject(body) ? own(body, 'msg') : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** A project's own 422 says which fields are wrong; Flask-JWT-Extended's says nothing but its text. */
function isAlone(body: unknown): boolean {
  return isJsonObject(body) && Object.keys(body).length === 1;
}
