import type { Backend, BackendContext } from '../backends/backend.ts';
import { oauth2Token } from '../backends/oauth2-token.ts';
import { AuthUnavailableError } from '../errors.ts';
import { readTokenResponse } from '../token/token-response.ts';
import type { RedirectSettings } from './options.ts';
import type { Discover } from './provider.ts';

/**
 * The backend of a provider: `oauth2Token` at the endpoints that the provider names, which are asked for when needed.
 *
 * @param endpoints Those that are known, also later.
 */
export function createProviderBackend<Claims>(
  { issuer, clientId, resource, allowInsecure }: RedirectSettings,
  discover: Discover,
  endpoints: readonly string[],
): Backend<never, Claims> & Required<Pick<Backend, 'tokensFrom'>> {
  async function found(context: BackendContext): Promise<Backend> {
    const { endpoint } = await discover(context.fetch, context.signal);
    const tokenEndpoint = endpoint('token_endpoint');
    const revocationEndpoint = endpoint('revocation_endpoint');
    if (!tokenEndpoint) throw new AuthUnavailableError(`${issuer} names no token endpoint.`);
    return oauth2Token({
      tokenEndpoint,
      clientId,
      allowInsecure,
      ...(revocationEndpoint && { revocationEndpoint }),
      ...(resource && { resource }),
    });
  }
  const backend: Backend<never, Claims> & Required<Pick<Backend, 'tokensFrom'>> = {
    endpoints,
    tokensFrom: (body) => readTokenResponse(body),
    async refresh(record, context) {
      return (await (await found(context)).refresh?.(record, context)) ?? {};
    },
    async revoke(record, context, why) {
      await (await found(context)).revoke?.(record, context, why);
    },
  };
  // What is not here must not be found on a polluted `Object.prototype` (PPL-1).
  return Object.setPrototypeOf(backend, null);
}
