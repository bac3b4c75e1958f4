import { createSession, localStorageStore } from 'latchkey';
import { simpleJwt } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';

export const API = process.env.NEXT_PUBLIC_API ?? 'https://api.example.com';

export const session = createSession({ backend: simpleJwt({ baseUrl: `${API}/auth` }), store: localStorageStore() });
export const authorizedFetch = createAuthorizedFetch(session, { resourceServers: [API] });
