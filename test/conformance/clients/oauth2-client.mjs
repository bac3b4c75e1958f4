import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client';
import { byFetch } from '../senders.mjs';

export const transport = 'fetch';
export const cannot = {
  C6: 'two of its clients are two sessions; it has no second transport',
  C27: 'renews ahead of time only what it has refreshed itself',
};

/** By its README: the fetch wrapper, tokens kept by the app, and nobody to ask for new ones but the user. */
export function createClient(app) {
  const { storage } = app;
  const client = new OAuth2Client({
    server: app.origin,
    clientId: 'app',
    tokenEndpoint: '/oauth/token',
    revocationEndpoint: '/oauth/revoke',
  });
  if (app.refresh)
    client.refreshToken = async (token) => ({ expiresAt: null, ...(await app.refresh(token.refreshToken)) });
  if (app.tokens) {
    const { accessToken, refreshToken } = app.tokens;
    storage.setItem('token-store', JSON.stringify({ accessToken, refreshToken, expiresAt: app.expiresAt ?? null }));
  }
  const wrapper = new OAuth2Fetch({
    client,
    getNewToken: () => null,
    getStoredToken: () => JSON.parse(storage.getItem('token-store')),
    storeToken: (token) => storage.setItem('token-store', JSON.stringify(token)),
    onError() {
      storage.clear();
      app.onSignedOut?.();
    },
  });
  const send = (input, init) => wrapper.fetch(input, init);
  return {
    fetch: send,
    send: byFetch(send, app.origin),
    isSignedIn: () => storage.getItem('token-store') !== null,
    async signOut() {
      const { token } = wrapper;
      storage.clear();
      wrapper.token = null;
      app.onSignedOut?.();
      if (token) await client.revoke(token, 'refresh_token');
    },
    revokes: true,
    close: () => clearTimeout(wrapper.refreshTimer),
  };
}
