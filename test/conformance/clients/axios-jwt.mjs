import axios from 'axios';
import * as library from 'axios-jwt';
import { byAxios } from '../senders.mjs';

const { applyAuthTokenInterceptor, clearAuthTokens, setAuthTokens } = library.default ?? library;

const byClock = 'looks at the clock only; a 401 is handed on';
export const transport = 'axios';
export const isByClock = true;
export const cannot = {
  C1: byClock,
  C3: byClock,
  C4: byClock,
  C5: byClock,
  C12: byClock,
  C14: byClock,
  C15: byClock,
  C17: byClock,
  C37: 'does not revoke',
};

/** By its README, with a storage of the app's own. */
export async function createClient(app) {
  const { storage } = app;
  const requestRefresh = async (refresh) => {
    if (app.refresh) return app.refresh(refresh);
    const { data } = await axios.post(`${app.origin}/auth/token/refresh/`, { refresh });
    return data.refresh ? { accessToken: data.access, refreshToken: data.refresh } : data.access;
  };
  const getStorage = () => ({
    get: (key) => storage.getItem(key),
    set: (key, value) => storage.setItem(key, value),
    remove: (key) => storage.removeItem(key),
  });
  function create(given) {
    const api = axios.create({ baseURL: app.origin, ...given });
    app.before?.(api);
    applyAuthTokenInterceptor(api, { requestRefresh, getStorage });
    app.after?.(api);
    return api;
  }
  const api = create(app.axios);
  if (app.tokens) await setAuthTokens(app.tokens);
  return {
    api,
    send: byAxios(api),
    another: () => byAxios(create()),
    isSignedIn: () => [...storage.values()].some((value) => value !== null),
    signOut: () => clearAuthTokens(),
  };
}
