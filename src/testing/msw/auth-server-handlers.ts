import { type HttpHandler, http } from 'msw';
import { nameOf, type TestUser } from '../test-user.ts';
import { type AuthServerOptions, normalizeAuthServerOptions } from './auth-server-options.ts';
import { createFaults, type ServerFault } from './faults.ts';
import { createOAuth2Server } from './oauth2-server.ts';
import type { AuthEndpoint, ProtocolOptions } from './protocol.ts';
import { readBody } from './read-body.ts';
import { createSimpleJwtServer } from './simple-jwt-server.ts';

/** An authorization server in memory, behind msw. */
export interface AuthServer {
  /** For `setupServer(...auth.handlers)` or `setupWorker(...auth.handlers)`. */
  readonly handlers: readonly HttpHandler[];
  /** How often the server was asked for each thing. */
  readonly calls: Record<AuthEndpoint, number>;
  /** Lets the next requests fail, before anything is done. */
  fail(fault?: ServerFault): void;
  /**
   * Does what the next request asks for, and loses the answer: the network fails.
   *
   * @param on Default is `refresh`.
   */
  loseNextAnswer(on?: AuthEndpoint): void;
  /** Holds each answer back, once the work is done, for so many milliseconds; 0 ends that. */
  delay(time: number): void;
  /** Makes every access token that is out there worthless, as its time does; refresh tokens stay good. */
  expireAll(): void;
  /** Makes every token that is out there worthless. */
  revokeAll(): void;
  /** Closes the account of a user: no sign-in, no refresh, and the API says why. */
  closeAccount(user: string | TestUser): void;
  /** Who sends a request; undefined when its token is not good. */
  userOf(request: Request): TestUser | undefined;
  /** Answers a request to the app's own API: refused as by a real server, or what `respond` gives for its user. */
  protect(request: Request, respond: (user: TestUser) => Response | Promise<Response>): Promise<Response>;
  /** What the server answers to a sign-in: for `session.signInWithTokens(backend.tokensFrom(auth.tokensFor('alice')))`. */
  tokensFor(user: string | TestUser): Record<string, unknown>;
  /** An authorization code of a user, for `oauth2`: to be exchanged once, with any verifier. */
  codeFor(user: string | TestUser): string;
  /**
   * The URL to which the server leads back, for `oauth2`: `url` is the one for which `sso.signIn()` or `sso.signOut()` has
   * left the page. State, nonce, PKCE and `redirect_uri` are checked as by a real one.
   *
   * @param user Who signs in there. Default: they say no (`access_denied`, or `login_required` where they were not to be asked).
   * @throws {TypeError} When the URL is none of this server's, of another client, or leads nowhere back.
   */
  answerFor(url: string | URL, user?: string | TestUser): string;
  /** As at the start: no tokens, no codes, no faults, no calls, no closed accounts. */
  reset(): void;
}

/**
 * Makes the handlers of an authorization server that lives in memory, so that an app can test its own pages.
 *
 * @throws {TypeError} When an option is wrong, naming it and the fix.
 * @example
 * const auth = authServerHandlers({ baseUrl: 'https://api.example.com/auth', users: [{ username: 'alice', password: 'x' }] })
 * const server = setupServer(...auth.handlers)
 */
export function authServerHandlers(options: AuthServerOptions): AuthServer {
  const settings = normalizeAuthServerOptions(options);
  const { baseUrl, kind, users } = settings;
  const closed = new Set<string>();
  const protocolOptions: ProtocolOptions = { ...settings, isClosed: (user) => closed.has(nameOf(user)) };
  const oauth2 = kind === 'oauth2' ? createOAuth2Server(protocolOptions, settings) : undefined;
  const protocol = oauth2 ?? createSimpleJwtServer(protocolOptions, settings);
  const { book } = protocol;
  const calls: AuthServer['calls'] = { signIn: 0, refresh: 0, verify: 0, revoke: 0 };
  const faults = createFaults();

  const handlers = protocol.routes.map(({ path, method = 'POST', endpointOf, answer }) =>
    http.all(`${baseUrl.replace(/\/$/, '')}/${path}`, async ({ request }) => {
      if (request.method === 'OPTIONS') return allowOrigin(request, new Response(null, { status: 204 }));
      if (request.method !== method) return allowOrigin(request, protocol.refuseMethod(request.method));
      const body = await readBody(request);
      const endpoint = endpointOf(body);
      if (endpoint) calls[endpoint] += 1;
      return allowOrigin(request, await faults.meet(endpoint, () => answer(body)));
    }),
  );
  const sender = (request: Request): TestUser | Response => protocol.authorize(request.headers.get('Authorization'));
  function demandOAuth2(): NonNullable<typeof oauth2> {
    if (!oauth2) throw new TypeError("There are codes where kind is 'oauth2' only.");
    return oauth2;
  }
  /** By name, or as the test has them. */
  function userFor(user: string | TestUser): TestUser {
    if (typeof user !== 'string') return user;
    return users?.find((one) => nameOf(one) === user) ?? { username: user };
  }

  return {
    handlers,
    calls,
    fail: (fault = {}) => faults.fail(fault),
    loseNextAnswer: (on = 'refresh') => faults.loseNextAnswer(on),
    delay: faults.delay,
    expireAll: () => book.end('access'),
    revokeAll: () => book.end(),
    closeAccount: (user) => void closed.add(nameOf(userFor(user))),
    userOf(request) {
      const user = sender(request);
      return user instanceof Response ? undefined : user;
    },
    async protect(request, respond) {
      const user = sender(request);
      return allowOrigin(request, user instanceof Response ? user : await respond(user));
    },
    tokensFor: (user) => protocol.tokensFor(userFor(user)),
    codeFor: (user) => demandOAuth2().codeFor(userFor(user)),
    answerFor: (url, user) => demandOAuth2().answerFor(String(url), user === undefined ? user : userFor(user)),
    reset() {
      protocol.reset();
      faults.clear();
      closed.clear();
      for (const endpoint of Object.keys(calls) as AuthEndpoint[]) calls[endpoint] = 0;
    },
  };
}

/** Lets a page of another origin read the answer, where a test's browser asks for that. */
function allowOrigin(request: Request, response: Response): Response {
  const origin = request.headers.get('Origin');
  if (origin === null || response.type === 'error') return response;
  // What `fetch` or `Response.redirect()` gave lets nobody change its headers.
  const answer = isFixed(response) ? new Response(response.body, response) : response;
  const headers = {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Methods': 'DELETE, GET, OPTIONS, PATCH, POST, PUT',
    'Access-Control-Allow-Headers':
      request.headers.get('Access-Control-Request-Headers') ?? 'authorization, content-type',
  };
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
  // Besides those that the app's own API exposes.
  answer.headers.append('Access-Control-Expose-Headers', 'Retry-After, WWW-Authenticate');
  return answer;
}

function isFixed({ headers }: Response): boolean {
  try {
    headers.delete('Access-Control-Allow-Origin');
    return false;
  } catch {
    return true;
  }
}
