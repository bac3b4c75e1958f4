import {
  AuthUnavailableError,
  type Backend,
  RefreshRejectedError,
  type SessionRecord,
  SignInRejectedError,
  type TokenInput,
} from 'latchkey';
import type { FakeCredentials } from 'latchkey/testing';
import type { Choose, Page, Schedule } from './tabs-schedule.ts';

/** What a server does with a refresh token that it has replaced. */
export type Reuse =
  /** Says no, as SimpleJWT with its blacklist. */
  | 'rejects'
  /** Says no, and ends the whole session. */
  | 'ends-family'
  /** Takes the last one once more, as servers with a leeway do. */
  | 'grace'
  /** Never replaces it. */
  | 'no-rotation';

export interface ServerOptions {
  /** How long an access token lives, in milliseconds. Default is 300000 (5 minutes). */
  readonly lifetime?: number;
  /** Default is `rejects`. */
  readonly reuse?: Reuse;
}

/** What befalls a refresh on its way. */
export type Fault =
  | 'lose-request'
  | 'lose-response'
  | 'hang'
  | 'slow'
  | { readonly status: number; readonly retryAfter?: number };

/** One refresh as a page sent it. */
export interface Sent {
  readonly page: Page;
  readonly record: SessionRecord;
  readonly at: number;
  /** What the server made of it; undefined when it never got there. */
  outcome: 'rotated' | 'rejected' | 'reused' | 'failed' | undefined;
  /** What befell it. */
  readonly fault: Fault | undefined;
  /** Whether the page still waits for the answer. */
  isOpen: boolean;
}

export interface SimServer {
  /** As one more page reaches it. */
  backendOf(page: Page): Backend<FakeCredentials>;
  /** Each refresh that was sent, in order. */
  readonly sent: Sent[];
  /** How often each refresh token arrived. */
  readonly presented: ReadonlyMap<string, number>;
  /** Whether a refresh token would be taken now. */
  takes(refreshToken: string | undefined): boolean;
  /** Whether a tab has had it made worthless. */
  isRevoked(refreshToken: string | undefined): boolean;
  /** Told of each refresh that was answered with a no: whether because the token was spent, or for another reason. */
  onReject(listener: (sent: Sent) => void): void;
  /** What befalls the next refreshes, one after another. */
  readonly faults: Fault[];
  /** Whether a resource server would take this header now. */
  accepts(authorization: string | undefined): boolean;
  /** Makes every access token worthless; refresh tokens stay good. */
  expireAll(): void;
  /** Ends every session. */
  revokeAll(): void;
  /** Told before a refresh is sent. */
  onSend(listener: (sent: Sent) => void): void;
  /** Takes a step of a page's request to it and back. */
  travel<T>(page: Page, what: string, handle: () => T, fault?: Fault, signal?: AbortSignal): Promise<T>;
}

interface Family {
  readonly username: string;
  isEnded: boolean;
  /** Those that were given for the last one. */
  current: Set<string>;
  last: string | undefined;
}

/** How long a request takes to arrive at most, in milliseconds: less than the session's `settleTime`. */
const ARRIVAL = 3000;
/** How long an answer takes at most, and a slow one. */
const ANSWER = 3000;
const SLOW = 24_000;

