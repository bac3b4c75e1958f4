import axios from 'axios';
import { createAuthRefresh } from 'axios-auth-refresh';
import { byAxios } from '../senders.mjs';

export const transport = 'axios';
export const cannot = {
  C2: 'learns from a 401 only that a token is old',
  C25: 'leaves the end of a session to the app',
  C27: 'never refreshes a token that is alive',
  C37: 'does not revoke',
};

/** By its README: the token from storage in a request interceptor, the refresh as a function of the app. */
export function createClient(app) {
  const { storage } = app;
  const postRefresh = async (refresh) => {
    const { data } = await axios.post(`${app.origin}/auth/token/refresh/`, { refresh });
    return { accessToken: data.access, refreshToken: data.refresh };
  };
  const refreshAuthLogic = async (failedRequest) => {
    const { accessToken, refreshToken } = await (app.refresh ?? postRefresh)(storage.getItem('refresh_token'));
    storage.setItem('access_token', accessToken);
    if (refreshToken) storage.setItem('refresh_token', refreshToken);
    failedRequest.response.config.headers.Authorization = `Bearer ${accessToken}`;
  };
  function create(given) {
    const api = axios.create({ baseURL: app.origin, ...given });
    app.before?.(api);
    api.interceptors.request.use((request) => {
      const token = storage.getItem('access_token');
      if (token) request.headers.Authorization = `Bearer ${token}`;
      return request;
    });
    createAuthRefresh(api, refreshAuthLogic);
    app.after?.(api);
    return api;
  }
  if (app.tokens) {
    storage.setItem('access_token', app.tokens.accessToken);
    storage.setItem('refresh_token', app.tokens.refreshToken);
  }
  const api = create(app.axios);
  return {
    api,
    send: byAxios(api),
    another: () => byAxios(create()),
    isSignedIn: () => storage.getItem('refresh_token') !== null,
    signOut: () => storage.clear(),
  };
}
