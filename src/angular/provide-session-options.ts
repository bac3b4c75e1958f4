import type { TransportOptions } from '../transports/resource-server.ts';

/** What `provideSession` can be told: for `sessionInterceptor` what any transport can, and for `signedInGuard` the rest. */
export interface ProvideSessionOptions extends TransportOptions {
  /** The route of the sign-in form, as the router writes it. Default is `/sign-in`. */
  readonly signInPath?: string;
  /** The query parameter in which that route finds the page that was asked for. Default is `next`. */
  readonly returnParameter?: string;
}
