import { createSession, memoryStore } from 'latchkey';
import { simpleJwt } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';

const API = 'https://api.example.com';

export const session = createSession({ backend: simpleJwt({ baseUrl: `${API}/auth` }), store: memoryStore() });
const authorizedFetch = createAuthorizedFetch(session, { resourceServers: [API] });

export async function loadOrders() {
  const answer = await authorizedFetch(`${API}/orders/`);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return await answer.json();
}