/** An authorization server with memory of its token families, and the way to it. */
export function createSimServer(schedule: Schedule, choose: Choose, options: ServerOptions = {}): SimServer {
  const { lifetime = 300_000, reuse = 'rejects' } = options;
  const families = new Map<number, Family>();
  const access = new Map<string, { readonly family: number; readonly until: number }>();
  const refresh = new Map<string, number>();
  const presented = new Map<string, number>();
  const sent: Sent[] = [];
  const faults: Fault[] = [];
  const listeners: ((sent: Sent) => void)[] = [];
  const rejections: ((sent: Sent) => void)[] = [];
  /** Refresh tokens that a page has made worthless. */
  const revoked = new Set<string>();
  let issued = 0;

  function issue(id: number, family: Family, isNew: boolean): TokenInput {
    issued += 1;
    const now = schedule.now();
    const claims = { sub: family.username, family: id, exp: (now + lifetime) / 1000, jti: String(issued) };
    const accessToken = `e30.${btoa(JSON.stringify(claims)).replace(/=+$/, '')}.sim`;
    access.set(accessToken, { family: id, until: now + lifetime });
    if (!isNew) return { accessToken };
    const refreshToken = `refresh-${issued}-${family.username}`;
    refresh.set(refreshToken, id);
    family.current.add(refreshToken);
    return { accessToken, refreshToken };
  }

  function signIn({ username, password }: FakeCredentials): TokenInput {
    if (password !== 'right') throw new SignInRejectedError(401, { serverMessage: 'Wrong name or password.' });
    const family: Family = { username, isEnded: false, current: new Set(), last: undefined };
    families.set(families.size + 1, family);
    return issue(families.size, family, true);
  }

  function takes(refreshToken = ''): boolean {
    const family = families.get(refresh.get(refreshToken) ?? 0);
    if (!family || family.isEnded || revoked.has(refreshToken)) return false;
    return family.current.has(refreshToken) || (reuse === 'grace' && family.last === refreshToken);
  }

  function renew(entry: Sent): TokenInput {
    const { refreshToken = '' } = entry.record.tokens;
    presented.set(refreshToken, (presented.get(refreshToken) ?? 0) + 1);
    const id = refresh.get(refreshToken) ?? 0;
    const family = families.get(id);
    if (!family || !takes(refreshToken)) {
      const isReused = family && !family.isEnded && !revoked.has(refreshToken);
      entry.outcome = isReused ? 'reused' : 'rejected';
      if (isReused && reuse === 'ends-family') end(family);
      for (const listener of rejections) listener(entry);
      throw new RefreshRejectedError();
    }
    entry.outcome = 'rotated';
    if (reuse === 'no-rotation') return issue(id, family, false);
    if (family.current.has(refreshToken)) {
      family.current.clear();
      family.last = refreshToken;
    }
    return issue(id, family, true);
  }

  function end(family: Family): void {
    family.isEnded = true;
    for (const [token, { family: id }] of access) if (families.get(id) === family) access.delete(token);
  }

  /** The request arrives, or not; the answer arrives, or not. Of a page that is gone nobody knows whether it does. */
  function travel<T>(page: Page, what: string, handle: () => T, fault?: Fault, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      const answer = (settle: () => void): void => {
        if (fault === 'hang') return;
        schedule.add(`${what} answer`, page, () => page.run(settle), fault === 'slow' ? SLOW : ANSWER);
      };
      const lost = (): void => reject(new TypeError('Failed to fetch'));
      /** What the page is told, if the answer is not lost. */
      const reply = (): (() => void) => {
        if (fault === 'lose-request') return lost;
        if (typeof fault === 'object') return () => reject(new AuthUnavailableError('Busy.', fault));
        try {
          const result = handle();
          return () => resolve(result);
        } catch (error) {
          return () => reject(error);
        }
      };
      const arrive = (): void => {
        if (page.state === 'gone' && choose(2) === 1) return;
        const told = reply();
        answer(fault === 'lose-response' ? lost : told);
      };
      schedule.add(what, page, arrive, ARRIVAL);
    });
  }

  return {
    sent,
    presented,
    takes,
    isRevoked: (refreshToken = '') => revoked.has(refreshToken),
    onReject: (listener) => void rejections.push(listener),
    faults,
    travel,
    backendOf: (page) => ({
      signIn: (credentials, { signal }) => travel(page, 'sign-in', () => signIn(credentials), undefined, signal),
      async refresh(record, { signal }) {
        const fault = faults.shift();
        const outcome = typeof fault === 'object' ? 'failed' : undefined;
        const entry: Sent = { page, record, at: schedule.monotonic(), outcome, fault, isOpen: true };
        for (const listener of listeners) listener(entry);
        sent.push(entry);
        try {
          return await travel(page, 'refresh', () => renew(entry), fault, signal);
        } finally {
          entry.isOpen = false;
        }
      },
      async revoke({ tokens: { accessToken = '', refreshToken = '' } }, { signal }) {
        const revoke = (): void => {
          access.delete(accessToken);
          revoked.add(refreshToken);
          const family = families.get(refresh.get(refreshToken) ?? 0);
          if (family && reuse === 'ends-family') end(family);
        };
        await travel(page, 'revoke', revoke, undefined, signal);
      },
    }),
    accepts(authorization) {
      const token = access.get(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '');
      return token !== undefined && schedule.now() < token.until;
    },
    expireAll: () => access.clear(),
    revokeAll() {
      for (const family of families.values()) end(family);
    },
    onSend: (listener) => void listeners.push(listener),
  };
}
