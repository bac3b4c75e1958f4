import { createServer } from 'node:http';
import { isDeepStrictEqual } from 'node:util';

const REFRESH = new Set(['/auth/token/refresh/', '/oauth/token']);
const REVOKE = new Set(['/auth/token/blacklist/', '/oauth/revoke']);
const JSON_TYPE = { 'Content-Type': 'application/json' };
const REFUSAL = { detail: 'Given token not valid for any token type', code: 'token_not_valid' };
const REJECTION = { detail: 'Token is blacklisted', code: 'token_not_valid' };

/**
 * A resource server and its token endpoint on this machine. It speaks SimpleJWT, and the form of RFC 6749 for the client
 * that knows no other. Refresh tokens rotate: a spent one is rejected. `log` has every request, in order.
 *
 * @param options.now What its clock says, in milliseconds: the right time, also where a case lies to the client.
 * @param options.page Files that it serves besides, by their path.
 */
export async function startServer({ now = Date.now, page = {} } = {}) {
  const log = [];
  const good = { access: new Set(), refresh: new Set() };
  const script = { refresh: undefined, request: undefined, revoke: undefined, rotates: true, lifetime: 300 };
  let issued = 0;

  /** @param shape.token An access token as it is, such as an opaque one. */
  function issue({ lifetime = script.lifetime, token, subject = 'alice' } = {}) {
    issued += 1;
    const iat = Math.floor(now() / 1000);
    const claims = { token_type: 'access', user_id: subject, sub: subject, iat, exp: iat + lifetime, jti: `${issued}` };
    const accessToken = token ?? jwtOf(claims);
    const refreshToken = jwtOf({ ...claims, token_type: 'refresh', exp: iat + 86_400 });
    good.access.add(accessToken);
    good.refresh.add(refreshToken);
    return { accessToken, refreshToken };
  }

  async function answerRefresh(entry, isForm) {
    const count = server.refreshes();
    const scripted = await script.refresh?.(count, entry);
    if (scripted) return scripted;
    const spent = isForm ? new URLSearchParams(entry.body).get('refresh_token') : JSON.parse(entry.body).refresh;
    entry.refreshToken = spent;
    if (!good.refresh.has(spent))
      return { status: isForm ? 400 : 401, body: isForm ? { error: 'invalid_grant' } : REJECTION };
    const { accessToken, refreshToken } = issue();
    if (script.rotates) good.refresh.delete(spent);
    else good.refresh.delete(refreshToken);
    const body = isForm
      ? {
          access_token: accessToken,
          token_type: 'Bearer',
          expires_in: script.lifetime,
          ...(script.rotates && { refresh_token: refreshToken }),
        }
      : { access: accessToken, ...(script.rotates && { refresh: refreshToken }) };
    return { status: 200, body };
  }

  async function answer(entry) {
    if (REFRESH.has(entry.path)) return answerRefresh(entry, entry.path === '/oauth/token');
    if (REVOKE.has(entry.path)) return (await script.revoke?.(entry)) ?? { status: 200, body: {} };
    const scripted = await script.request?.(entry);
    if (scripted) return scripted;
    if (!entry.isAuthorized) return { status: 401, body: REFUSAL };
    return { status: 200, body: { path: entry.path, method: entry.method, url: entry.url } };
  }

  const http = createServer(async (request, response) => {
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    const { method, url, headers } = request;
    const path = url.split('?')[0];
    if (page[path]) {
      response.writeHead(200, {
        'Content-Type': path.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8',
      });
      response.end(page[path]);
      return;
    }
    const { authorization } = headers;
    const isAuthorized = good.access.has(/^Bearer (.+)$/.exec(authorization ?? '')?.[1]);
    const bytes = Buffer.concat(chunks);
    const entry = { method, url, path, headers, authorization, isAuthorized, bytes, body: bytes.toString() };
    log.push(entry);
    const { status, body = '', headers: more } = await answer(entry);
    entry.status = status;
    // Cut off: what a client sees as a network error.
    if (status === 0) return void request.socket.destroy();
    const isText = typeof body === 'string';
    response.writeHead(status, { ...(isText ? { 'Content-Type': 'text/html' } : JSON_TYPE), ...more });
    response.end(isText ? body : JSON.stringify(body));
  });
  // No connection is closed under a client that is about to use it again.
  http.keepAliveTimeout = 0;
  await new Promise((resolve) => http.listen({ port: 0, host: 'localhost', backlog: 4096 }, resolve));

  const server = {
    origin: `http://localhost:${http.address().port}`,
    log,
    script,
    issue,
    /** Makes every access token bad that is out there; refresh tokens stay good. */
    refuseAll: () => good.access.clear(),
    /** Makes every refresh token bad. */
    rejectAll: () => good.refresh.clear(),
    refreshes: () => log.filter(({ path }) => REFRESH.has(path)).length,
    revocations: () => log.filter(({ path }) => REVOKE.has(path)),
    requests: (path) => log.filter((entry) => (path ? entry.path === path : entry.path.startsWith('/api/'))),
    /** How many requests to the API were refused. */
    refusals: () => log.filter((entry) => entry.path.startsWith('/api/') && entry.status === 401).length,
    isSame: isDeepStrictEqual,
    async stop() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}

/** An unsigned token of the form of a JWT: no client can look at the signature. */
export function jwtOf(claims) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}.${'s'.repeat(43)}`;
}
