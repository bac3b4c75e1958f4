import axios from 'axios';
import { applyAuthTokenInterceptor } from 'axios-auth-refresh-queue';
import { byAxios } from '../senders.mjs';

export const transport = 'axios';
export const cannot = {
  C2: 'learns from a 401 only that a token is old',
  C27: 'never refreshes a token that is alive',
  C37: 'does not revoke',
};

/** By its README, with `checkTokenIsValid`, which is its way to agree with other tabs. */
export function createClient(app) {
  const { storage } = app;
  const postRefresh = async (refresh) => {
    const { data } = await axios.post(`${app.origin}/auth/token/refresh/`, { refresh });
    return { accessToken: data.access, refreshToken: data.refresh };
  };
  function create(given) {
    const api = axios.create({ baseURL: app.origin, ...given });
    app.before?.(api);
    applyAuthTokenInterceptor(api, {
      headerTokenHandler(request) {
        const token = storage.getItem('access_token');
        if (token) request.headers.Authorization = `Bearer ${token}`;
      },
      getRefreshToken: () => storage.getItem('refresh_token'),
      requestRefresh: app.refresh ?? postRefresh,
      onSuccess(tokens) {
        storage.setItem('access_token', tokens.accessToken);
        if (tokens.refreshToken) storage.setItem('refresh_token', tokens.refreshToken);
      },
      onFailure() {
        storage.clear();
        app.onSignedOut?.();
      },
      ...(app.isPage && { checkTokenIsValid: () => liveToken(storage) }),
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
    signOut() {
      storage.clear();
      app.onSignedOut?.();
    },
  };
}

/** As its README has it: a token that the clock holds for alive. */
function liveToken(storage) {
  const token = storage.getItem('access_token');
  if (!token) return null;
  const { exp } = JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
  return exp * 1000 > Date.now() ? token : null;
}
