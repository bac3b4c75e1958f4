import type { Backend, Session, SessionOptions, SessionRecord, TokenStore } from 'latchkey';
import type { FakeCredentials } from 'latchkey/testing';
import type { Channel } from '../../src/platform/channel.ts';
import { createMemoryFence, type Fence } from '../../src/platform/fence.ts';
import { createLease } from '../../src/platform/lease.ts';
import { createWebLock } from '../../src/platform/web-lock.ts';
import type { Platform } from '../../src/session/core.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { createSessionOn } from '../../src/session/session.ts';
import { decodeClaims } from '../../src/token/claims.ts';
import { createSharedChannel, type SharedChannel } from './tabs-channel.ts';
import { createTabClients, type TabClients } from './tabs-clients.ts';
import { createSharedFence, type SharedFence } from './tabs-fence.ts';
import { createSharedLocks, type SharedLocks } from './tabs-locks.ts';
import { type Choose, createPage, createSchedule, type Page, type Schedule } from './tabs-schedule.ts';
import { createSimServer, type ServerOptions, type SimServer } from './tabs-server.ts';
import { createSharedStores, handedStore, type SharedStores, type Slot } from './tabs-stores.ts';

export interface TabsWorldOptions {
  /** Where tokens live: localStorage (default), an app's own slow store, sessionStorage, or the tabs' memory. */
  readonly store?: 'origin' | 'slow' | 'tab' | 'handed';
  /** Default is `web`, the browser's own locks. */
  readonly lock?: 'web' | 'lease';
  /** Default is `shared`; with `none` each tab has one of its own, as where IndexedDB is refused. */
  readonly fence?: 'shared' | 'none';
  readonly server?: ServerOptions;
  /** How long a tab may see what another one has replaced in localStorage, in milliseconds. Default is 0. */
  readonly lag?: number;
  /** Decides whatever may go one way or the other. Default is always the tamest: everything in order, nothing lost. */
  readonly choose?: Choose;
  /** Whether nothing happens but by `step`, `settle` and `advance`. Default is false: things happen as one awaits. */
  readonly isManual?: boolean;
  /** Whether somebody looks at the tabs. Default is false: then no token is renewed but for those who ask for it. */
  readonly isVisible?: boolean;
  readonly session?: Partial<Omit<SessionOptions<FakeCredentials>, 'clock' | 'store' | 'backend'>>;
}

/** One request as the resource server saw it. */
export interface SeenRequest {
  readonly tab: SimTab;
  readonly url: string;
  readonly authorization: string | undefined;
}

/** A tab with a real session in it. */
export interface SimTab extends TabClients {
  readonly page: Page;
  readonly session: Session<FakeCredentials>;
  /** Every event so far, as `type`, or `signed-out:reason`, `expiring:cause`, `diagnostic:code`. */
  readonly events: string[];
  /** What its `sessionStorage` has. */
  readonly slot: Slot;
  /** The record in use. */
  record(): SessionRecord | undefined;
  /** Nothing of it runs any more; what it had under way completes whole or not at all. */
  crash(): void;
  /** The same, by the user: for the browser there is no difference. */
  close(): void;
  /** Crashes it, and opens it again with its own `sessionStorage`. */
  reload(): SimTab;
  /** Holds everything that is to happen in it, until `thaw`; a lock that it has stays taken. */
  freeze(): void;
  /** Lets it go on, and wakes it, as a browser does. */
  thaw(): void;
  /** It becomes visible, focused, or online. */
  wake(): void;
  /** Another tab with a copy of its `sessionStorage`. */
  duplicate(): SimTab;
  /** What of it is left in the browser: timers, listeners, locks. All 0 once it is disposed of. */
  remains(): Readonly<Record<'timers' | 'messages' | 'storage' | 'wakes' | 'locks', number>>;
}

/** One browser profile, and the two servers. */
export interface TabsWorld {
  readonly clock: Schedule;
  readonly server: SimServer;
  readonly fence: SharedFence;
  readonly locks: SharedLocks;
  readonly stores: SharedStores;
  readonly channel: SharedChannel;
  /** All that were ever opened. */
  readonly tabs: readonly SimTab[];
  /** What the resource server saw, in order. */
  readonly seen: SeenRequest[];
  /** Told of each request as it is sent, until the function that it gives is called. */
  onRequest(listener: (seen: SeenRequest) => void): () => void;
  openTab(options?: { store?: TokenStore; backend?: Backend<FakeCredentials>; slot?: Slot }): SimTab;
  /** Lets everything happen that takes no time, then lets time pass, in milliseconds. */
  advance(time: number): Promise<void>;
  settle(): Promise<void>;
  /** Lets time pass, at most 120 seconds, until something settles, and gives it. */
  until<T>(work: Promise<T>): Promise<T>;
  /** Somebody clears cookies and site data: the store and the fence. */
  clearSiteData(): void;
}

