import { type HttpHandler, http } from 'msw';
import {
  checkOptions,
  isBoolean,
  isFunction,
  isObject,
  isText,
  optional,
  type Rule,
  type Rules,
} from '../../platform/check-options.ts';
import { nameOf, type TestUser } from '../test-user.ts';
import { createFaults, type ServerFault } from './faults.ts';
import { createOAuth2Server } from './oauth2-server.ts';
import type { AuthEndpoint, ProtocolOptions } from './protocol.ts';
import { readBody } from './read-body.ts';
import { createSimpleJwtServer } from './simple-jwt-server.ts';

export interface AuthServerOptions {
  /** Where the server is, as the backend of the app has it: `https://api.example.com/auth`, or `/auth` in a page. */
  readonly baseUrl: string;
  /** What it speaks: that of `djangorestframework-simplejwt` (default), or of an OAuth 2.0 token endpoint. */
  readonly kind?: 'simple-jwt' | 'oauth2';
  /** Paths below `baseUrl`: `obtain`, `refresh`, `verify`, `blacklist`, or `token`, `revocation`. Default: those of the kind. */
  readonly paths?: Readonly<Record<string, string>>;
  /** Who can sign in, and with what. Default: any `username`, with the `password` `right`. */
  readonly users?: readonly TestUser[];
  /** How long an access token lives, in milliseconds. Default is 300000 (5 minutes). */
  readonly accessLifetime?: number;
  /** How long a refresh token lives, in milliseconds. Default is 86400000 (a day). */
  readonly refreshLifetime?: number;
  /** Whether a refresh gives a new refresh token, and spends the old one. Default is true. */
  readonly rotate?: boolean;
  /** Whether a spent refresh token that comes again ends its whole sign-in. Default is true for `oauth2`, else false. */
  readonly reuseDetection?: boolean;
  /** How long a spent refresh token is still taken, in milliseconds. Default is 0. */
  readonly graceWindow?: number;
  /** The scheme of the `Authorization` header, for `simple-jwt`. Default is `Bearer`. */
  readonly headerType?: string;
  /** The one client that is known, for `oauth2`. Default: any. */
  readonly clientId?: string;
  /** The scopes that are granted, for `oauth2`; with `openid` there is an ID token. Default is `openid offline_access`. */
  readonly scope?: string;
  /** Milliseconds since 1970. Default is the machine's clock. */
  readonly now?: () => number;
}

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
  /** As at the start: no tokens, no faults, no calls, no closed accounts. */
  reset(): void;
}

const TIME: Rule = [optional((time) => typeof time === 'number' && time > 0), 'must be milliseconds above 0'];
const FLAG: Rule = [optional(isBoolean), 'must be true or false'];
const TEXT: Rule = [optional(isText), 'must be text'];
const OPTIONS: Rules = {
  baseUrl: [isText, 'is missing; it is that of the backend, such as https://api.example.com/auth'],
  kind: [optional((kind) => kind === 'simple-jwt' || kind === 'oauth2'), "must be 'simple-jwt' or 'oauth2'"],
  paths: [optional(isObject), 'must be an object, such as { obtain }'],
  users: [optional(Array.isArray), 'must be a list, such as [{ username, password }]'],
  accessLifetime: TIME,
  refreshLifetime: TIME,
  rotate: FLAG,
  reuseDetection: FLAG,
  graceWindow: [optional((time) => typeof time === 'number' && time >= 0), 'must be milliseconds, 0 or more'],
  headerType: TEXT,
  clientId: TEXT,
  scope: TEXT,
  now: [optional(isFunction), 'must be a function'],
};

/**
 * Makes the handlers of an authorization server that lives in memory, so that an app can test its own pages.
 *
 * @throws {TypeError} When an option is wrong, naming it and the fix.
 * @example
 * const auth = authServerHandlers({ baseUrl: 'https://api.example.com/auth', users: [{ username: 'alice', password: 'x' }] })
 * const server = setupServer(...auth.handlers)
 */
export function authServerHandlers(options: AuthServerOptions): AuthServer {
  const {
    baseUrl,
    kind = 'simple-jwt',
    paths = {},
    users,
    accessLifetime = 300_000,
    refreshLifetime = 86_400_000,
    rotate = true,
    reuseDetection = kind === 'oauth2',
    graceWindow = 0,
    headerType = 'Bearer',
    clientId,
    scope = 'openid offline_access',
    now = () => Date.now(),
  } = checkOptions('authServerHandlers', options, OPTIONS);
  const closed = new Set<string>();
  const isClosed = (user: TestUser): boolean => closed.has(nameOf(user));
  const protocolOptions: ProtocolOptions = {
    baseUrl,
    paths,
    users,
    headerType,
    clientId,
    scope,
    accessLifetime,
    isClosed,
  };
  const bookOptions = { accessLifetime, refreshLifetime, rotate, reuseDetection, graceWindow, now };
  const oauth2 = kind === 'oauth2' ? createOAuth2Server(protocolOptions, bookOptions) : undefined;
  const protocol = oauth2 ?? createSimpleJwtServer(protocolOptions, bookOptions);
  const { book } = protocol;
  const calls: AuthServer['calls'] = { signIn: 0, refresh: 0, verify: 0, revoke: 0 };
  const faults = createFaults();

  const handlers = protocol.routes.map(({ path, endpointOf, answer }) =>
    http.all(`${baseUrl.replace(/\/$/, '')}/${path}`, async ({ request }) => {
      if (request.method === 'OPTIONS') return allowOrigin(request, new Response(null, { status: 204 }));
      if (request.method !== 'POST') return allowOrigin(request, protocol.refuseMethod(request.method));
      const body = await readBody(request);
      const endpoint = endpointOf(body);
      if (endpoint) calls[endpoint] += 1;
      return allowOrigin(request, await faults.meet(endpoint, () => answer(body)));
    }),
  );
  const sender = (request: Request): TestUser | Response => protocol.authorize(request.headers.get('Authorization'));
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
    codeFor(user) {
      if (!oauth2) throw new TypeError("There are codes where kind is 'oauth2' only.");
      return oauth2.codeFor(userFor(user));
    },
    reset() {
      book.forget();
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
  const headers = {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Methods': 'DELETE, GET, OPTIONS, PATCH, POST, PUT',
    'Access-Control-Allow-Headers':
      request.headers.get('Access-Control-Request-Headers') ?? 'authorization, content-type',
  };
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}
