import * as oauth from 'oauth4webapi';
import { systemClock } from '../platform/clock.ts';
import { platformFetch } from '../platform/web.ts';
import { decodeClaims } from '../token/claims.ts';
import { own } from '../token/own.ts';
import { readTokenResponse } from '../token/token-response.ts';
import type { TokenInput } from '../token/token-set.ts';
import type { RedirectSettings } from './options.ts';
import { answerOf, type ProviderMetadata, requestOptions } from './provider.ts';
import type { Transaction } from './transaction.ts';

/**
 * Makes tokens of the provider's answer: checks state and issuer, hands in the code with its verifier, and checks what the
 * ID token says, its nonce above all (RFC 9207, RFC 7636, OpenID Connect Core section 3.1.3.7).
 *
 * @param redirectUri As it was sent.
 * @throws {SignInRejectedError} When the provider says no.
 * @throws {AuthUnavailableError} When it says nothing that can be read.
 * @throws {TokenResponseError} When something does not fit.
 */
export function exchange(
  { issuer, clientId, resource }: RedirectSettings,
  { server, endpoint }: ProviderMetadata,
  answer: URLSearchParams,
  state: string,
  redirectUri: string,
  { verifier = '', nonce, maxAge }: Transaction,
): Promise<TokenInput> {
  const secrets = [...answer.getAll('code'), verifier, state, nonce ?? ''];
  return answerOf(
    issuer,
    async () => {
      const client: oauth.Client = { client_id: clientId };
      const checked = oauth.validateAuthResponse(server, client, answer, state);
      // Checked here, since a credential goes there now.
      endpoint('token_endpoint');
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.None(),
        checked,
        redirectUri,
        verifier,
        { ...requestOptions(platformFetch), ...(resource && { additionalParameters: { resource } }) },
      );
      const skew = await skewOf(response);
      const body = await oauth.processAuthorizationCodeResponse(
        server,
        { ...client, [oauth.clockSkew]: skew },
        response,
        {
          ...(nonce !== undefined && { expectedNonce: nonce, requireIdToken: true }),
          ...(maxAge !== undefined && { maxAge: Math.floor(maxAge / 1000) }),
        },
      );
      return readTokenResponse(body);
    },
    secrets,
  );
}

/**
 * By how many seconds the device's clock is behind. The ID token was made just now, so it says what time it is: nobody is
 * kept out by a wrong clock. That it was made for this sign-in is what its nonce says.
 */
async function skewOf(response: Response): Promise<number> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const idToken = own(body, 'id_token');
  const issuedAt = own(decodeClaims(typeof idToken === 'string' ? idToken : undefined), 'iat');
  return typeof issuedAt === 'number' ? Math.round(issuedAt - systemClock.now() / 1000) : 0;
}
