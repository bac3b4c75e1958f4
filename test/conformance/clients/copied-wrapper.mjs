import { byFetch } from '../senders.mjs';

export const transport = 'fetch';
export const cannot = {
  C2: 'learns from a 401 only that a token is old',
  C27: 'never refreshes a token that is alive',
  C37: 'does not revoke',
};

/** The wrapper around `fetch` that apps copy from forums, with one shared promise. */
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
  let refreshing;
  async function refreshOnce() {
    try {
      const { accessToken, refreshToken } = await (app.refresh ?? postRefresh)(storage.getItem('refresh_token'));
      storage.setItem('access_token', accessToken);
      if (refreshToken) storage.setItem('refresh_token', refreshToken);
    } catch (error) {
      toSignIn();
      throw error;
    }
  }
  async function copied(input, init = {}) {
    const headers = new Headers(init.headers);
    const token = storage.getItem('access_token');
    if (token) headers.set('Authorization', `Bearer ${token}`);
    const response = await fetch(input, { ...init, headers });
    if (response.status !== 401) return response;
    refreshing ??= refreshOnce().finally(() => {
      refreshing = undefined;
    });
    await refreshing;
    headers.set('Authorization', `Bearer ${storage.getItem('access_token')}`);
    return fetch(input, { ...init, headers });
  }
  if (app.tokens) {
    storage.setItem('access_token', app.tokens.accessToken);
    storage.setItem('refresh_token', app.tokens.refreshToken);
  }
  return {
    fetch: copied,
    send: byFetch(copied, app.origin),
    another: () => byFetch(copied, app.origin),
    isSignedIn: () => storage.getItem('refresh_token') !== null,
    signOut: toSignIn,
  };
}
