import type { TestUser } from '../test-user.ts';
import type { Body } from './read-body.ts';
import type { TokenBook } from './token-book.ts';

/** What a request to the server asks for. */
export type AuthEndpoint = 'signIn' | 'refresh' | 'verify' | 'revoke';

export const AUTH_ENDPOINTS: readonly AuthEndpoint[] = ['signIn', 'refresh', 'verify', 'revoke'];

/** What a protocol needs to know of its server. */
export interface ProtocolOptions {
  readonly baseUrl: string;
  readonly paths: Readonly<Record<string, string>>;
  readonly users: readonly TestUser[] | undefined;
  readonly headerType: string;
  readonly clientId: string | undefined;
  readonly scope: string;
  readonly accessLifetime: number;
  /** Whether the account of a user was closed. */
  isClosed(user: TestUser): boolean;
}

/** One URL of the server. */
export interface Route {
  readonly path: string;
  /** Default is POST. */
  readonly method?: 'GET';
  /** What a body asks for; undefined when it is nothing that the server does. */
  endpointOf(body: Body): AuthEndpoint | undefined;
  answer(body: Body): Response | Promise<Response>;
}

/** The server as one kind of deployment speaks it: its wire shapes and status codes are in here, and nowhere else. */
export interface Protocol {
  readonly book: TokenBook;
  readonly routes: readonly Route[];
  /** The answer to another method than that of the route. */
  refuseMethod(method: string): Response;
  /** Who sends a request, or the answer that a resource server gives to it. */
  authorize(authorization: string | null): TestUser | Response;
  /** What the server answers to a sign-in of this user. */
  tokensFor(user: TestUser): Record<string, unknown>;
  /** Forgets whatever it gave. */
  reset(): void;
}
