// One tab of an app whose session all tabs share, driven from outside.
import './hidden.ts';
import './without.ts';
import axios from 'axios';
import {
  createSession,
  localStorageStore,
  type Session,
  type SessionRecord,
  type SessionState,
  sessionStorageStore,
  sharedMemoryStore,
  type TokenStore,
  type TraceEntry,
} from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt, type UsernameAndPassword } from 'latchkey/backends';
import { rowOf, tokensAtRest } from './tokens-at-rest.ts';
import { stateIs } from './until.ts';

const STORES: Readonly<Record<string, () => TokenStore>> = {
  local: localStorageStore,
  session: sessionStorageStore,
  shared: sharedMemoryStore,
};

const parameters = new URLSearchParams(location.search);
const name = parameters.get('name') ?? 'default';
const milliseconds = (option: string): { readonly [option: string]: number } =>
  parameters.has(option) ? { [option]: Number(parameters.get(option)) } : {};
const create = (): Session<UsernameAndPassword> =>
  createSession({
    backend: simpleJwt({ baseUrl: '/auth' }),
    store: (STORES[parameters.get('store') ?? 'local'] ?? localStorageStore)(),
    name,
    ...milliseconds('settleTime'),
    ...milliseconds('patience'),
  });
// Nobody looks at it, so it refreshes for those alone who ask: what a test does next cannot come too late for that.
if (parameters.has('unseen')) Object.defineProperty(document, 'hidden', { value: true });
const session = create();
const api = axios.create();
attachSession(api, session);

const events: string[] = [];
session.on('signed-in', () => events.push('signed-in'));
session.on('signed-out', ({ reason }) => events.push(`signed-out:${reason}`));
session.on('refresh-failed', ({ error }) => events.push(`refresh-failed:${error.code}`));
session.on('diagnostic', ({ code }) => events.push(`diagnostic:${code}`));

/** What became of a promise: what it gave, or the name of its error. */
const nameOf = ({ name }: Error): string => name;

/** What lies in localStorage. */
const stored = (): Partial<SessionRecord> => JSON.parse(localStorage.getItem(`latchkey.1.${name}`) ?? '{}');

/** What the first request came to after the page had lain in the bfcache: sent before anything else can happen. */
let first: ReturnType<typeof me> | undefined;
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) first = me();
});

let meanwhile: Promise<(number | string)[]> | undefined;

/** Who the server takes this tab for, and by which token; or why it does not. */
function me(): Promise<{ readonly username: string; readonly jti: string } | string> {
  return api.get('/api/me/').then(
    ({ data }) => data,
    (error) => (error.response ? String(error.response.status) : error.name),
  );
}

const page = {
  create,
  events,
  me,
  session,
  tokensAtRest,
  /** What the fence says of a refresh that was sent. */
  async attempt(): Promise<{ readonly sentAt: number } | undefined> {
    const row = await rowOf('latchkey.1', `row:${stored().sessionId}`);
    return (row as { readonly attempt?: { readonly sentAt: number } }).attempt;
  },
  generation: () => stored().generation,
  trace: () => session.trace(),
  async state(): Promise<SessionState> {
    await session.ready;
    return session.getState();
  },
  async signIn(username = 'alice'): Promise<void> {
    await session.signIn({ username, password: `${username}-pass-1` });
  },
  signOut: () => session.signOut(),
  /** As an app does it that has a page for visitors. */
  signOutAndGo(url: string): void {
    void session.signOut();
    location.assign(url);
  },
  /** Resolves at the next refresh that this tab commits, or at once where it has committed one. */
  refreshed: () =>
    new Promise<void>((resolve) => {
      session.on('refreshed', () => resolve());
      if (page.traced('refresh-committed')) resolve();
    }),
  refresh: () => session.refresh().then(() => 'refreshed', nameOf),
  /**
   * Sends requests at once; gives the status of each, or the name of its error. Their URLs differ: of equal ones some
   * engines send one alone, and let the others wait for its answer.
   */
  send(count: number, path = '/api/echo/'): Promise<(number | string)[]> {
    return Promise.all(
      Array.from({ length: count }, (_, number) =>
        api.get(path, { params: { number } }).then(
          ({ status }) => status,
          (error) => error.response?.status ?? error.name,
        ),
      ),
    );
  },
  /** The same without waiting: `sentMeanwhile` gives what came of it. */
  sendMeanwhile(count: number): void {
    meanwhile = page.send(count);
  },
  sentMeanwhile: () => meanwhile,
  /** Resolves once the state is that, which another tab may bring about. */
  until: (status: SessionState['status']): Promise<SessionState> => stateIs(session, status),
  /** The first entry of that kind in the trace. */
  traced: (step: TraceEntry['step']) => session.trace().find((entry) => entry.step === step),
  /** What the first request came to after the bfcache; undefined on a page that was loaded anew. */
  firstBack: () => first,
};

declare global {
  var tab: typeof page;
}
globalThis.tab = page;
