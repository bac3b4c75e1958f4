import axios from 'axios';
import { createSession, localStorageStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt } from 'latchkey/backends';

const api = axios.create({ baseURL: location.origin });
const session = createSession({
  backend: simpleJwt({ baseUrl: `${location.origin}/auth` }),
  store: localStorageStore(),
});
attachSession(api, session);

async function show() {
  await session.signIn({ username: 'alice', password: 'alice-pass-1' });
  const { data } = await api.get('/api/me/');
  document.body.textContent = `Hello ${data.username}`;
}

show().catch((error) => {
  document.body.textContent = String(error);
});
