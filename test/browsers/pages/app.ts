// An app as a user writes it, driven from outside: axios and fetch over one session.
import axios from 'axios';
import { createSession, localStorageStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';

const parameters = new URLSearchParams(location.search);
const server = parameters.get('api') ?? location.origin;
const events: string[] = [];
const session = createSession({
  backend: simpleJwt({ baseUrl: `${server}/auth` }),
  store: localStorageStore(),
  ...(parameters.has('patience') && { patience: Number(parameters.get('patience')) }),
});
const api = axios.create({ baseURL: server });
attachSession(api, session);
const authorizedFetch = createAuthorizedFetch(session, { resourceServers: [server] });
session.on('signed-in', () => events.push('signed-in'));
session.on('refreshed', () => events.push('refreshed'));
session.on('signed-out', ({ reason }) => events.push(`signed-out:${reason}`));
session.on('diagnostic', ({ code }) => events.push(`diagnostic:${code}`));

const app = { session, api, fetch: authorizedFetch, events, server };
export type App = typeof app;
Object.assign(globalThis, { app });
