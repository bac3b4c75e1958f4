import {
  AuthUnavailableError,
  type Backend,
  RefreshRejectedError,
  type TokenInput,
  TokenResponseError,
} from 'latchkey';
import type { DayClock } from './day-clock.ts';

/** Draws from a seed: the same days for the same seeds. */
export interface Dice {
  /** From 0 to 1. */
  draw(): number;
  /** Whether something happens that has this chance. */
  chance(probability: number): boolean;
  between(least: number, most: number): number;
  pick<T>(items: readonly T[]): T;
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const draw = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    draw,
    chance: (probability) => draw() < probability,
    between: (least, most) => least + draw() * (most - least),
    pick: (items) => items[Math.floor(draw() * items.length)] as never,
  };
}

export interface DayServer {
  readonly backend: Backend<object>;
  /** The API. */
  readonly serve: typeof fetch;
  /** How much fails: now and then, nearly everything, or nothing. */
  weather: 'fair' | 'storm' | 'clear';
  /** Fair weather, or a storm. */
  turnWeather(): void;
  /** Another key: every access token is worthless from now on. */
  rollOver(): void;
  readonly counts: { refreshes: number; faults: number };
  /** When a refresh failed for the page that sent it, by everybody else's clock. */
  readonly failures: number[];
  /** Told before a refresh is sent. */
  onSend: (refreshToken: string) => void;
  /** How many refreshes are under way from the page that is there. */
  inFlight: number;
  /** The page goes away, and nobody hears what comes of them. */
  hangUp(): void;
}

const LIFETIME = 900_000;
const FAULTS = ['lost request', 'lost answer', 'busy', 'busy for long', 'html', 'hang', 'slow'] as const;

/** A server that rotates, has grace for the last token, and fails in every way that there is. */
export function createDayServer(clock: DayClock, { chance, between, pick }: Dice): DayServer {
  const access = new Map<string, number>();
  const last = { current: '', previous: '' };
  let issued = 0;
  let page = 0;

  function issue(): TokenInput {
    issued += 1;
    const iat = Math.floor(clock.truth() / 1000);
    const payload = { sub: 'alice', iat, exp: iat + LIFETIME / 1000, jti: issued };
    const accessToken = `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.x`;
    access.set(accessToken, clock.truth() + LIFETIME);
    last.current = `refresh-${issued}`;
    return { accessToken, refreshToken: last.current };
  }

  function renew(refreshToken = ''): TokenInput {
    if (refreshToken === last.current) last.previous = refreshToken;
    else if (refreshToken !== last.previous) throw new RefreshRejectedError();
    return issue();
  }

  /** Comes back after a while; rejects as soon as nobody waits any more. */
  function travel(time: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = clock.setTimer(resolve, time);
      signal?.addEventListener('abort', () => {
        cancel();
        reject(signal.reason);
      });
    });
  }

  async function refresh(refreshToken: string | undefined, signal: AbortSignal): Promise<TokenInput> {
    const fault = chance({ fair: 0.03, storm: 0.7, clear: 0 }[server.weather]) ? pick(FAULTS) : undefined;
    if (fault) server.counts.faults += 1;
    const arrives =
      fault === undefined || fault === 'lost answer' || fault === 'slow' || (fault === 'hang' && chance(0.5));
    const tokens = arrives ? renew(refreshToken) : undefined;
    const time =
      fault === 'hang' ? Number.POSITIVE_INFINITY : fault === 'slow' ? between(5000, 29_000) : between(20, 800);
    await travel(time, signal);
    if (fault === 'busy') throw new AuthUnavailableError('Busy.', { status: 503 });
    if (fault === 'busy for long')
      throw new AuthUnavailableError('Busy.', { status: 503, retryAfter: between(0, 120_000) });
    if (fault === 'html') throw new TokenResponseError('That was a page.');
    if (!tokens || fault === 'lost answer') throw new TypeError('Failed to fetch');
    return tokens;
  }

  const server: DayServer = {
    weather: 'fair',
    counts: { refreshes: 0, faults: 0 },
    failures: [],
    onSend: () => {},
    inFlight: 0,
    hangUp() {
      page += 1;
      server.inFlight = 0;
    },
    turnWeather() {
      server.weather = server.weather === 'fair' ? 'storm' : 'fair';
    },
    rollOver: () => access.clear(),
    backend: {
      async signIn() {
        return issue();
      },
      async refresh({ tokens: { refreshToken = '' } }, { signal }) {
        server.onSend(refreshToken);
        server.counts.refreshes += 1;
        server.inFlight += 1;
        const mine = page;
        try {
          return await refresh(refreshToken, signal);
        } catch (error) {
          if (mine === page) server.failures.push(clock.truth());
          throw error;
        } finally {
          if (mine === page) server.inFlight -= 1;
        }
      },
    },
    async serve(_, init) {
      const token = new Headers(init?.headers).get('Authorization')?.replace('Bearer ', '') ?? '';
      const isRefused = !((access.get(token) ?? 0) > clock.truth()) || (server.weather !== 'clear' && chance(0.01));
      await travel(between(10, 1500));
      if (chance({ fair: 0.01, storm: 0.2, clear: 0 }[server.weather])) {
        server.counts.faults += 1;
        throw new TypeError('Failed to fetch');
      }
      return Response.json({}, { status: isRefused ? 401 : 200 });
    },
  };
  return server;
}
