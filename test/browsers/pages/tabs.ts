// One tab of an app whose session all tabs share, driven from outside.
import axios from 'axios';
import {
  createSession,
  localStorageStore,
  type SessionState,
  sessionStorageStore,
  sharedMemoryStore,
  type TokenStore,
} from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt } from 'latchkey/backends';

const STORES: Readonly<Record<string, () => TokenStore>> = {
  local: localStorageStore,
  session: sessionStorageStore,
  shared: sharedMemoryStore,
};

const parameters = new URLSearchParams(location.search);
const server = parameters.get('api') ?? location.origin;
const events: string[] = [];
const session = createSession({
  backend: simpleJwt({ baseUrl: `${server}/auth` }),
  store: (STORES[parameters.get('store') ?? 'local'] ?? localStorageStore)(),
});
const api = axios.create({ baseURL: server });
attachSession(api, session);
session.on('signed-in', () => events.push('signed-in'));
session.on('signed-out', ({ reason }) => events.push(`signed-out:${reason}`));
session.on('refresh-failed', ({ error }) => events.push(`refresh-failed:${error.code}`));
session.on('diagnostic', ({ code }) => events.push(`diagnostic:${code}`));

const tab = {
  events,
  trace: () => session.trace(),
  async state(): Promise<SessionState> {
    await session.ready;
    return session.getState();
  },
  async signIn(username = 'alice'): Promise<void> {
    await session.signIn({ username, password: `${username}-pass-1` });
  },
  signOut: () => session.signOut(),
  refresh: () => session.refresh().then(String, String),
  /** Sends requests at once; gives the status of each, or the name of its error. */
  send(count: number): Promise<(number | string)[]> {
    return Promise.all(
      Array.from({ length: count }, () =>
        api.get('/api/echo/').then(
          ({ status }) => status,
          (error) => error.response?.status ?? `${error.name}: ${error.message}`,
        ),
      ),
    );
  },
  /** Resolves once the state is that, which another tab may bring about. */
  until(status: SessionState['status']): Promise<SessionState> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (session.getState().status !== status) return;
        stop();
        resolve(session.getState());
      };
      const stop = session.subscribe(look);
      look();
    });
  },
};

declare global {
  var tab: TabPage;
}
export type TabPage = typeof tab;
globalThis.tab = tab;
