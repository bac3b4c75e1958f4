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
import { isJsonObject } from '../token/own.ts';
import type { Answer, Judgement, Presentation } from './backend.ts';
import { type CsrfOptions, createCsrf, csrfOptions, isCsrfRefusal } from './csrf.ts';
import { createDialectBackend, type PresetBackend, type Said } from './dialect.ts';
import type { UsernameAndPassword } from './simple-jwt.ts';
import { endpointUrl } from './token-endpoint.ts';

/** A server that keeps both tokens in httpOnly cookies, and renews them by itself on any call. */
export interface CookieSessionOptions {
  /** Below which its views are, such as `https://api.example.com/auth`. */
  readonly baseUrl: string;
  /**
   * How long the access cookie is good, in milliseconds. When it is over, one request goes ahead and lets the server renew
   * the cookies; all others, in all tabs, wait for it. If many went at once, each would be renewed, and spend the same token.
   */
  readonly accessLifetime: number;
  /** The paths below `baseUrl`. Defaults are `login/`, `logout/` and `me/`. */
  readonly paths?: {
    readonly signIn?: string;
    readonly signOut?: string;
    /** What goes ahead: a cheap GET that answers 200 to whoever is signed in, and 401 in JSON to others. The app may ask it, too. */
    readonly probe?: string;
    /** Ends all sessions of whoever asks, for `signOut({ everywhere: true })`. Default is none. */
    readonly everywhere?: string;
  };
  /** How the server is shown that a request comes from the app. Default is Django's own way; false where it does not ask. */
  readonly csrf?: CsrfOptions | false;
  /** Allows plain http beyond this machine, for closed networks. Default is false. */
  readonly allowInsecure?: boolean;
}

const TEXT: Rule = [optional(isText), 'must be text'];
const OPTIONS: Rules = {
  baseUrl: [isText, "must be text, such as 'https://api.example.com/auth'"],
  accessLifetime: [(time) => Number.isFinite(time) && Number(time) > 0, 'must be milliseconds above 0'],
  paths: [optional(isObject), 'must be an object'],
  csrf: [optional((csrf) => csrf === false || isObject(csrf)), 'must be an object or false'],
  allowInsecure: [optional(isBoolean), 'must be true or false'],
};

/**
 * A session in httpOnly cookies that the server renews on any call, without an endpoint to refresh it.
 *
 * @throws {TypeError} When an option is wrong.
 * @example
 * cookieSession({ baseUrl: '/auth', accessLifetime: 300_000 }) // login/, logout/, me/
 */
export function cookieSession<SignIn extends object = UsernameAndPassword, Claims = JwtClaims>(
  options: CookieSessionOptions,
): PresetBackend<SignIn, Claims> {
  const given = checkOptions('cookieSession', options, OPTIONS);
  const { baseUrl, accessLifetime, paths = {}, allowInsecure = false } = given;
  const rules = { signIn: TEXT, signOut: TEXT, probe: TEXT, everywhere: TEXT };
  const {
    signIn = 'login/',
    signOut = 'logout/',
    probe = 'me/',
    everywhere,
  } = checkOptions('cookieSession', paths, rules, 'paths.');
  const names = csrfOptions('cookieSession', given.csrf || undefined, { cookie: 'csrftoken', header: 'X-CSRFToken' });
  const csrf =
    given.csrf === false ? undefined : createCsrf(names, (path) => endpointUrl(baseUrl, path, allowInsecure));

  function judge(answer: Answer): Judgement | Promise<Judgement> {
    if (answer.status === 401) return 'refused';
    if (answer.status !== 403 || !csrf) return 'accepted';
    return answer.body().then(async (body) => {
      if (!isCsrfRefusal(body)) return 'accepted';
      // The next one is at hand when the request is sent again.
      await csrf.renew();
      return 'resend';
    });
  }

  return createDialectBackend<SignIn, Claims>({
    baseUrl,
    allowInsecure,
    credential: 'cookie',
    paths: [signIn, signOut, everywhere, csrf && names.path],
    sharedPaths: [probe],
    isCsrfRefusal: ({ status, body }) => status === 403 && isCsrfRefusal(body),
    tokensFrom: () => ({ lifetime: accessLifetime }),
    rejection: ({ status, body }) => (status === 401 && isJsonObject(body) ? new RefreshRejectedError() : undefined),
    signIn: (parameters) => ({ to: signIn, csrf, json: parameters }),
    // A header that no form of another site can send: what changes the cookies is none of its business (CSR-1).
    refresh: () => ({ to: probe, method: 'GET', csrf }),
    revoke(_, { everywhere: isForAll }) {
      const said: Said[] = [{ to: signOut, csrf }];
      return everywhere && isForAll ? [{ to: everywhere, csrf }, ...said] : said;
    },
    present(_, { method }): Presentation {
      return { credentials: 'include', headers: csrf?.known(method) ?? {} };
    },
    judge,
  });
}
