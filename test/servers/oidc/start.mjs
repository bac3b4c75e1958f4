// @ts-check
// A real OpenID provider, npm's `oidc-provider`, in this process, for one test file. It is plain JavaScript with types in
// comments, like the other servers.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
// @ts-expect-error It has no types.
import Provider from 'oidc-provider';
import { createAdapter } from './adapter.mjs';
import { createPages } from './pages.mjs';

/**
 * @typedef {object} OidcSettings
 * @property {number} [accessTokenTTL] Life of access tokens, in seconds; they die at whole ones. Default is 300.
 */

/**
 * @typedef {object} OidcStart
 * @property {readonly string[]} [redirectUris] Where the client `spa` may be sent back to. Default is one that nobody serves.
 * @property {readonly string[]} [postLogoutRedirectUris] The same after a sign-out. Default is none.
 * @property {boolean} [endsSessions] Whether it has a page that ends the provider's session. Default is true.
 */

/** @typedef {OidcStart & OidcSettings} OidcOptions */

/**
 * One request.
 * @typedef {object} OidcLogEntry
 * @property {string} method
 * @property {string} path Without the query.
 * @property {number} status 0 until it is answered.
 */

/**
 * @typedef {object} OidcServer
 * @property {string} url `http://localhost:PORT`, without a slash at the end. It is the issuer.
 * @property {readonly OidcLogEntry[]} log The requests since the last reset, in order of arrival.
 * @property {(path: string) => number} count How many requests a path had, OPTIONS apart. A path has no query.
 * @property {() => void} reset Empties the log; settings are as at the start again. Sessions and tokens stay.
 * @property {(settings: OidcSettings) => void} set Changes the server while it runs, until the next reset.
 * @property {() => void} revokeAll Makes every access and refresh token worthless. The users' sessions at the provider stay.
 * @property {() => Promise<void>} stop
 */

/** The API that a token can be for (RFC 8707). */
const API = 'https://api.example.com';

/**
 * Starts the provider on a free port, with the user alice (`alice-pass-1`), and the public client `spa`: PKCE is demanded,
 * a refresh token is good once, and one that comes a second time ends the whole grant. Nobody is asked for consent.
 * `/api/me` says whose access token it is given.
 * @param {OidcOptions} [options]
 * @returns {Promise<OidcServer>}
 */
export async function startOidc(options = {}) {
  const { redirectUris = ['http://localhost/callback'], postLogoutRedirectUris = [], endsSessions = true } = options;
  const { accessTokenTTL = 300 } = options;
  let settings = { accessTokenTTL };
  /** @type {OidcLogEntry[]} */
  const log = [];
  const server = createServer();
  await new Promise((resolve) => server.listen(0, 'localhost', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `http://localhost:${port}`;
  const storage = createAdapter();
  const pages = createPages();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  const provider = new Provider(url, {
    adapter: storage.adapter,
    clients: [
      {
        client_id: 'spa',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
        redirect_uris: redirectUris,
        post_logout_redirect_uris: postLogoutRedirectUris,
      },
    ],
    clientBasedCORS: (/** @type {unknown} */ _, /** @type {string} */ origin) => isLoopback(origin),
    cookies: { keys: ['of this test'] },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'read write', accessTokenFormat: 'opaque' }),
        useGrantedResource: () => true,
      },
      rpInitiatedLogout: {
        enabled: endsSessions,
        logoutSource: pages.logout,
        postLogoutSuccessSource: pages.loggedOut,
      },
    },
    findAccount: (/** @type {unknown} */ _, /** @type {string} */ sub) => ({
      accountId: sub,
      claims: async () => ({ sub, name: 'Alice' }),
    }),
    claims: { openid: ['sub', 'name'], acr: null, sid: null, auth_time: null, iss: null },
    conformIdTokenClaims: false,
    interactions: {
      url: (/** @type {unknown} */ _, /** @type {{ uid: string }} */ { uid }) => `/interaction/${uid}`,
    },
    issueRefreshToken: () => true,
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    /** Nobody is asked: whoever is signed in has agreed. */
    async loadExistingGrant(/** @type {any} */ { oidc }) {
      const known = oidc.session.grantIdFor(oidc.client.clientId);
      const existing = known && (await provider.Grant.find(known));
      if (existing) return existing;
      const grant = new provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
      grant.addOIDCScope('openid offline_access');
      grant.addResourceScope(API, 'read write');
      await grant.save();
      return grant;
    },
    pkce: { required: () => true },
    renderError: pages.error,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: () => settings.accessTokenTTL,
      Grant: 86_400,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
  });
  const answer = provider.callback();

  server.on('request', async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', url);
    const entry = { method: request.method ?? '', path: pathname, status: 0 };
    log.push(entry);
    response.once('finish', () => {
      entry.status = response.statusCode;
    });
    try {
      if (pathname === '/api/me') await me(provider, request, response);
      else if (pathname.startsWith('/interaction/')) await pages.interact(provider, request, response);
      else answer(request, response);
    } catch (error) {
      response.writeHead(400, { 'Content-Type': 'text/plain' }).end(String(error));
    }
  });

  return {
    url,
    log,
    count: (path) => log.filter((entry) => entry.path === path && entry.method !== 'OPTIONS').length,
    reset() {
      log.length = 0;
      settings = { accessTokenTTL };
    },
    set(changed) {
      settings = { ...settings, ...changed };
    },
    revokeAll: () => storage.forget('AccessToken', 'RefreshToken', 'Grant'),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * A resource server: it knows an opaque token because it is the same process.
 * @param {any} provider
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function me(provider, request, response) {
  const { authorization = '', origin = '' } = request.headers;
  response.setHeader('Cache-Control', 'no-store');
  if (isLoopback(origin)) {
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Allow-Headers', 'authorization');
    response.setHeader('Access-Control-Expose-Headers', 'WWW-Authenticate');
  }
  if (request.method === 'OPTIONS') return response.writeHead(204).end();
  const token = await provider.AccessToken.find(authorization.replace(/^Bearer /, ''));
  response.setHeader('Content-Type', 'application/json');
  if (token) return response.end(JSON.stringify({ username: token.accountId, aud: token.aud, scope: token.scope }));
  response.writeHead(401, { 'WWW-Authenticate': 'Bearer error="invalid_token"' });
  response.end(JSON.stringify({ error: 'invalid_token' }));
}

/** @param {string} origin */
function isLoopback(origin) {
  return /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(origin);
}
