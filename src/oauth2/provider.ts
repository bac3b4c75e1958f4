import * as oauth from 'oauth4webapi';
import { safeUrl } from '../backends/public-client.ts';
import { AuthUnavailableError } from '../errors.ts';
import { within } from '../platform/awaitable.ts';
import { systemClock } from '../platform/clock.ts';
import { safeText } from '../token/redact.ts';
import type { RedirectSettings } from './options.ts';
import { providerError } from './provider-error.ts';

/** An endpoint that the provider's metadata may name. */
export type EndpointName = 'authorization_endpoint' | 'token_endpoint' | 'revocation_endpoint' | 'end_session_endpoint';

/** What a provider says of itself. */
export interface ProviderMetadata {
  readonly server: oauth.AuthorizationServer;
  /** The URL of an endpoint, to which a secret may travel; undefined when there is none. */
  endpoint(name: EndpointName): string | undefined;
}

/** How long the provider may take to answer, in milliseconds. */
const LIMIT = 30_000;

/** Where the metadata of an issuer are (OpenID Connect Discovery section 4). */
export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/**
 * Asks the provider for its metadata when they are first needed, and keeps them for as long as the page lives.
 *
 * @returns What gives them.
 * @throws {AuthUnavailableError} When they cannot be had, or are not the metadata of exactly this issuer (OAU-6).
 */
export function createDiscovery({
  issuer,
  allowInsecure,
}: RedirectSettings): (send: typeof fetch) => Promise<ProviderMetadata> {
  let known: Promise<ProviderMetadata> | undefined;

  async function discover(send: typeof fetch): Promise<ProviderMetadata> {
    const url = new URL(issuer);
    const options = requestOptions(send);
    const server = await answerOf(issuer, async () =>
      oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, options)),
    );
    if (server.issuer !== issuer) {
      throw new AuthUnavailableError(`The issuer calls itself ${safeText(server.issuer)}: write issuer just so.`);
    }
    const endpoint: ProviderMetadata['endpoint'] = (name) => {
      const given: unknown = server[name];
      if (typeof given !== 'string') return undefined;
      try {
        return safeUrl(name, given, allowInsecure);
      } catch (error) {
        throw new AuthUnavailableError(`The metadata of ${issuer} are not safe. ${(error as Error).message}`);
      }
    };
    return { server, endpoint };
  }

  return async (send) => {
    known ??= discover(send);
    const mine = known;
    try {
      return await mine;
    } catch (error) {
      // The next one asks again.
      if (known === mine) known = undefined;
      throw error;
    }
  };
}

/**
 * Waits for an answer of the provider, but not for ever.
 *
 * @throws {AuthError} Without anything secret in it.
 */
export async function answerOf<T>(issuer: string, work: () => Promise<T>, secrets?: readonly string[]): Promise<T> {
  try {
    return await within(systemClock, LIMIT, work, () => new AuthUnavailableError(`${issuer} did not answer in time.`));
  } catch (error) {
    throw providerError(error, issuer, secrets);
  }
}

/** How requests are sent to the provider: without cookies, cache and referrer, and to no redirect (OAU-4, RED-1). */
export function requestOptions(send: typeof fetch): {
  readonly [oauth.allowInsecureRequests]: true;
  readonly [oauth.customFetch]: (url: string, init: object) => Promise<Response>;
} {
  return {
    // Which URLs of plain http are safe is decided by `safeUrl`, for every endpoint that is used.
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: (url, init) =>
      send(url, {
        __proto__: null,
        ...init,
        redirect: 'error',
        cache: 'no-store',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      } as RequestInit),
  };
}
