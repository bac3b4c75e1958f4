import axios from 'axios';
import { createSession, localStorageStore, memoryStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt } from 'latchkey/backends';
import { byAxios } from '../senders.mjs';

export const transport = 'axios';

/** By the README, and nothing more. Where a case brings a refresh of its own, that is the backend's. */
export async function createClient(app) {
  const api = axios.create({ baseURL: app.origin, ...app.axios });
  const session = createSession({
    backend: app.refresh
      ? { refresh: ({ tokens }) => app.refresh(tokens.refreshToken) }
      : simpleJwt({ baseUrl: `${app.origin}/auth` }),
    store: app.isPage ? localStorageStore() : memoryStore(),
    name: app.name,
  });
  app.before?.(api);
  attachSession(api, session);
  app.after?.(api);
  session.on('signed-out', ({ reason }) => app.onSignedOut?.(reason));
  if (app.tokens) await session.signInWithTokens(app.tokens);
  else await session.ready;
  return {
    api,
    send: byAxios(api),
    another() {
      const other = axios.create({ baseURL: app.origin });
      attachSession(other, session);
      return byAxios(other);
    },
    isSignedIn: () => session.getState().status === 'signed-in',
    signOut: () => session.signOut(),
    revokes: true,
    close: () => session.dispose(),
  };
}
