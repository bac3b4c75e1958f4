import { isJsonObject, own } from '../../token/own.ts';
import { fakeJwt } from '../fake-jwt.ts';
import { claimsOf, type TestUser } from '../test-user.ts';
import { type Authorization, type AuthorizationBook, createAuthorizationBook } from './authorization-book.ts';
import type { AuthEndpoint, Protocol, ProtocolOptions } from './protocol.ts';
import type { Body } from './read-body.ts';
import { type BookOptions, createTokenBook, type Pair } from './token-book.ts';

/** Below `baseUrl`. */
export const OAUTH2_PATHS = {
  token: 'token',
  revocation: 'token/revocation',
  authorization: 'auth',
  endSession: 'session/end',
} as const;
const FORM = 'application/x-www-form-urlencoded';
const GRANTS: Readonly<Record<string, AuthEndpoint>> = {
  authorization_code: 'signIn',
  refresh_token: 'refresh',
};

/**
 * An OpenID provider with rotation and revocation, answer by answer as `oidc-provider` gives them. What its user would see,
 * at `authorization` and `endSession`, is no page: the test says what came of it, by `answerFor`.
 */
export function createOAuth2Server(
  options: ProtocolOptions,
  bookOptions: BookOptions,
): Protocol & Pick<AuthorizationBook, 'codeFor' | 'answerFor'> {
  const { baseUrl, clientId, scope, accessLifetime, isClosed } = options;
  const paths = { ...OAUTH2_PATHS, ...options.paths };
  const urlOf = (path: keyof typeof paths): string => `${baseUrl.replace(/\/$/, '')}/${paths[path]}`;
  const book = createTokenBook(bookOptions);
  const pages = { authorization: urlOf('authorization'), endSession: urlOf('endSession') };
  const codes = createAuthorizationBook({ ...pages, issuer: baseUrl, clientId });

  function shape(
    { access, refresh }: Pair,
    user: TestUser,
    client: unknown,
    asked: Partial<Authorization> = {},
  ): Record<string, unknown> {
    const iat = Math.floor(bookOptions.now() / 1000);
    const id = {
      iss: baseUrl,
      aud: client ?? clientId ?? 'client',
      iat,
      exp: iat + 3600,
      ...(asked.nonce !== undefined && { nonce: asked.nonce }),
      ...(asked.isAgeAsked && { auth_time: iat }),
      ...claimsOf(user),
    };
    return {
      access_token: access,
      expires_in: Math.ceil(accessLifetime / 1000),
      ...(scope.split(' ').includes('openid') && { id_token: fakeJwt(id, 'RS256') }),
      ...(refresh && { refresh_token: refresh }),
      scope,
      token_type: 'Bearer',
    };
  }

  async function exchange(body: unknown): Promise<Response> {
    const code = await codes.find(body);
    const before = code && book.find(code.access);
    // A code that comes twice was stolen, by the first or by the second (RFC 6749 section 4.1.2).
    if (before) before.grant.isOver = true;
    if (!code || before || isClosed(code.user)) return invalidGrant();
    const pair = book.signIn(code.user);
    code.access = pair.access;
    return json(shape(pair, code.user, own(body, 'client_id'), code));
  }

  function renew(body: unknown): Response {
    const token = own(body, 'refresh_token');
    if (token === undefined) return failure('invalid_request', "missing required parameter 'refresh_token'");
    const wished = String(own(body, 'scope') ?? '')
      .split(' ')
      .filter((one) => one && !scope.split(' ').includes(one));
    if (wished.length > 0)
      return failure('invalid_scope', 'refresh token missing requested scope', { scope: wished[0] });
    const user = book.find(token)?.grant.user;
    const pair = user && isClosed(user) ? undefined : book.refresh(token);
    return user && typeof pair === 'object' ? json(shape(pair, user, own(body, 'client_id'))) : invalidGrant();
  }

  function grant(body: unknown): Response | Promise<Response> {
    const type = own(body, 'grant_type');
    if (type === 'refresh_token') return renew(body);
    if (type === 'authorization_code') return exchange(body);
    if (type === undefined) return failure('invalid_request', "missing required parameter 'grant_type'");
    return failure('unsupported_grant_type', 'unsupported grant_type requested');
  }

  /** What is the same at both endpoints: the form of the request, and who sends it. */
  function refuse({ contentType, value }: Body, path: string): Response | undefined {
    if (contentType !== FORM || !isJsonObject(value)) {
      const only = `only ${FORM} content-type bodies are supported on POST /${path}`;
      return failure('invalid_request', only);
    }
    const client = own(value, 'client_id');
    if (client === undefined) return failure('invalid_request', 'no client authentication mechanism provided');
    if (clientId === undefined || client === clientId) return undefined;
    return failure('invalid_client', 'client authentication failed', {}, 401);
  }

  return {
    book,
    tokensFor: (user) => shape(book.signIn(user), user, clientId),
    codeFor: codes.codeFor,
    answerFor: (url, user) => codes.answerFor(url, user && !isClosed(user) ? user : undefined),
    reset() {
      book.forget();
      codes.forget();
    },
    refuseMethod: () => new Response('Not Found', { status: 404 }),
    routes: [
      {
        path: paths.token,
        endpointOf: ({ value }) => own(GRANTS, String(own(value, 'grant_type'))) as AuthEndpoint | undefined,
        async answer(body) {
          return noStore(refuse(body, paths.token) ?? (await grant(body.value)));
        },
      },
      {
        path: '.well-known/openid-configuration',
        method: 'GET',
        endpointOf: () => undefined,
        answer: () =>
          json({
            issuer: baseUrl,
            authorization_endpoint: pages.authorization,
            token_endpoint: urlOf('token'),
            revocation_endpoint: urlOf('revocation'),
            end_session_endpoint: pages.endSession,
            authorization_response_iss_parameter_supported: true,
            code_challenge_methods_supported: ['S256'],
            response_types_supported: ['code'],
            id_token_signing_alg_values_supported: ['RS256'],
          }),
      },
      {
        path: paths.revocation,
        endpointOf: () => 'revoke',
        answer(body) {
          const refused = refuse(body, paths.revocation);
          if (refused) return refused;
          const token = own(body.value, 'token');
          if (token === undefined) return failure('invalid_request', "missing required parameter 'token'");
          // With its refresh token goes the whole grant; a token that nobody knows is no error (RFC 7009 section 2.2).
          const known = book.find(token);
          if (known?.type === 'refresh') known.grant.isOver = true;
          if (known) known.isRevoked = true;
          return new Response(null, { headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
        },
      },
    ],
    authorize(authorization) {
      const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
      const known = book.read(token, 'access');
      if (typeof known === 'object' && !isClosed(known.grant.user)) return known.grant.user;
      const error = 'invalid_token';
      const error_description = token ? 'invalid token provided' : 'no access token provided';
      // Who sent no token is told of no error (RFC 6750 section 3.1).
      const said = token ? `, error="${error}", error_description="${error_description}"` : '';
      const headers = { 'WWW-Authenticate': `Bearer realm="${baseUrl}"${said}` };
      return noStore(json({ error, error_description }, 401, headers));
    },
  };
}

function invalidGrant(): Response {
  return failure('invalid_grant', 'grant request is invalid');
}

/** RFC 6749 section 5.2. */
function failure(error: string, error_description: string, more: object = {}, status = 400): Response {
  return json({ error, error_description, ...more }, status);
}

function json(body: object, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { Vary: 'Origin', ...headers } });
}

/** RFC 6749 section 5.1. */
function noStore(response: Response): Response {
  response.headers.set('Cache-Control', 'no-store');
  return response;
}
