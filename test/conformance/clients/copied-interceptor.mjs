import axios from 'axios';
import { copyInterceptor } from '../../support/copied-interceptor.mjs';
import { byAxios } from '../senders.mjs';

export const transport = 'axios';
export const cannot = {
  C2: 'learns from a 401 only that a token is old',
  C27: 'never refreshes a token that is alive',
  C37: 'does not revoke',
};

export function createClient(app) {
  const { storage } = app;
  const toSignIn = () => {
    storage.clear();
    app.onSignedOut?.();
  };
  const postRefresh = async (refresh) => {
    const { data } = await axios.post(`${app.origin}/auth/token/refresh/`, { refresh });
    return { accessToken: data.access, refreshToken: data.refresh };
  };
  function create(given) {
    const api = axios.create({ baseURL: app.origin, ...given });
    app.before?.(api);
    copyInterceptor(api, {
      load: () => storage.getItem('access_token'),
      refresh: async () => {
        const { accessToken, refreshToken } = await (app.refresh ?? postRefresh)(storage.getItem('refresh_token'));
        storage.setItem('access_token', accessToken);
        if (refreshToken) storage.setItem('refresh_token', refreshToken);
        return accessToken;
      },
      toSignIn,
    });
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
    signOut: toSignIn,
  };
}
