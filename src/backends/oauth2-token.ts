import { AuthUnavailableError, RefreshRejectedError } from '../errors.ts';
import { checkOptions, isText, type Rules } from '../platform/check-options.ts';
import type { JwtClaims } from '../token/claims.ts';
import { isJsonObject, own } from '../token/own.ts';
import { readTokenResponse } from '../token/token-response.ts';
import type { Backend, BackendContext, Revocation } from './backend.ts';
import { RESOURCE, refuseSecret, SCOPE, safeUrl } from './public-client.ts';
import { FLAG, TEXT } from './rules.ts';
import { callTokenEndpoint, canResolve, type TokenEndpointAnswer, unavailable } from './token-endpoint.ts';

/** An OAuth 2.0 authorization server, as an app that has no secret knows it (RFC 6749 section 2.1, a public client). */
export interface OAuth2TokenOptions {
  /** The URL of the token endpoint, such as `https://id.example.com/oauth/token`; relative to the page if it has no host. */
  readonly tokenEndpoint: string;
  /** What the server calls this app. */
  readonly clientId: string;
  /** Where tokens are revoked (RFC 7009). Default is none: then a sign-out stays local. */
  readonly revocationEndpoint?: string;
  /** Scopes that a refresh asks for, separated by spaces. What was not granted is left out. Default is all that was granted. */
  readonly scope?: string;
  /** The API that the access token is for, as an absolute URI (RFC 8707). Default is what the server takes for granted. */
  readonly resource?: string;
  /** Allows plain http beyond this machine, for closed networks. Default is false. */
  readonly allowInsecure?: boolean;
}

const OPTIONS: Rules = {
  tokenEndpoint: [isText, "must be text, such as 'https://id.example.com/oauth/token'"],
  clientId: [isText, 'must be text: what the server calls this app'],
  revocationEndpoint: TEXT,
  scope: SCOPE,
  resource: RESOURCE,
  allowInsecure: FLAG,
};
/** RFC 6749 section 5.2, RFC 8707 section 2: the request is wrong, and the session is not over because of it. */
const MENDS: ReadonlyMap<unknown, string> = new Map([
  ['invalid_client', 'is clientId right, and a public client there?'],
  ['unauthorized_client', 'let this client have the grant refresh_token.'],
  ['unsupported_grant_type', 'let the server have the grant refresh_token.'],
  ['invalid_scope', 'mend scope.'],
  ['invalid_target', 'mend resource.'],
  ['invalid_request', 'mend tokenEndpoint and the options.'],
]);

/**
 * Any token endpoint of RFC 6749, with opaque access tokens or JWTs. It has no `signIn`: a user comes by the redirect
 * sign-in of `latchkey/oauth2`, or by `session.signInWithTokens(backend.tokensFrom(answer))`. There is no password grant
 * and no client secret (RFC 9700 section 2.4, OAU-1, OAU-3).
 *
 * @throws {TypeError} When an option is wrong.
 * @example
 * oauth2Token({ tokenEndpoint: 'https://id.example.com/oauth/token', clientId: 'spa' })
 */
export function oauth2Token<Claims = JwtClaims>(
  options: OAuth2TokenOptions,
): Backend<never, Claims> & Required<Pick<Backend, 'tokensFrom'>> {
  refuseSecret('oauth2Token', options);
  const given = checkOptions('oauth2Token', options, OPTIONS);
  const { tokenEndpoint, revocationEndpoint, clientId: client_id, scope, resource, allowInsecure = false } = given;
  const url = (name: 'tokenEndpoint' | 'revocationEndpoint'): string =>
    safeUrl(`oauth2Token: ${name}`, given[name] ?? '', allowInsecure);
  const endpoints = (): string[] => [
    ...(canResolve(tokenEndpoint) ? [url('tokenEndpoint')] : []),
    ...(revocationEndpoint && canResolve(revocationEndpoint) ? [url('revocationEndpoint')] : []),
  ];
  // What is wrong with them is said now.
  endpoints();

  const backend: Backend<never, Claims> & Required<Pick<Backend, 'tokensFrom'>> = {
    get endpoints() {
      return endpoints();
    },
    tokensFrom: (body) => readTokenResponse(body),

    async refresh({ tokens }, context) {
      const form = {
        grant_type: 'refresh_token',
        refresh_token: tokens.refreshToken,
        client_id,
        scope: granted(scope, tokens.scope),
        resource,
      };
      const answer = await callTokenEndpoint({ url: url('tokenEndpoint'), form }, context);
      if (answer.isOk) return readTokenResponse(answer.body);
      throw verdict(answer);
    },

    ...(revocationEndpoint && {
      async revoke(
        { tokens: { refreshToken, accessToken } }: Parameters<NonNullable<Backend['revoke']>>[0],
        context: BackendContext,
        { isReplaced }: Revocation,
      ) {
        // Providers have one grant for all sign-ins of a user at a client (RFC 7009 section 2.1).
        if (isReplaced) return;
        const form = {
          token: refreshToken ?? accessToken,
          token_type_hint: refreshToken ? 'refresh_token' : 'access_token',
          client_id,
        };
        if (!form.token) return;
        const answer = await callTokenEndpoint({ url: url('revocationEndpoint'), form, keepalive: true }, context);
        if (!answer.isOk) throw misuse(answer) ?? unavailable(answer);
      },
    }),
  };
  // What is not here must not be found on a polluted `Object.prototype` (PPL-1).
  return Object.setPrototypeOf(backend, null);
}

/** A refresh that asks for more than was granted is refused (RFC 6749 section 6, ROT-10). */
function granted(wished: string | undefined, given: string | undefined): string | undefined {
  const all = given?.split(' ');
  const some = wished?.split(' ').filter((one) => !all || all.includes(one));
  return some?.length ? some.join(' ') : undefined;
}

/** Only `invalid_grant` ends a session (ROT-6). Some servers send it with status 403; a proxy sends no such code. */
function verdict(answer: TokenEndpointAnswer): RefreshRejectedError | AuthUnavailableError {
  const { status, body } = answer;
  const isVerdict = isJsonObject(body) && status >= 400 && status < 500 && ![408, 425, 429].includes(status);
  if (isVerdict && own(body, 'error') === 'invalid_grant') return new RefreshRejectedError();
  return misuse(answer) ?? unavailable(answer);
}

/** What the developer has to mend: until then the session stays. */
function misuse({ url, status, body, retryAfter }: TokenEndpointAnswer): AuthUnavailableError | undefined {
  const code = status >= 400 && status < 500 ? own(body, 'error') : undefined;
  const mend = MENDS.get(code);
  return mend === undefined
    ? undefined
    : new AuthUnavailableError(`${url} says ${code}: ${mend} The session stays.`, { status, retryAfter });
}
