import axios from 'axios';
import { byAxios } from '../senders.mjs';

export const transport = 'axios';
export const cannot = {
  C2: 'learns from a 401 only that a token is old',
  C27: 'never refreshes a token that is alive',
  C37: 'does not revoke',
};

/** The forty lines that apps copy from forums: a flag, a queue, and the sign-in page when the refresh fails. */
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
    let isRefreshing = false;
    let failedQueue = [];
    const processQueue = (error, token) => {
      for (const { resolve, reject } of failedQueue) {
        if (error) reject(error);
        else resolve(token);
      }
      failedQueue = [];
    };
    api.interceptors.request.use((config) => {
      const token = storage.getItem('access_token');
      if (token) config.headers.Authorization = `Bearer ${token}`;
      return config;
    });
    api.interceptors.response.use(
      (response) => response,
      async (error) => {
        const originalRequest = error.config;
        if (error.response?.status !== 401 || originalRequest._retry) return Promise.reject(error);
        if (isRefreshing) {
          return new Promise((resolve, reject) => {
            failedQueue.push({ resolve, reject });
          }).then((token) => {
            originalRequest.headers.Authorization = `Bearer ${token}`;
            return api(originalRequest);
          });
        }
        originalRequest._retry = true;
        isRefreshing = true;
        try {
          const { accessToken, refreshToken } = await (app.refresh ?? postRefresh)(storage.getItem('refresh_token'));
          storage.setItem('access_token', accessToken);
          if (refreshToken) storage.setItem('refresh_token', refreshToken);
          processQueue(null, accessToken);
          originalRequest.headers.Authorization = `Bearer ${accessToken}`;
          return api(originalRequest);
        } catch (refreshError) {
          processQueue(refreshError, null);
          toSignIn();
          return Promise.reject(refreshError);
        } finally {
          isRefreshing = false;
        }
      },
    );
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
