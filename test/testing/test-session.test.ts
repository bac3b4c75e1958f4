import axios from 'axios';
import type { Session, SignOutReason } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { createFakeBackend, createFakeClock, createTestSession } from 'latchkey/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';

const ALICE = { username: 'alice', password: 'right' };
const API = 'https://api.example.com';

/** An API of the app's that takes the tokens of a backend, and what it was sent. */
function apiOf(session: ReturnType<typeof createTestSession>): { get: typeof fetch; statuses: number[] } {
  const statuses: number[] = [];
  const serve: typeof fetch = async (input, init) => {
    const header = new Request(input, init).headers.get('Authorization');
    const status = session.backend.accepts(header) ? 200 : 401;
    statuses.push(status);
    return new Response(null, { status });
  };
  return { get: createAuthorizedFetch(session, { resourceServers: [API], fetch: serve }), statuses };
}

const pending: Pick<Session, 'dispose'>[] = [];
afterEach(() => {
  for (const session of pending.splice(0)) session.dispose();
});
const create = ((options?: never) => {
  const session = createTestSession(options);
  pending.push(session);
  return session;
}) as typeof createTestSession;

describe('createTestSession', () => {
  it('shows who is signed in, or nobody, before anything is awaited, and then changes nothing', async () => {
    const session = create({ user: { sub: 'alice', role: 'admin' } });
    const visitor = create();
    const seen = [session.getState(), visitor.getState()];
    expect(seen).toMatchObject([
      { status: 'signed-in', user: { sub: 'alice', role: 'admin' } },
      { status: 'signed-out' },
    ]);
    const listener = vi.fn();
    for (const one of [session, visitor]) one.subscribe(listener);
    await Promise.all([session.ready, visitor.ready]);
    await session.clock.advance(0);
    expect([session.getState(), visitor.getState()]).toEqual(seen);
    expect(listener).not.toHaveBeenCalled();
  });

  it('shows a profile as the app loads it, from the first moment, after a sign-in and after a refresh', async () => {
    const profile = { username: 'alice', phone: '1' };
    const session = create({ profile });
    const listener = vi.fn();
    session.subscribe(listener);
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: profile });
    await session.clock.advance(0);
    expect(listener).not.toHaveBeenCalled();
    await session.refresh();
    expect(session.getState()).toMatchObject({ user: profile });
    await session.signOut();
    expect(await session.signIn(ALICE)).toEqual(profile);
  });

  it('can be left restoring, and says then what it found', async () => {
    const session = create({ user: { sub: 'alice' }, restoring: true });
    const visitor = create({ restoring: true });
    await session.clock.advance(0);
    expect([session, visitor].map((one) => one.getState().status)).toEqual(['restoring', 'restoring']);
    await Promise.all([session.finishRestoring(), visitor.finishRestoring()]);
    expect([session, visitor].map((one) => one.getState().status)).toEqual(['signed-in', 'signed-out']);
  });

  it('signs in and out as any session does, with its events', async () => {
    const session = create();
    const events: string[] = [];
    session.on('signed-in', () => events.push('in'));
    session.on('signed-out', ({ reason }) => events.push(reason));
    await expect(session.signIn({ ...ALICE, password: 'no' })).rejects.toMatchObject({ code: 'sign-in-rejected' });
    expect((await session.signIn(ALICE)).sub).toBe('alice');
    await session.signOut();
    expect(events).toEqual(['in', 'user']);
  });

  it('signs in the users that it was told of, with what the form of the app sends', async () => {
    const users = [{ email: 'a@example.com', code: 7, claims: { sub: '1', name: 'Alice' } }];
    const session = create<{ sub: string }, { email: string; code: number }>({ users });
    await expect(session.signIn({ email: 'a@example.com', code: 8 })).rejects.toMatchObject({ status: 401 });
    expect(await session.signIn({ email: 'a@example.com', code: 7 })).toMatchObject({ sub: '1', name: 'Alice' });
  });

  it('opens the requests of axios and fetch', async () => {
    const session = create({ user: { sub: 'alice' } });
    const headers: unknown[] = [];
    const client = axios.create({
      baseURL: API,
      adapter: async (config) => {
        headers.push(config.headers.get('Authorization'));
        return { status: 200, statusText: '', headers: {}, config, data: '' };
      },
    });
    attachSession(client, session);
    await client.get('/orders');
    expect(headers.map((header) => session.backend.accepts(header as string))).toEqual([true]);
    const { get, statuses } = apiOf(session);
    await get(`${API}/orders`);
    expect(statuses).toEqual([200]);
  });

  it('lets the token expire: the next request refreshes once, and is not refused (C2)', async () => {
    const session = create({ user: { sub: 'alice' }, lifetime: 60_000 });
    const { get, statuses } = apiOf(session);
    session.expire();
    await Promise.all([get(`${API}/1`), get(`${API}/2`)]);
    expect(statuses).toEqual([200, 200]);
    expect(session.backend.calls.refresh).toBe(1);
    expect(session.getState().status).toBe('signed-in');
  });

  it('ends when the server takes back every token', async () => {
    const session = create({ user: { sub: 'alice' } });
    const reasons: SignOutReason[] = [];
    session.on('signed-out', ({ reason }) => reasons.push(reason));
    await session.revoke();
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'refresh-rejected' });
    expect(reasons).toEqual(['refresh-rejected']);
  });

  it('ends from elsewhere for any reason, and does what the app wants done then', async () => {
    const reasons: readonly SignOutReason[] = ['other-tab', 'idle', 'account-disabled', 'user-switched', 'provider'];
    for (const reason of reasons) {
      const onClear = vi.fn();
      const session = create({ user: { sub: 'alice' }, onClear });
      await (reason === 'other-tab' ? session.signOutElsewhere() : session.signOutElsewhere(reason));
      expect(session.getState()).toEqual({ status: 'signed-out', reason });
      expect(onClear.mock.calls).toEqual([[reason]]);
      expect((await session.signIn(ALICE)).sub).toBe('alice');
    }
  });

  it('says nothing of the end of a session to a visitor', async () => {
    const session = create();
    const listener = vi.fn();
    session.on('signed-out', listener);
    await session.signOutElsewhere();
    await session.revoke();
    session.expire();
    expect(listener).not.toHaveBeenCalled();
    expect(session.getState()).toEqual({ status: 'signed-out' });
  });

  it('keeps the limits of the app by its own clock, and hears the user', async () => {
    const session = create({ user: { sub: 'alice' }, idleTimeout: 60_000 });
    await session.clock.advance(40_000);
    session.extend();
    await session.clock.advance(40_000);
    expect(session.getState().status).toBe('signed-in');
    await session.clock.advance(30_000);
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'idle' });
  });

  it('is apart from all others, also of the same name, and from what is stored', async () => {
    const [one, other] = [create({ user: { sub: 'alice' } }), create({ user: { sub: 'bob' } })];
    await Promise.all([one.ready, other.ready]);
    await one.signOut();
    expect(other.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'bob' } });
    expect(localStorage.length + sessionStorage.length).toBe(0);
    expect((await indexedDB.databases()).map(({ name }) => name)).toEqual([]);
  });

  it('shares a server and a clock where it is told to: two devices of one user', async () => {
    const clock = createFakeClock();
    const backend = createFakeBackend({ clock });
    const [phone, laptop] = [create({ backend, clock, user: { sub: 'alice' } }), create({ backend, clock })];
    await laptop.signIn(ALICE);
    await phone.revoke();
    laptop.expire();
    await laptop.refresh().catch(() => {});
    expect([phone, laptop].map((one) => one.getState().status)).toEqual(['signed-out', 'signed-out']);
  });

  it('sends nothing, and leaves no timer when it is disposed of', async () => {
    const spy = vi.spyOn(globalThis, 'fetch');
    const session = create({ user: { sub: 'alice' }, idleTimeout: 60_000, maxAge: 120_000 });
    await session.refresh();
    await session.signOut();
    await session.signIn(ALICE);
    expect(session.clock.pending()).toBeGreaterThan(0);
    session.dispose();
    expect(session.clock.pending()).toBe(0);
    expect(spy).not.toHaveBeenCalled();
  });

  it("needs no fake timers, and works below a runner's own", async () => {
    vi.useFakeTimers();
    try {
      const session = create({ user: { sub: 'alice' }, lifetime: 60_000 });
      await session.clock.advance(58_000);
      expect(session.backend.calls.refresh).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('expires, and is revoked, by itself: the limits of the app are not reached by that', async () => {
    for (const limits of [{ idleTimeout: 60_000 }, { maxAge: 60_000 }]) {
      const session = create({ user: { sub: 'alice' }, ...limits });
      const { get, statuses } = apiOf(session);
      const before = session.clock.now();
      session.expire();
      await session.clock.advance(0);
      expect(session.getState().status).toBe('signed-in');
      await get(`${API}/1`);
      expect([session.backend.calls.refresh, statuses]).toEqual([1, [200]]);
      await session.revoke();
      expect(session.getState()).toEqual({ status: 'signed-out', reason: 'refresh-rejected' });
      expect(session.clock.now()).toBe(before);
    }
  });

  it('expires on the server, too, and again after the refresh', async () => {
    const session = create({ user: { sub: 'alice' } });
    for (const count of [1, 2]) {
      const token = await session.getAccessToken();
      session.expire();
      expect(session.backend.accepts(`Bearer ${token}`)).toBe(false);
      expect(session.backend.accepts(`Bearer ${await session.getAccessToken()}`)).toBe(true);
      expect(session.backend.calls.refresh).toBe(count);
    }
  });

  it.each<[object, string]>([
    [{ usr: {} }, 'no option "usr"'],
    [{ restore: 'verify' }, 'no option "restore"'],
    [{ store: {} }, 'no option "store"'],
    [{ user: 'alice' }, 'user must be an object of claims'],
    [{ restoring: 'yes' }, 'restoring must be true or false'],
    [{ lifetime: 0 }, 'lifetime must be milliseconds above 0'],
    [{ lifetime: -1 }, 'lifetime must be milliseconds above 0'],
    [{ users: [{ claims: { sub: '1' } }] }, 'users must be a list'],
    [{ users: [{ username: { first: 'A' } }] }, 'users must be a list'],
  ])('refuses %j', (options, named) => {
    expect(() => createTestSession(options as never)).toThrow(TypeError);
    expect(() => createTestSession(options as never)).toThrow(named);
  });

  it('leaves the options of createSession to it', () => {
    expect(() => createTestSession({ patience: -1 })).toThrow('createSession: patience');
  });
});
