import axios from 'axios';
import { copyInterceptor } from '../support/copied-interceptor.mjs';
import { ORIGIN } from './server.mjs';
import { signIn } from './sessions.mjs';

/**
 * Every way to give an axios instance a token. Each gets a server and the tokens to begin with, and gives
 * `{ get(), close?() }`, where `get` makes one request.
 */
export function axiosClients(latchkey, peers) {
  return {
    plain: (server) => clientOf(bare(server)),
    control: (server) => clientOf(bare(server)),

    async latchkey(server, tokens) {
      const instance = bare(server);
      const session = await signIn(latchkey, server, tokens);
      latchkey.attachSession(instance, session);
      return { ...clientOf(instance), close: () => session.dispose() };
    },

    // The least that a client can do whose callers do not wait by themselves: each request awaits one shared promise.
    'one await': (server) => {
      const instance = bare(server);
      let refreshed;
      instance.interceptors.request.use(async (config) => {
        refreshed ??= server.refresh();
        const { accessToken } = await refreshed;
        config.headers.Authorization = `Bearer ${accessToken}`;
        return config;
      });
      return clientOf(instance);
    },

    'copied interceptor': (server, tokens) => clientOf(copied(server, tokens)),

    'axios-jwt': async (server, tokens) => {
      const instance = bare(server);
      const memory = new Map();
      const getStorage = () => ({
        get: (key) => memory.get(key),
        set: (key, value) => memory.set(key, value),
        remove: (key) => memory.delete(key),
      });
      peers.jwt.applyAuthTokenInterceptor(instance, { requestRefresh: () => server.refresh(), getStorage });
      await peers.jwt.setAuthTokens(tokens);
      return clientOf(instance);
    },

    'axios-auth-refresh': (server, tokens) => clientOf(authRefresh(peers, server, tokens, {})),
    // By default it refuses what is refused while it refreshes; this is the setting that makes those wait.
    'axios-auth-refresh, no dedupe': (server, tokens) =>
      clientOf(authRefresh(peers, server, tokens, { deduplicateRefresh: false })),

    'axios-auth-refresh-queue': (server, tokens) => {
      const instance = bare(server);
      let { accessToken } = tokens;
      peers.queue.applyAuthTokenInterceptor(instance, {
        headerTokenHandler(request) {
          request.headers.Authorization = `Bearer ${accessToken}`;
        },
        requestRefresh: () => server.refresh(),
        onSuccess(next) {
          ({ accessToken } = next);
        },
        onFailure() {},
      });
      return clientOf(instance);
    },
  };
}

/** What cannot be done better: it knows when the token is bad, and how to get the next, and does nothing else. */
export async function axiosWithHindsight(server, size, isRefused) {
  const instance = bare(server);
  if (isRefused) await Promise.allSettled(Array.from({ length: size }, () => instance.get('/users/7')));
  const { accessToken } = await server.refresh();
  instance.defaults.headers.common.Authorization = `Bearer ${accessToken}`;
  return Promise.allSettled(Array.from({ length: size }, () => instance.get('/users/7')));
}

function bare(server) {
  return axios.create({ baseURL: ORIGIN, adapter: server.adapter });
}

function clientOf(instance) {
  return { get: () => instance.get('/users/7') };
}

function authRefresh(peers, server, tokens, options) {
  const instance = bare(server);
  let { accessToken } = tokens;
  instance.interceptors.request.use((config) => {
    config.headers.Authorization = `Bearer ${accessToken}`;
    return config;
  });
  peers.authRefresh.createAuthRefresh(
    instance,
    async () => {
      ({ accessToken } = await server.refresh());
    },
    options,
  );
  return instance;
}

/** With a variable for localStorage. */
function copied(server, { accessToken }) {
  let token = accessToken;
  return copyInterceptor(bare(server), {
    load: () => token,
    refresh: async () => {
      token = (await server.refresh()).accessToken;
      return token;
    },
    toSignIn() {},
  });
}
