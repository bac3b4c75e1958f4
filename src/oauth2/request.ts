import * as oauth from 'oauth4webapi';
import { AuthUnavailableError } from '../errors.ts';
import type { RedirectSettings, RedirectSignInRequest } from './options.ts';
import type { ProviderMetadata } from './provider.ts';
import type { Transaction } from './transaction.ts';

/** A request to sign in that is ready to be sent. */
export interface PreparedRequest {
  readonly url: string;
  readonly state: string;
  readonly secrets: Pick<Transaction, 'verifier' | 'nonce'>;
}

/**
 * Makes a request for an authorization code, with PKCE by S256 and nothing less (RFC 9700 section 2.1.1, OAU-2).
 *
 * @throws {AuthUnavailableError} When the provider, or this page, cannot do that.
 */
export async function prepareRequest(
  { issuer, clientId, scope, resource, parameters }: RedirectSettings,
  { server, endpoint }: ProviderMetadata,
  redirectUri: string,
  request: RedirectSignInRequest,
): Promise<PreparedRequest> {
  const authorization = endpoint('authorization_endpoint');
  if (!authorization) throw new AuthUnavailableError(`${issuer} names no authorization endpoint.`);
  const methods: unknown = server.code_challenge_methods_supported;
  if (Array.isArray(methods) && !methods.includes('S256')) {
    throw new AuthUnavailableError(`${issuer} does not know PKCE with S256: switch it on there.`);
  }
  if (!globalThis.crypto.subtle) throw new AuthUnavailableError('Over plain http no page can sign in: use https.');
  const scopes = [...new Set(`${scope} ${request.scope ?? ''}`.split(' '))].filter((one) => one !== '');
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = scopes.includes('openid') ? oauth.generateRandomNonce() : undefined;
  const wanted: Readonly<Record<string, string | undefined>> = {
    ...parameters,
    prompt: request.prompt ?? parameters.prompt,
    login_hint: request.loginHint ?? parameters.login_hint,
    acr_values: request.acrValues?.join(' ') ?? parameters.acr_values,
    max_age: request.maxAge === undefined ? undefined : String(Math.floor(request.maxAge / 1000)),
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: scopes.join(' '),
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    resource,
  };
  // It may have a query of its own, which stays (RFC 6749 section 3.1).
  const url = new URL(authorization);
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) url.searchParams.set(name, value);
  return { url: url.href, state, secrets: { verifier, nonce } };
}
