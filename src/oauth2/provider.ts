import * as oauth from 'oauth4webapi';
import { safeUrl } from '../backends/public-client.ts';
import { AuthUnavailableError } from '../errors.ts';
import { within } from '../platform/awaitable.ts';
import { systemClock } from '../platform/clock.ts';
import { own } from '../token/own.ts';
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

/**
 * Gives the provider's metadata, asked for when they are first needed, and kept for as long as the page lives.
 *
 * @param signal Ends the request. Whoever has none may share one.
 * @throws {AuthUnavailableError} When they cannot be had, or are not the metadata of exactly this issuer (OAU-6).
 * @throws {TokenResponseError} When they are no metadata.
 */
export type Discover = (send: typeof fetch, signal?: AbortSignal) => Promise<ProviderMetadata>;

/** How long the provider may take to answer, in milliseconds. */
const LIMIT = 30_000;
const ABSOLUTE = /^https?:\/\//i;

/** Where the metadata of an issuer are (OpenID Connect Discovery section 4). */
export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** Prepares to ask a provider for its metadata. */
export function createDiscovery({ issuer, clientId, resource, allowInsecure }: RedirectSettings): {
  readonly discover: Discover;
  /** The URLs that get no access token: more of them once the metadata are there. */
  readonly endpoints: readonly string[];
} {
  const endpoints = [discoveryUrl(issuer)];
  // `createSession` knows by the JSON of its backend whether it is called in the same way as before. That is what the app
  // has set, and does not change when the provider has named its endpoints.
  Object.defineProperty(endpoints, 'toJSON', { value: () => [issuer, clientId, resource] });
  let known: ProviderMetadata | undefined;
  let asking: Promise<ProviderMetadata> | undefined;

  async function ask(send: typeof fetch, signal?: AbortSignal): Promise<ProviderMetadata> {
    const url = new URL(issuer);
    const options = { ...requestOptions(send), ...(signal && { signal }) };
    const server = await answerOf(issuer, async () => {
      const response = await oauth.discoveryRequest(url, options);
      return await oauth.processDiscoveryResponse(url, response).catch((error: unknown) => {
        throw error instanceof oauth.OperationProcessingError && error.code === oauth.JSON_ATTRIBUTE_COMPARISON
          ? otherIssuer(own(own(error.cause, 'body'), 'issuer'))
          : error;
      });
    });
    if (server.issuer !== issuer) throw otherIssuer(server.issuer);
    const endpoint: ProviderMetadata['endpoint'] = (name) => {
      const given: unknown = server[name];
      if (typeof given !== 'string') return undefined;
      try {
        // The app's own page is no provider: what is relative there would be resolved here.
        if (!ABSOLUTE.test(given)) throw new TypeError(`${name} is no absolute URL of http or https.`);
        return safeUrl(name, given, allowInsecure);
      } catch (error) {
        throw new AuthUnavailableError(`The metadata of ${issuer} are not safe. ${(error as Error).message}`);
      }
    };
    if (!known) {
      const named: readonly unknown[] = [server.token_endpoint, server.revocation_endpoint];
      endpoints.push(...named.filter((one) => typeof one === 'string').filter((one) => ABSOLUTE.test(one)));
    }
    known ??= { server, endpoint };
    return known;
  }

  function otherIssuer(theirs: unknown): AuthUnavailableError {
    const name = safeText(String(theirs));
    return new AuthUnavailableError(
      `issuer is ${issuer}, and its metadata are those of ${name}: if that is your provider, write issuer just so.`,
    );
  }

  return {
    endpoints,
    async discover(send, signal) {
      if (known) return known;
      // Others would not want theirs to end with somebody else's signal.
      if (signal) return await ask(send, signal);
      // The next one asks again where it fails.
      asking ??= ask(send).finally(() => {
        asking = undefined;
      });
      return await asking;
    },
  };
}

/**
 * Waits for an answer of the provider, but not for ever.
 *
 * @throws {AuthError} Without anything secret in it.
 */
export async function answerOf<T>(issuer: string, work: () => Promise<T>, secrets?: readonly string[]): Promise<T> {
  try {
    return await within(systemClock, LIMIT, work, () => late(issuer));
  } catch (error) {
    throw providerError(error, issuer, secrets);
  }
}

/** The error for a provider that takes too long. */
export function late(issuer: string): AuthUnavailableError {
  return new AuthUnavailableError(`No answer from ${issuer} (it did not answer in time).`);
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
