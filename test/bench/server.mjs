import { AxiosError } from 'axios';

export const ORIGIN = 'https://api.example.com';

/** A token that is dead before a storm begins, and one that outlives any benchmark; in seconds. */
export const SHORT = 0.02;
const LONG = 3600;

/** Pages have no setImmediate, and are asked for no storm. */
const nextTurn = globalThis.setImmediate ?? setTimeout;
const JSON_HEADERS = { 'content-type': 'application/json' };
const REFUSAL = '{"detail":"Given token not valid for any token type","code":"token_not_valid"}';
const WELCOME = '{"id":7,"name":"Ada","roles":["reader","writer"]}';
const welcome = new Response(WELCOME, { headers: JSON_HEADERS });

/**
 * A resource server and its token endpoint in this process, without a socket. It looks at the token of every request
 * and counts, so that no contestant is fast by sending nothing.
 *
 * @param isOpen Answers 200 whatever the token, for clients that have none.
 * @param isLight Leaves out of `fetch` what the platform does for every request, which is several times what is added
 *   to it: no Request is made, and the Response is always the same one.
 */
export function createServer({ isOpen = false, isLight = false } = {}) {
  const counts = { valid: 0, invalid: 0, refreshes: 0 };
  let issued = 0;
  let valid = '';

  function issue(lifetime = LONG) {
    issued += 1;
    const now = Date.now() / 1000;
    const claims = { token_type: 'access', sub: '7', iat: now, exp: now + lifetime, jti: `jti-${issued}` };
    const accessToken = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}.${'s'.repeat(43)}`;
    valid = `Bearer ${accessToken}`;
    return { accessToken, refreshToken: `refresh-${issued}` };
  }

  function hears(authorization) {
    const isValid = authorization === valid;
    if (isValid) counts.valid += 1;
    else counts.invalid += 1;
    return isValid || isOpen;
  }

  return {
    counts,
    issue,
    /** Makes the token that is out there worthless, though it does not look so. */
    revoke() {
      valid = 'none';
    },
    /** Takes a turn of the event loop, as little as a request can. */
    async refresh() {
      await new Promise((resolve) => nextTurn(resolve));
      counts.refreshes += 1;
      return issue();
    },
    /** Answers as axios's own adapters do: an AxiosError for what `validateStatus` would not have. */
    adapter(config) {
      const isHeard = hears(config.headers.Authorization);
      const response = {
        data: isHeard ? WELCOME : REFUSAL,
        status: isHeard ? 200 : 401,
        statusText: isHeard ? 'OK' : 'Unauthorized',
        headers: { ...JSON_HEADERS },
        config,
        request: undefined,
      };
      if (isHeard) return Promise.resolve(response);
      const error = new AxiosError('Request failed with status code 401', 'ERR_BAD_REQUEST', config, null, response);
      return Promise.reject(error);
    },
    /** Reads headers as the platform's fetch does, whichever form they come in. */
    fetch(input, init) {
      const headers =
        isLight && typeof input === 'string' ? new Headers(init?.headers) : new Request(input, init).headers;
      const isHeard = hears(headers.get('authorization'));
      if (isHeard && isLight) return Promise.resolve(welcome);
      const status = isHeard ? 200 : 401;
      return Promise.resolve(new Response(isHeard ? WELCOME : REFUSAL, { status, headers: JSON_HEADERS }));
    },
  };
}

function encode(value) {
  return btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
