import { createSession, localStorageStore } from 'latchkey';
import { simpleJwt } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';

const API = 'https://api.example.com';
const session = createSession({ backend: simpleJwt({ baseUrl: `${API}/auth` }), store: localStorageStore() });
const authorizedFetch = createAuthorizedFetch(session, { resourceServers: [API] });
const text = document.querySelector('#text');
const form = document.querySelector('form');

async function show() {
  const { status } = session.getState();
  form.hidden = status === 'signed-in';
  if (status !== 'signed-in') return;
  const answer = await authorizedFetch(`${API}/orders/`);
  if (!answer.ok) return;
  const orders = await answer.json();
  text.textContent = `Orders of ${orders[0].of}: ${orders.length}`;
}

session.on('signed-out', () => {
  text.textContent = 'Please sign in again.';
  form.hidden = false;
});
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  await session.signIn(Object.fromEntries(new FormData(form)));
  await show();
});
await session.ready;
await show();
