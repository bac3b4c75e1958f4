// One tab of an app: as it was before (`app=old`), with the interceptor that everybody copies, or as it is now.
import './hidden.ts';
import axios, { type AxiosInstance } from 'axios';
import {
  createSession,
  importLegacy,
  type LegacyOptions,
  localStorageStore,
  type Session,
  type SessionState,
  sharedMemoryStore,
} from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt, type UsernameAndPassword } from 'latchkey/backends';
import { tokensAtRest } from './tokens-at-rest.ts';
import { stateIs } from './until.ts';

const parameters = new URLSearchParams(location.search);
const place = (parameters.get('from') ?? 'localStorage') as 'localStorage' | 'cookie';
const KEYS = { access: 'jwta', refresh: 'jwtr' };

interface OldTokens {
  readonly access: string;
  readonly refresh: string;
}

function write(key: string, value: string): void {
  if (place === 'localStorage') localStorage.setItem(key, value);
  // biome-ignore lint/suspicious/noDocumentCookie: that is what the older app does.
  else document.cookie = `${key}=${value}; Path=/`;
}

/** The older app: it keeps its tokens in memory, too. */
function createOldApp() {
  let tokens: OldTokens | undefined;
  const keep = (given: Partial<OldTokens>): void => {
    tokens = { access: '', refresh: '', ...tokens, ...given };
    write(KEYS.access, tokens.access);
    write(KEYS.refresh, tokens.refresh);
  };
  return {
    async signIn(): Promise<void> {
      keep((await axios.post('/auth/token/', { username: 'alice', password: 'alice-pass-1' })).data);
    },
    refresh: (): Promise<string> =>
      axios.post('/auth/token/refresh/', { refresh: tokens?.refresh }).then(
        ({ data }) => {
          keep(data);
          return 'refreshed';
        },
        ({ response }) => String(response?.status),
      ),
    /** It writes what it has once more. */
    keep: (): void => keep({}),
  };
}

function createNewApp(): { readonly session: Session<UsernameAndPassword>; readonly api: AxiosInstance } {
  const legacy: LegacyOptions = { ...KEYS, from: place };
  const session = createSession({
    backend: simpleJwt({ baseUrl: '/auth' }),
    store: parameters.get('store') === 'shared' ? sharedMemoryStore() : localStorageStore(),
    name: parameters.get('name') ?? 'default',
    migrate: importLegacy(legacy),
  });
  const api = axios.create();
  attachSession(api, session);
  return { session, api };
}

const isOld = parameters.get('app') === 'old';
const old = isOld ? createOldApp() : undefined;
const now = isOld ? undefined : createNewApp();
const events: string[] = [];
for (const type of ['signed-in', 'signed-out', 'diagnostic'] as const) now?.session.on(type, () => events.push(type));

const page = {
  old,
  events,
  tokensAtRest,
  async state(): Promise<SessionState | undefined> {
    await now?.session.ready;
    return now?.session.getState();
  },
  until: (status: SessionState['status']) => now && stateIs(now.session, status),
  signOut: () => now?.session.signOut(),
  refresh: () =>
    now?.session.refresh().then(
      () => 'refreshed',
      ({ code }) => code,
    ),
  imported: () => now?.session.trace().some(({ step }) => step === 'imported'),
  /** Who the server takes this tab for. */
  me: (): Promise<string> | undefined =>
    now?.api.get('/api/me/').then(
      ({ data }) => data.username,
      (error) => error.response?.status ?? error.code,
    ),
  oldKeys: (): string[] =>
    [...Object.keys(localStorage), ...document.cookie.split('; ').map((pair) => pair.split('=')[0] ?? '')]
      .filter((key) => key === KEYS.access || key === KEYS.refresh)
      .sort(),
};

declare global {
  var migrated: typeof page;
}
globalThis.migrated = page;
