import axios, { type AxiosInstance } from 'axios';
import { memoryStore, type Session, type SessionOptions, type TokenStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt, type UsernameAndPassword } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { onTestFinished } from 'vitest';
import { createLocalChannel } from '../../src/platform/channel.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import { createMemoryFence, type Fence } from '../../src/platform/fence.ts';
import { createTabLock } from '../../src/platform/lock.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { createSessionOn } from '../../src/session/session.ts';
import type { JwtClaims } from '../../src/token/claims.ts';
import { type FaultServer, startFaultServer } from './fault-server.ts';
import type { Issuer, IssuerOptions } from './issuer.ts';

export const ALICE: UsernameAndPassword = { username: 'alice', password: 'right' };
export const BOB: UsernameAndPassword = { username: 'bob', password: 'right' };

/** A clock that a test can move. */
export interface MovableClock extends Clock {
  advance(time: number): Promise<void>;
}

/** One page of the app. */
export interface Page {
  readonly session: Session<UsernameAndPassword, JwtClaims>;
  readonly api: AxiosInstance;
  readonly fetch: typeof fetch;
  /** Every event so far, as `type`, or `signed-out:reason`, `diagnostic:code`. */
  readonly events: string[];
  /** The messages of `refresh-failed`. */
  readonly failures: string[];
  /** Whether it has a network, and whether somebody looks at it. */
  readonly is: { online: boolean; visible: boolean };
  /** It is looked at again, or online again. */
  wake(wasOffline?: boolean): void;
}

export interface FaultWorld extends Page {
  readonly server: FaultServer;
  readonly clock: MovableClock;
  readonly store: TokenStore;
  readonly fence: Fence;
  /** What the engine draws, from 0 to 1. */
  draw: number;
  /** How far the server's clock is ahead of the device's, in milliseconds. */
  skew: number;
  /** The next page in the same browser: a reload, or another tab. */
  openPage(): Page;
  /** Lets the access token die of old age. */
  expire(): Promise<void>;
}

export interface FaultWorldOptions extends Partial<Omit<SessionOptions<UsernameAndPassword>, 'clock' | 'backend'>> {
  readonly reuse?: IssuerOptions['reuse'];
  readonly lifetime?: number;
  /** What the server's access tokens say besides. */
  readonly claims?: Issuer['claims'];
  readonly skew?: number;
  /** Default is the real one, which `advance` moves on as a sleep does: no timer fires sooner for it. */
  readonly clock?: MovableClock;
  /** Another world's, for clients that share one. */
  readonly server?: FaultServer;
}

/** The real time, and whatever was slept through. */
export function createRealClock(): MovableClock {
  let slept = 0;
  return {
    now: () => systemClock.now() + slept,
    monotonic: () => systemClock.monotonic() + slept,
    setTimer: systemClock.setTimer,
    async advance(time) {
      slept += time;
    },
  };
}

/** A browser with one page, signed in as Alice, on the real backend over real sockets. Let go of with the test. */
export async function openWorld(options: FaultWorldOptions = {}): Promise<FaultWorld> {
  const {
    reuse,
    lifetime,
    claims,
    skew = 0,
    clock = createRealClock(),
    server: shared,
    store = sharedStore(),
  } = options;
  const { patience = 500, settleTime, refreshWindow, onStepUp } = options;
  const state = { draw: 0.02, skew };
  const now = (): number => clock.now() + state.skew;
  const server = shared ?? (await startFaultServer({ now, reuse, lifetime }));
  server.issuer.claims = claims ?? {};
  const fence: Fence = { ...createMemoryFence(), isShared: true };
  const queues = new Map<string, Promise<void>>();
  const pages: Page[] = [];

  function openPage(): Page {
    const wakes = new Set<(wasOffline: boolean) => void>();
    const is = { online: true, visible: false };
    // Tabs are told apart by the first thing that they draw.
    const drawn = [0.001 * (pages.length + 1)];
    const platform = {
      lock: createTabLock(clock, queues),
      fence,
      channel: createLocalChannel(),
      onWake(listener: (wasOffline: boolean) => void) {
        wakes.add(listener);
        return () => wakes.delete(listener);
      },
      onActivity: () => () => {},
      isOnline: () => is.online,
      isVisible: () => is.visible,
      random: () => drawn.pop() ?? state.draw,
    };
    const backend = simpleJwt({ baseUrl: `${server.urls.auth}/auth` });
    const normalized = normalizeOptions({
      patience,
      settleTime,
      refreshWindow,
      onStepUp,
      backend,
      store,
      clock,
    } as never);
    const session = createSessionOn<UsernameAndPassword, JwtClaims>(normalized, () => platform);
    const events: string[] = [];
    const failures: string[] = [];
    session.on('signed-in', () => events.push('signed-in'));
    session.on('refreshed', () => events.push('refreshed'));
    session.on('refresh-failed', ({ error }) => {
      events.push('refresh-failed');
      failures.push(error.message);
    });
    session.on('expiring', ({ cause }) => events.push(`expiring:${cause}`));
    session.on('signed-out', ({ reason }) => events.push(`signed-out:${reason}`));
    session.on('diagnostic', ({ code }) => events.push(`diagnostic:${code}`));
    const api = axios.create({ baseURL: server.urls.api });
    attachSession(api, session);
    const page: Page = {
      session,
      api,
      fetch: createAuthorizedFetch(session, { resourceServers: [server.urls.api] }),
      events,
      failures,
      is,
      wake: (wasOffline = false) => [...wakes].forEach((listener) => void listener(wasOffline)),
    };
    pages.push(page);
    return page;
  }

  onTestFinished(async () => {
    for (const { session } of pages) session.dispose();
    await server.close();
  });
  const page = openPage();
  await page.session.signIn(ALICE);
  page.events.length = 0;
  return Object.assign(state, page, {
    server,
    clock,
    store,
    fence,
    openPage,
    expire: () => clock.advance(lifetime ?? 300_000),
  });
}

/** What all pages of a browser see, and a reload finds again. */
function sharedStore(): TokenStore {
  return { ...memoryStore(), scope: 'origin' };
}

/** What came of a request, or of anything else: a status, `done`, or what went wrong in a word. */
export function outcome(work: Promise<unknown>): Promise<number | string> {
  return work.then(
    (result) => (result as { status?: number } | undefined)?.status ?? 'done',
    (error) => error?.response?.status ?? ([error?.code, error?.reason].filter(Boolean).join(':') || String(error)),
  );
}

/** Who is signed in; undefined for nobody. */
export function userOf({ session }: Page): unknown {
  const state = session.getState();
  return state.status === 'signed-in' ? state.user.user_id : undefined;
}

/** Which generation of tokens is stored. */
export function generationOf({ store }: FaultWorld): number | undefined {
  return (store.load('default') as { generation?: number } | undefined)?.generation;
}

/** What the trace says, one step after another. */
export function stepsOf({ session }: Page): string[] {
  return session.trace().map(({ step, detail }) => [step, detail].filter(Boolean).join(' '));
}
