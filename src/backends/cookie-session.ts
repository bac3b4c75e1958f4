import { RefreshRejectedError } from '../errors.ts';
import { checkOptions, type Rules } from '../platform/check-options.ts';
import type { JwtClaims } from '../token/claims.ts';
import { isJsonObject } from '../token/own.ts';
import { expiryOf } from '../token/session-record.ts';
import type { Answer, Judgement, Presentation } from './backend.ts';
import { type CsrfOptions, checkCsrf, createCsrf, isCsrfRefusal, isSafe } from './csrf.ts';
import { createDialectBackend, type PresetBackend, type Said } from './dialect.ts';
import { COMMON, GROUP_OR_NONE, NEEDED_LIFETIME, TEXT } from './rules.ts';
import type { UsernameAndPassword } from './simple-jwt.ts';

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

const OPTIONS: Rules = {
  ...COMMON,
  accessLifetime: NEEDED_LIFETIME,
  csrf: GROUP_OR_NONE,
};
const PATHS: Rules = { signIn: TEXT, signOut: TEXT, probe: TEXT, everywhere: TEXT };

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
  const { accessLifetime, paths = {} } = given;
  const {
    signIn = 'login/',
    signOut = 'logout/',
    probe = 'me/',
    everywhere,
  } = checkOptions('cookieSession', paths, PATHS, 'paths.');
  const names = given.csrf === false ? undefined : checkCsrf('cookieSession', given.csrf ?? {});
  const csrf = names && createCsrf(names, given);

  async function judgeForbidden(answer: Answer): Promise<Judgement> {
    if (!isCsrfRefusal(await answer.body())) return 'accepted';
    // The next one is at hand when the request is sent again.
    await csrf?.renew();
    return 'resend';
  }

  return createDialectBackend<SignIn, Claims>({
    ...given,
    credential: 'cookie',
    paths: [signIn, signOut, everywhere, names?.path],
    sharedPaths: [probe],
    // Before the end nothing is renewed: the cookie is as old as it was. One that was refused has been renewed.
    renewsEarly: false,
    tokensFrom(_, before) {
      const left = before && before.why?.cause !== 'refused' ? (expiryOf(before.record) ?? 0) - before.now : 0;
      return { lifetime: left > 0 ? Math.min(left, accessLifetime) : accessLifetime };
    },
    rejection: ({ status, body }) => (status === 401 && isJsonObject(body) ? new RefreshRejectedError() : undefined),
    signIn: (parameters) => ({ to: signIn, csrf, json: parameters }),
    // It changes the cookies, so that it is shown to come from the page although it is a GET (CSR-1).
    refresh: () => ({ to: probe, method: 'GET', csrf }),
    revoke(_, { everywhere: isForAll }) {
      const said: Said[] = [{ to: signOut, csrf }];
      return everywhere && isForAll ? [{ to: everywhere, csrf, isShownOnly: true }, ...said] : said;
    },
    present(_, { method }): Presentation {
      return { credentials: 'include', headers: csrf?.known(method) ?? {} };
    },
    judge(answer) {
      // A GET shows nothing that could be refused; and what an API says in its own form is its own affair.
      const isTheirs = answer.status === 403 && csrf && !isSafe(answer.method);
      return isTheirs ? judgeForbidden(answer) : answer.status === 401 ? 'refused' : 'accepted';
    },
  });
}
