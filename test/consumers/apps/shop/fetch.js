import { createSession, localStorageStore } from 'latchkey';
import { simpleJwt } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';

const session = createSession({
  backend: simpleJwt({ baseUrl: `${location.origin}/auth` }),
  store: localStorageStore(),
});
const authorizedFetch = createAuthorizedFetch(session);

async function show() {
  await session.signIn({ username: 'alice', password: 'alice-pass-1' });
  const answer = await authorizedFetch('/api/me/');
  const { username } = await answer.json();
  document.body.textContent = `Hello ${username}`;
}

show().catch((error) => {
  document.body.textContent = String(error);
});
