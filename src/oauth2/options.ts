import { RESOURCE, refuseSecret, SCOPE, safeUrl } from '../backends/public-client.ts';
import { FLAG, TEXT } from '../backends/rules.ts';
import { checkOptions, isText, optional, type Rule, type Rules } from '../platform/check-options.ts';
import { isJsonObject } from '../token/own.ts';

/** How an OpenID provider knows this app. */
export interface RedirectSignInOptions {
  /** The issuer, written as the provider writes it in its own metadata, such as `https://id.example.com`. */
  readonly issuer: string;
  /** What the provider calls this app: a public client, without a secret. */
  readonly clientId: string;
  /**
   * The page of this app to which the provider sends the user back, as registered there and as it is served, down to the
   * slash at its end; relative to the page if it has no host.
   */
  readonly redirectUri: string;
  /** Scopes, separated by spaces. Default is `openid`; some providers give a refresh token for `offline_access` only. */
  readonly scope?: string;
  /** Where the provider sends the user after a sign-out, as registered there. Default: the user stays with the provider. */
  readonly postLogoutRedirectUri?: string;
  /** The API that the access token is for, as an absolute URI (RFC 8707). Default is what the provider takes for granted. */
  readonly resource?: string;
  /**
   * More parameters of every request to sign in, such as `{ audience: 'https://api.example.com' }`. What one `signIn` asks
   * for itself goes first, such as its `prompt`. Default is none.
   */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Allows plain http beyond this machine, for closed networks. Default is false. */
  readonly allowInsecure?: boolean;
}

/** What one sign-in asks for. */
export interface RedirectSignInRequest {
  /** A path of this app to show afterwards; anything else counts as `/`. Default is the page that the user is on. */
  readonly returnTo?: string | undefined;
  /** What the provider shows, such as `login`, `consent` or `none` (OpenID Connect Core section 3.1.2.1). */
  readonly prompt?: string | undefined;
  /** Who probably signs in, such as an e-mail address. */
  readonly loginHint?: string | undefined;
  /** Ways of signing in, the preferred one first, as a step-up names them. */
  readonly acrValues?: readonly string[] | undefined;
  /** How long ago the user may have signed in there, in milliseconds, as a step-up names it. */
  readonly maxAge?: number | undefined;
  /** Scopes to ask for besides those of the options, as a step-up names them. */
  readonly scope?: string | undefined;
  /** Whether the user wants to be remembered, for `rememberStore()`. */
  readonly remember?: boolean | undefined;
}

/** What one sign-out asks for. */
export interface RedirectSignOutRequest {
  /** A path of this app to show afterwards; anything else counts as `/`, which is the default. */
  readonly returnTo?: string | undefined;
}

/** The options, checked, with nothing left open. */
export interface RedirectSettings extends Omit<RedirectSignInOptions, 'scope' | 'parameters' | 'allowInsecure'> {
  readonly scope: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly allowInsecure: boolean;
}

const OPTIONS: Rules = {
  issuer: [
    (issuer) => typeof issuer === 'string' && /^https?:\/\/[^\s?#]+$/.test(issuer),
    "must be a URL without query and fragment, such as 'https://id.example.com'",
  ],
  clientId: [isText, 'must be text: what the provider calls this app'],
  redirectUri: [isText, "must be text, such as 'https://app.example.com/callback'"],
  scope: SCOPE,
  postLogoutRedirectUri: TEXT,
  resource: RESOURCE,
  parameters: [
    optional((value) => isJsonObject(value) && Object.values(value).every(isText)),
    "must be an object of texts, such as { audience: 'https://api.example.com' }",
  ],
  allowInsecure: FLAG,
};
const RETURN_TO: Rule = [optional((value) => typeof value === 'string'), 'must be text'];
const REQUEST: Rules = {
  returnTo: RETURN_TO,
  prompt: TEXT,
  loginHint: TEXT,
  acrValues: [optional((value) => Array.isArray(value) && value.every(isText)), 'must be a list of texts'],
  maxAge: [optional((value) => Number.isFinite(value) && Number(value) >= 0), 'must be milliseconds, 0 or more'],
  scope: SCOPE,
  remember: FLAG,
};
/** What holds the sign-in together is not for the app to set. */
const RESERVED: readonly string[] = [
  ...['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce', 'resource', 'request'],
  ...['code_challenge', 'code_challenge_method', 'request_uri', 'client_secret', 'id_token_hint', 'max_age'],
];

/**
 * Checks what `redirectSignIn` was given.
 *
 * @throws {TypeError} Naming the option and the fix.
 */
export function normalizeRedirectOptions(options: RedirectSignInOptions): RedirectSettings {
  refuseSecret('redirectSignIn', options);
  const given = checkOptions('redirectSignIn', options, OPTIONS);
  const { scope = 'openid', allowInsecure = false } = given;
  const parameters = Object.assign(Object.create(null), given.parameters);
  const reserved = Object.keys(parameters).find((name) => RESERVED.includes(name));
  if (reserved) throw new TypeError(`redirectSignIn: parameters.${reserved} is not yours to set.`);
  safeUrl('redirectSignIn: issuer', given.issuer, allowInsecure);
  return { ...given, scope, parameters, allowInsecure };
}

/**
 * Checks what one sign-in asks for.
 *
 * @throws {TypeError} Naming the option and the fix.
 */
export function checkRequest(request: RedirectSignInRequest): RedirectSignInRequest {
  return checkOptions('signIn', request, REQUEST);
}

/**
 * Checks what one sign-out asks for.
 *
 * @throws {TypeError} Naming the option and the fix.
 */
export function checkSignOut(request: RedirectSignOutRequest): RedirectSignOutRequest {
  return checkOptions('signOut', request, { returnTo: RETURN_TO });
}
