import { ORIGIN } from './server.mjs';

let made = 0;

/**
 * A session as an app with Django has it, endpoints and all, but for the refresh: every contestant refreshes by the
 * same function, so that what is compared is the client.
 */
export async function signIn({ createSession, memoryStore, simpleJwt }, server, tokens) {
  made += 1;
  const backend = Object.assign(simpleJwt({ baseUrl: `${ORIGIN}/auth` }), { refresh: () => server.refresh() });
  const session = createSession({ backend, store: memoryStore(), name: `bench-${made}` });
  await session.signInWithTokens(tokens);
  return session;
}
