import { optional, type Rule } from '../platform/check-options.ts';
import { configUrl, isSecureTarget } from '../platform/web-origin.ts';
import { own } from '../token/own.ts';

/** Scopes, separated by spaces; blanks alone would be sent as an empty parameter. */
export const SCOPE: Rule = [optional((scope) => typeof scope === 'string' && /\S/.test(scope)), 'must name scopes'];
/** RFC 8707 section 2. */
export const RESOURCE: Rule = [
  optional((uri) => typeof uri === 'string' && /^[a-z][a-z\d+.-]*:[^\s#]+$/i.test(uri)),
  "must be an absolute URI without a fragment, such as 'https://api.example.com'",
];

/**
 * Refuses the secret of a client in the code of a page, where everybody can read it (OAU-3).
 *
 * @throws {TypeError} When there is one.
 */
export function refuseSecret(maker: string, options: unknown): void {
  const name = ['clientSecret', 'client_secret'].find((option) => own(options, option) !== undefined);
  if (!name) return;
  throw new TypeError(`${maker}: a page keeps no secret: register a public client, and leave ${name} out.`);
}

/**
 * Resolves a URL that the app names, where tokens are to be sent.
 *
 * @param name What it is called in the error.
 * @throws {TypeError} When it is none of http or https, is plain http, or has a user name, a password or a fragment.
 */
export function safeUrl(name: string, given: string, allowInsecure: boolean): string {
  const url = configUrl(given);
  // RFC 6749 section 3.2: no fragment. Userinfo would be shown by every error.
  if (!url || !/^https?:$/.test(url.protocol) || url.username + url.password + url.hash) {
    throw new TypeError(`${name} must be a URL of https, without user name, password and fragment.`);
  }
  if (!allowInsecure && !isSecureTarget(url)) {
    throw new TypeError(`${name}: ${url.origin} is plain http; use https, or allowInsecure: true.`);
  }
  return url.href;
}
