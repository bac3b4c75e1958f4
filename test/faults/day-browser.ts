import axios, { AxiosError, type AxiosInstance } from 'axios';
import { memoryStore, type Session, type SessionRecord, type TokenInput, type TokenStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { createLocalChannel } from '../../src/platform/channel.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { createMemoryFence, type Fence } from '../../src/platform/fence.ts';
import { createTabLock } from '../../src/platform/lock.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { createSessionOn } from '../../src/session/session.ts';
import type { DayClock } from './day-clock.ts';
import type { DayServer, Dice } from './day-server.ts';

const API = 'https://api.example';
/** The longest that a request may take: two waits of the session's patience, and two ways to the server and back. */
const LONGEST = 2 * 10_000 + 2 * 2000;
/** The longest that a slow store takes for anything, in milliseconds. */
const SLOW = 60;

/** Where the tokens are: localStorage, the same without IndexedDB, sessionStorage, or a slow store of the app's own. */
export const STORES = ['origin', 'origin without a fence', 'tab', 'slow'] as const;

/** One browser, and the user of it. */
export interface DayBrowser {
  session(): Session<object>;
  /** One request of the app; gives its status, and undefined where there is none. */
  request(): Promise<number | undefined>;
  /** The page goes away, and nothing of it runs any more; then it is loaded again. */
  reload(): void;
  /** The session is let go of, and made again on the same page. */
  remount(): void;
  /** Somebody looks at the page again. */
  wake(): void;
  look(isLookedAt: boolean): void;
  plug(isOnline: boolean): void;
  readonly is: { online: boolean; visible: boolean };
  readonly counts: { requests: number; settled: number };
  readonly signOuts: string[];
  /** How many listeners of its pages are on. */
  listeners(): number;
}

/** Makes a browser that looks at each step whether an invariant is broken. */
export function createDayBrowser(
  kind: (typeof STORES)[number],
  clock: DayClock,
  server: DayServer,
  { draw, pick }: Dice,
  problem: (what: string) => void,
): DayBrowser {
  const shared: Fence = { ...createMemoryFence(), isShared: true };
  const memory = memoryStore();
  const is = { online: true, visible: true };
  const counts = { requests: 0, settled: 0 };
  const signOuts: string[] = [];
  /** Refresh tokens whose successor is stored. */
  const spent = new Set<string>();
  let locks = new Map<string, Promise<void>>();
  let wakes = new Set<(wasOffline: boolean) => void>();

  function save(name: string, record: SessionRecord): void {
    const old = memory.load(name) as SessionRecord | undefined;
    if (old && old.generation > record.generation) problem('I10: an older generation was stored');
    const token = old?.tokens.refreshToken;
    if (token && token !== record.tokens.refreshToken) spent.add(token);
    memory.save(name, record);
  }
  server.onSend = (refreshToken) => {
    if (server.inFlight > 0) problem('I1: another refresh is under way');
    if (spent.has(refreshToken)) problem('I2: a spent token was sent');
    if (!is.online) problem('C29: a refresh was sent while offline');
  };

  function load() {
    const page = { isGone: false, underWay: 0 };
    const never = new Promise<never>(() => {});
    /** A page that is gone begins nothing, and hears of nothing. */
    const hear = async <T>(work: () => Promise<T>): Promise<T> => {
      const result = page.isGone ? never : await work();
      return page.isGone ? never : result;
    };
    /** What it has asked a slow store for is done all the same. */
    const slowly = <T>(work: () => T): Promise<T> =>
      hear(() => new Promise((resolve) => void clock.setTimer(() => resolve(work()), draw() * SLOW)));
    const pageClock: Clock = {
      ...clock,
      setTimer: (callback, delay) => clock.setTimer(() => void (page.isGone || callback()), delay),
    };
    const plain: TokenStore = { ...memory, scope: kind === 'tab' ? 'tab' : 'origin', save };
    const slow: TokenStore = {
      scope: 'origin',
      synchronous: false,
      load: (name) => slowly(() => memory.load(name)),
      save: (name, record) => slowly(() => save(name, record)),
      clear: (name) => slowly(() => memory.clear(name)) as Promise<void>,
    };
    const store = kind === 'slow' ? slow : plain;
    const fence = kind === 'origin without a fence' ? createMemoryFence() : shared;
    const listeners = wakes;
    const drawn = [draw()];
    const platform = {
      fence: {
        ...fence,
        read: (keys: readonly string[]) => hear(() => fence.read(keys)),
        update: <T>(...parameters: Parameters<typeof fence.update<T>>) => hear(() => fence.update(...parameters)),
      },
      lock: createTabLock(pageClock, locks),
      channel: createLocalChannel(),
      onWake(listener: (wasOffline: boolean) => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      onActivity: () => () => {},
      isOnline: () => is.online,
      isVisible: () => is.visible,
      random: () => drawn.pop() ?? draw(),
    };
    const backend: typeof server.backend = {
      ...server.backend,
      refresh: (record, context) => hear(() => server.backend.refresh?.(record, context) as Promise<TokenInput>),
    };
    const options = normalizeOptions({ backend, store, clock: pageClock } as never);
    const session = createSessionOn<object, object>(options, () => platform) as unknown as Session<object>;
    session.on('signed-out', ({ reason }) => signOuts.push(reason));
    const api = createApi(server);
    attachSession(api, session);
    const authorizedFetch = createAuthorizedFetch(session, { resourceServers: [API], fetch: server.serve });
    const send: readonly ((url: string) => Promise<unknown>)[] = [(url) => authorizedFetch(url), (url) => api.get(url)];
    return { page, session, send };
  }
  let current = load();
  const wake = (wasOffline = false): void => [...wakes].forEach((listener) => void listener(wasOffline));

  return {
    session: () => current.session,
    async request() {
      const { page, send } = current;
      counts.requests += 1;
      page.underWay += 1;
      const since = clock.awake();
      const answer = await pick(send)(`${API}/${counts.requests}`).catch((error) => error.response);
      if (page.isGone) return undefined;
      page.underWay -= 1;
      counts.settled += 1;
      if (clock.awake() - since > LONGEST) problem('I6: a request took too long');
      return (answer as { status?: number } | undefined)?.status;
    },
    reload() {
      const { page } = current;
      page.isGone = true;
      counts.requests -= page.underWay;
      // The browser frees the lock, and drops the connections.
      [locks, wakes] = [new Map(), new Set()];
      server.hangUp();
      current = load();
    },
    remount() {
      current.session.dispose();
      current = load();
    },
    wake,
    look(isLookedAt) {
      is.visible = isLookedAt;
      if (isLookedAt) wake();
    },
    plug(isOnline) {
      is.online = isOnline;
      if (isOnline) wake(true);
    },
    is,
    counts,
    signOuts,
    listeners: () => wakes.size,
  };
}

/** An axios over the server that is in memory. */
function createApi({ serve }: DayServer): AxiosInstance {
  return axios.create({
    baseURL: API,
    async adapter(config) {
      const { status } = await serve(API, { headers: { Authorization: String(config.headers.Authorization) } });
      const response = { status, statusText: '', headers: {}, config, data: {} };
      if (status === 200) return response;
      throw new AxiosError('It was refused.', AxiosError.ERR_BAD_REQUEST, config, {}, response);
    },
  });
}
