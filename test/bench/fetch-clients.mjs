import { ORIGIN } from './server.mjs';
import { signIn } from './sessions.mjs';

const URL_ASKED = `${ORIGIN}/users/7`;

/** Every way to give `fetch` a token; the same shape as the axios clients. A refusal counts as a failure. */
export function fetchClients(latchkey, peers) {
  return {
    plain: (server) => ({ get: () => server.fetch(URL_ASKED) }),
    control: (server) => ({ get: () => server.fetch(URL_ASKED) }),

    async latchkey(server, tokens) {
      const session = await signIn(latchkey, server, tokens);
      const authorized = latchkey.createAuthorizedFetch(session, { fetch: server.fetch, resourceServers: [ORIGIN] });
      return { get: () => authorized(URL_ASKED), close: () => session.dispose() };
    },

    // The least that a client can do whose callers do not wait by themselves: each request awaits one shared promise.
    'one await': (server) => {
      let refreshed;
      return {
        async get() {
          refreshed ??= server.refresh();
          const { accessToken } = await refreshed;
          return server.fetch(URL_ASKED, { headers: { Authorization: `Bearer ${accessToken}` } });
        },
      };
    },

    'copied wrapper': (server, tokens) => {
      const copied = copyWrapper(server, tokens);
      return { get: () => copied(URL_ASKED) };
    },

    'oauth2-client': (server, { accessToken, refreshToken }) => {
      const expiresAt = JSON.parse(atob(accessToken.split('.')[1])).exp * 1000;
      const refresh = async () => {
        const tokens = await server.refresh();
        return { ...tokens, expiresAt: Date.now() + 3_600_000 };
      };
      const wrapper = new peers.oauth2.OAuth2Fetch({
        client: { refreshToken: refresh },
        getNewToken: refresh,
        scheduleRefresh: false,
      });
      wrapper.token = { accessToken, refreshToken, expiresAt };
      const middleware = wrapper.mw();
      // As its own `fetch` does, which cannot be given another to send by.
      return { get: () => middleware(new Request(URL_ASKED), (request) => server.fetch(request)) };
    },

    alova: (server, tokens) => {
      const alova = createAlova(peers, server, tokens);
      return { get: () => alova.Get('/users/7').send() };
    },
  };
}

/**
 * By its documentation's recipe for tokens of which the server says when they are old. Its cache and its sharing of like
 * requests are off, because every contestant sends every request.
 */
function createAlova(peers, server, tokens) {
  let { accessToken } = tokens;
  const { onAuthRequired, onResponseRefreshToken } = peers.alovaClient.createServerTokenAuthentication({
    assignToken(method) {
      method.config.headers.Authorization = `Bearer ${accessToken}`;
    },
    refreshTokenOnSuccess: {
      isExpired: ({ status }) => status === 401,
      async handler() {
        ({ accessToken } = await server.refresh());
      },
    },
  });
  return peers.alova.createAlova({
    baseURL: ORIGIN,
    cacheFor: null,
    shareRequest: false,
    // As its own adapter over fetch does, which cannot be given another fetch to send by.
    requestAdapter({ url, type, headers }) {
      const sent = server.fetch(url, { method: type, headers });
      return { response: () => sent, headers: () => sent.then((response) => response.headers), abort() {} };
    },
    beforeRequest: onAuthRequired(),
    responded: onResponseRefreshToken((response) => response),
  });
}

/** What cannot be done better: it knows when the token is bad, and how to get the next, and does nothing else. */
export async function fetchWithHindsight(server, size, isRefused) {
  if (isRefused) await Promise.allSettled(Array.from({ length: size }, () => server.fetch(URL_ASKED)));
  const { accessToken } = await server.refresh();
  const init = { headers: { Authorization: `Bearer ${accessToken}` } };
  return Promise.allSettled(Array.from({ length: size }, () => server.fetch(URL_ASKED, init)));
}

/** The wrapper that apps copy from forums, with a variable for localStorage. */
function copyWrapper(server, tokens) {
  let { accessToken } = tokens;
  let refreshing;
  return async (input, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${accessToken}`);
    const response = await server.fetch(input, { ...init, headers });
    if (response.status !== 401) return response;
    refreshing ??= server.refresh().finally(() => {
      refreshing = undefined;
    });
    ({ accessToken } = await refreshing);
    headers.set('Authorization', `Bearer ${accessToken}`);
    return server.fetch(input, { ...init, headers });
  };
}
