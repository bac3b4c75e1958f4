import { createAlova } from 'alova';
import { createServerTokenAuthentication } from 'alova/client';
import adapterFetch from 'alova/fetch';

export const transport = 'alova';
export const cannot = {
  C2: 'learns from a 401 only that a token is old',
  C15: 'its adapter over fetch sends no stream',
  C27: 'never refreshes a token that is alive',
  C37: 'does not revoke',
};

/**
 * By its documentation's recipe for tokens of which the server says when they are old. Its cache and its sharing of like
 * requests are off, because every case counts requests.
 */
export function createClient(app) {
  const { storage } = app;
  const toSignIn = () => {
    storage.clear();
    app.onSignedOut?.();
  };
  const postRefresh = async (refresh) => {
    const response = await fetch(`${app.origin}/auth/token/refresh/`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ refresh }),
    });
    if (!response.ok) throw new Error('The refresh failed.', { cause: response.status });
    const data = await response.json();
    return { accessToken: data.access, refreshToken: data.refresh };
  };
  const { onAuthRequired, onResponseRefreshToken } = createServerTokenAuthentication({
    assignToken(method) {
      const token = storage.getItem('access_token');
      if (token) method.config.headers.Authorization = `Bearer ${token}`;
    },
    refreshTokenOnSuccess: {
      isExpired: (response) => response.status === 401,
      async handler() {
        try {
          const { accessToken, refreshToken } = await (app.refresh ?? postRefresh)(storage.getItem('refresh_token'));
          storage.setItem('access_token', accessToken);
          if (refreshToken) storage.setItem('refresh_token', refreshToken);
        } catch (error) {
          toSignIn();
          throw error;
        }
      },
    },
  });
  const alova = createAlova({
    baseURL: app.origin,
    cacheFor: null,
    shareRequest: false,
    requestAdapter: adapterFetch(),
    beforeRequest: onAuthRequired(),
    responded: onResponseRefreshToken((response) => response),
  });
  if (app.tokens) {
    storage.setItem('access_token', app.tokens.accessToken);
    storage.setItem('refresh_token', app.tokens.refreshToken);
  }
  async function send(path, { method = 'GET', data, headers = {}, signal, timeout } = {}) {
    const asked = alova.Request({ url: path, method, data, headers: { ...headers }, ...(timeout && { timeout }) });
    signal?.addEventListener('abort', () => asked.abort());
    const response = await asked.send();
    const text = await response.text();
    return { status: response.status, data: text.startsWith('{') ? JSON.parse(text) : text };
  }
  return {
    send,
    another: () => send,
    isSignedIn: () => storage.getItem('refresh_token') !== null,
    signOut: toSignIn,
  };
}
