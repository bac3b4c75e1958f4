// One tab of an app whose server is one of the presets', driven from outside: axios and fetch over one session.
import './hidden.ts';
import axios from 'axios';
import { createSession, localStorageStore, memoryStore, type SessionRecord, type SessionState } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { PRESETS, type PresetName, RIGHT } from '../../servers/presets.ts';
import { tokensAtRest } from './tokens-at-rest.ts';
import { stateIs } from './until.ts';

const parameters = new URLSearchParams(location.search);
const name = parameters.get('name') ?? 'default';
const server = parameters.get('api') ?? location.origin;
const life = parameters.get('life');
const preset = PRESETS[parameters.get('preset') as PresetName](server, life === null ? undefined : Number(life));
const { backend, api: urls } = preset;
const session = createSession({
  backend,
  // As the guides have it: where a cookie is the credential, script keeps nothing.
  store: backend.credential === 'cookie' ? memoryStore() : localStorageStore(),
  name,
  // Where only a live token can be renewed, half of its life is time enough.
  ...(preset.renews === 'before' && { refreshWindow: { fraction: 0.5 } }),
  ...(parameters.has('settleTime') && { settleTime: Number(parameters.get('settleTime')) }),
});
const api = axios.create();
attachSession(api, session, { resourceServers: [server] });
const authorizedFetch = createAuthorizedFetch(session, { resourceServers: [server] });

const events: string[] = [];
session.on('signed-in', () => events.push('signed-in'));
session.on('signed-out', ({ reason }) => events.push(`signed-out:${reason}`));
session.on('refresh-failed', ({ error }) => events.push(`refresh-failed:${error.code}`));
session.on('diagnostic', ({ code }) => events.push(`diagnostic:${code}`));

/** What lies in localStorage. */
const stored = (): SessionRecord | undefined =>
  JSON.parse(localStorage.getItem(`latchkey.1.${name}`) ?? 'null') ?? undefined;

/** By either client, reading or writing. */
const WAYS: readonly ((url: string) => Promise<{ readonly status: number }>)[] = [
  (url) => api.get(url),
  (url) => authorizedFetch(url),
  (url) => api.post(url, 'n=1'),
  (url) => authorizedFetch(url, { method: 'POST', body: new URLSearchParams({ n: '1' }) }),
];

/** Sends requests at once, by every way in turn; gives the status of each, or the name of its error. */
function send(count: number, url: string): Promise<(number | string)[]> {
  return Promise.all(
    Array.from({ length: count }, (_, number) =>
      // Of equal URLs some engines send one alone, and let the others wait for its answer.
      WAYS[number % WAYS.length]?.(`${url}?number=${number}`).then(
        ({ status }) => status,
        (error) => error.response?.status ?? error.name,
      ),
    ),
  ) as Promise<(number | string)[]>;
}

const page = {
  events,
  session,
  stored,
  tokensAtRest,
  async state(): Promise<SessionState> {
    await session.ready;
    return session.getState();
  },
  async signIn(): Promise<void> {
    await session.signIn(RIGHT);
  },
  /** What a wrong password comes to. */
  refusal: () =>
    session.signIn({ ...RIGHT, password: 'not-it' }).then(
      () => 'signed in',
      ({ code, status, serverMessage }) => ({ code, status, serverMessage }),
    ),
  signOut: () => session.signOut(),
  refresh: () =>
    session.refresh().then(
      () => 'refreshed',
      ({ name }: Error) => name,
    ),
  /** Leaves the page while its refresh is under way. */
  go(url: string): void {
    setTimeout(() => location.assign(url));
  },
  /** Who the server takes this tab for; or why it takes it for nobody. */
  me: () =>
    api.get(urls.me).then(
      ({ data }) => data.username as string,
      (error) => error.response?.status ?? error.name,
    ),
  /** The headers that a POST came with, where the server shows them. */
  echoed: () => api.post(urls.echo, 'n=1').then(({ data }) => data.headers as Readonly<Record<string, string>>),
  send: (count: number) => send(count, urls.echo),
  /** The same to somebody whom the session has nothing to do with. */
  sendTo: (url: string) => send(WAYS.length, url),
  /** Asks for new tokens with a record as it was, whatever the session knows; gives what comes of it. */
  replay: (record: SessionRecord) =>
    backend
      .refresh?.(record, { signal: new AbortController().signal, now: Date.now, fetch: fetch.bind(undefined) })
      .then(
        () => 'given',
        ({ code }) => code as string,
      ),
  /** Resolves once the state is that, which another tab may bring about. */
  until: (status: SessionState['status']): Promise<SessionState> => stateIs(session, status),
};

declare global {
  var client: typeof page;
}
globalThis.client = page;