/** Makes a browser without tabs. */
export function createTabsWorld(options: TabsWorldOptions = {}): TabsWorld {
  const { choose = () => 0, isManual = false, lag = 0, lock = 'web', session: sessionOptions } = options;
  const clock = createSchedule(choose, !isManual);
  const server = createSimServer(clock, choose, options.server);
  const fence = createSharedFence(clock, choose);
  const locks = createSharedLocks(clock);
  const stores = createSharedStores(clock, choose, lag);
  const channel = createSharedChannel(clock, choose);
  const tabs: SimTab[] = [];
  const seen: SeenRequest[] = [];
  const listeners = new Set<(seen: SeenRequest) => void>();
  /** Every record that any tab has saved, by its access token's number, and whether it can be renewed. */
  const records = new Map<string, SessionRecord>();

  function storeOf(page: Page, slot: Slot): TokenStore {
    const { store = 'origin' } = options;
    if (store === 'tab') return stores.tab(slot);
    if (store === 'handed') return handedStore();
    return stores[store](page);
  }

  function openTab({ slot = { text: undefined }, ...own }: Parameters<TabsWorld['openTab']>[0] = {}): SimTab {
    const page = createPage(`tab${tabs.length + 1}`);
    const pageClock = clock.clockOf(page);
    const wakes = new Set<(wasOffline: boolean) => void>();
    const events: string[] = [];
    let drawn = tabs.length * 1000;
    /** Well spread, and never twice the same: tabs are told apart by it. */
    const random = (): number => {
      drawn += 1;
      return (drawn * 0.6180339887498949) % 1;
    };
    const pageFence: Fence = options.fence === 'none' ? createMemoryFence() : fence.viewOf(page);
    const platform: Platform = {
      fence: pageFence,
      lock: lock === 'web' ? createWebLock(locks.viewOf(page), pageClock) : createLease(pageFence, pageClock, random),
      channel: channel.viewOf(page) as Channel,
      onWake(listener) {
        wakes.add(listener);
        return () => wakes.delete(listener);
      },
      onActivity: () => () => {},
      isOnline: () => true,
      isVisible: () => options.isVisible === true,
      random,
    };
    const { store: plainStore = storeOf(page, slot), backend = server.backendOf(page) } = own;
    const store: TokenStore = {
      ...plainStore,
      save(name, record) {
        const { accessToken, refreshToken } = record.tokens;
        records.set(`${decodeClaims(accessToken)?.jti} ${refreshToken === undefined}`, record);
        return plainStore.save(name, record);
      },
    };
    const session = createSessionOn<FakeCredentials, Record<string, unknown>>(
      normalizeOptions({ ...sessionOptions, backend, store, clock: pageClock } as never),
      () => platform,
    ) as unknown as Session<FakeCredentials>;
    const tell = (event: string): void => {
      events.push(event);
      clock.log.push(`${page.name} says ${event}`);
    };
    session.on('signed-in', () => tell('signed-in'));
    session.on('refreshed', () => tell('refreshed'));
    session.on('refresh-failed', () => tell('refresh-failed'));
    session.on('expiring', ({ cause }) => tell(`expiring:${cause}`));
    session.on('signed-out', ({ reason }) => tell(`signed-out:${reason}`));
    session.on('diagnostic', ({ code }) => tell(`diagnostic:${code}`));

    const answer = (url: string, authorization: string | undefined): Promise<number> => {
      const request = { tab, url, authorization };
      seen.push(request);
      for (const listener of listeners) listener(request);
      return server.travel(page, 'request', () => (server.accepts(authorization) ? 200 : 401));
    };
    const wake = (): void => page.run(() => [...wakes].forEach((listener) => void listener(false)));
    const tab: SimTab = {
      page,
      session,
      ...createTabClients(session, answer),
      events,
      slot,
      record() {
        const state = session.getState();
        if (state.status !== 'signed-in') return undefined;
        return records.get(`${state.user.jti} ${state.endsAt !== undefined}`);
      },
      crash: page.kill,
      close: page.kill,
      reload() {
        page.kill();
        return openTab({ ...own, slot });
      },
      freeze: page.freeze,
      thaw() {
        page.thaw();
        wake();
      },
      wake,
      duplicate: () => openTab({ ...own, slot: { ...slot } }),
      remains: () => ({
        timers: pageClock.pending(),
        messages: channel.count(page),
        storage: stores.count(page),
        wakes: wakes.size,
        locks: locks.count(page),
      }),
    };
    tabs.push(tab);
    return tab;
  }

  async function until<T>(work: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    work.then(settle, settle);
    await clock.settle();
    for (let time = 0; !isSettled && time < 120_000; time += 100) await clock.advance(100);
    if (!isSettled) throw new Error('It did not settle within 2 minutes.');
    return work;
  }

  return {
    clock,
    server,
    fence,
    locks,
    stores,
    channel,
    tabs,
    seen,
    onRequest(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    openTab,
    until,
    advance: clock.advance,
    settle: clock.settle,
    clearSiteData() {
      stores.clear();
      fence.clear();
    },
  };
}
