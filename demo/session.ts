import axios, { type AxiosInstance } from 'axios';
import { createSession, type JwtClaims, rememberStore, type Session } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt, type UsernameAndPassword } from 'latchkey/backends';
import { watchSending } from './watch-sending.ts';

/** Whether a real Django answers, or the server inside the page. */
export const isDjango: boolean = import.meta.env.MODE === 'django';

export const api: AxiosInstance = axios.create({ baseURL: '/api' });
watchSending(api);

export const session: Session<UsernameAndPassword, JwtClaims> = createSession({
  backend: simpleJwt({ baseUrl: '/auth' }),
  store: rememberStore(),
  // The one server knows nothing of the other's tokens.
  name: isDjango ? 'demo-django' : 'demo',
});
attachSession(api, session);
