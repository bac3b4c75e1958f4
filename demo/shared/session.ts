import { createSession, localStorageStore, type Session } from 'latchkey';
import { simpleJwt, type UsernameAndPassword } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';
import type { User } from './profile.ts';

// Before the session asks anything of it. A built app, or one with Django behind it, has a server.
if (import.meta.env.MODE === 'development') {
  const { startServer } = await import('../server/start.ts');
  await startServer();
}

/** Four apps on one origin are four sessions; and the server inside the page knows nothing of a real one's tokens. */
const name = `demo-${document.documentElement.dataset.app ?? 'app'}-${import.meta.env.MODE}`;
const idle = Number(new URLSearchParams(location.search).get('idle'));

/** The session of the app. */
export const session: Session<UsernameAndPassword, User | undefined> = createSession({
  backend: simpleJwt({ baseUrl: '/auth', paths: { everywhere: 'logout/all/' } }),
  store: localStorageStore(),
  name,
  idleTimeout: idle > 0 ? idle : 15 * 60_000,
  loadUser,
});

declare module 'latchkey' {
  interface Register {
    session: typeof session;
  }
}

const send = createAuthorizedFetch(session);

async function loadUser({ signal }: { readonly signal: AbortSignal }): Promise<User> {
  const response = await send('/api/me/', { signal });
  if (!response.ok) throw Object.assign(new Error(`/api/me/ answered ${response.status}`), { status: response.status });
  return response.json();
}
