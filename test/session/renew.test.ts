import { createSession, diagnose, localStorageStore, memoryStore, type Session, type SessionOptions } from 'latchkey';
import { type RenewalOptions, withRenewal } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';
import {
  createFakeBackend,
  createFakeClock,
  type FakeBackend,
  type FakeClock,
  type FakeCredentials,
} from 'latchkey/testing';
import { describe, expect, it } from 'vitest';
import { ALICE, API, BOB } from '../support/world.ts';

interface Sliding {
  readonly clock: FakeClock;
  readonly backend: FakeBackend;
  readonly session: Session<FakeCredentials>;
  /** Holds the answer to the next request until it is called. */
  hold(): () => void;
  /** Lets every answer come from elsewhere. */
  redirect(url: string): void;
  /** What the server sends along with its next answer. */
  say(token: string | undefined): void;
  get(path?: string): Promise<Response>;
  /** A token of the server's, issued now. */
  issue(who?: FakeCredentials): Promise<string>;
  readonly events: string[];
  /** What the resource server was shown. */
  readonly seen: (string | null)[];
}

function sliding(
  options: RenewalOptions = { header: 'X-New-Token' },
  more: Partial<SessionOptions<FakeCredentials>> = {},
): Sliding {
  const clock = createFakeClock();
  const backend = createFakeBackend({ now: () => clock.now() });
  const session = createSession<FakeCredentials>({
    backend: withRenewal(backend, options),
    store: memoryStore(),
    clock,
    ...more,
  });
  const events: string[] = [];
  session.on('refreshed', () => events.push('refreshed'));
  session.on('signed-out', ({ reason }) => events.push(reason));
  const seen: (string | null)[] = [];
  let along: string | undefined;
  let from: string | undefined;
  let gate: Promise<void> | undefined;
  const send = createAuthorizedFetch(session, {
    resourceServers: [API],
    async fetch(_, init) {
      const shown = new Headers(init?.headers).get('Authorization');
      seen.push(shown);
      const held = gate;
      gate = undefined;
      await held;
      const status = !shown?.includes('.fake') || backend.accepts(shown ?? undefined) ? 200 : 401;
      const headers: HeadersInit = along === undefined ? {} : { 'X-New-Token': along };
      const response = Response.json({ meta: { token: along }, list: [1] }, { status, headers });
      return from === undefined ? response : Object.defineProperty(response, 'url', { value: from });
    },
  });
  return {
    clock,
    backend,
    session,
    events,
    seen,
    hold() {
      let open = (): void => {};
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return open;
    },
    redirect: (url) => {
      from = url;
    },
    say: (token) => {
      along = token;
    },
    async get(path = '/') {
      const response = await send(API + path);
      // The adoption is nobody's to wait for.
      await clock.advance(0);
      await clock.advance(0);
      return response;
    },
    issue: async (who = ALICE) => {
      const { accessToken } = (await backend.signIn?.(who, undefined as never)) ?? {};
      return accessToken ?? '';
    },
  };
}

/** Without a refresh token there is nothing but the sliding. */
async function signIn({ session, issue }: Sliding): Promise<string> {
  const accessToken = await issue();
  await session.signInWithTokens({ accessToken });
  return accessToken;
}

describe('a session that slides', () => {
  it('takes up a newer token from a header, and sends it from then on (C46, SES-6)', async () => {
    const world = sliding();
    const first = await signIn(world);
    await world.clock.advance(200_000);
    const second = await world.issue();
    world.say(second);
    await world.get();
    await world.get();

    expect(world.seen).toEqual([`Bearer ${first}`, `Bearer ${second}`]);
    expect(world.events).toEqual(['refreshed']);
    await world.clock.advance(200_000);
    expect(world.session.getState().status).toBe('signed-in');
    await world.clock.advance(200_000);
    expect(world.events.at(-1)).toBe('expired');
  });

  it('takes it from a member of the body, which the caller can still read (C46)', async () => {
    const world = sliding({ field: 'meta.token' });
    await signIn(world);
    await world.clock.advance(1000);
    const second = await world.issue();
    world.say(second);
    expect(await (await world.get()).json()).toMatchObject({ list: [1] });
    await world.get();
    expect(world.seen.at(-1)).toBe(`Bearer ${second}`);
  });

  it('ignores an older token, another user’s, a doubled header, and none (C46, SES-6, B7)', async () => {
    const world = sliding();
    const older = await world.issue();
    await world.clock.advance(5000);
    const first = await signIn(world);
    await world.clock.advance(5000);
    const [foreign, good] = [await world.issue(BOB), await world.issue()];
    for (const along of [older, first, foreign, `${good}, ${good}`, 'käse', '', undefined]) {
      world.say(along);
      await world.get();
    }
    expect(new Set(world.seen)).toEqual(new Set([`Bearer ${first}`]));
    expect(world.events).toEqual([]);
  });

  it('ignores what comes from a server that is not listed, after a redirect (SES-6, RED-2)', async () => {
    const world = sliding();
    const first = await signIn(world);
    await world.clock.advance(1000);
    world.say(await world.issue());
    world.redirect('https://evil.example/');
    await world.get();
    await world.get();
    expect(world.seen).toEqual([`Bearer ${first}`, `Bearer ${first}`]);
  });

  it('ignores one that dies later, and was issued before the one in use (SES-6)', async () => {
    const world = sliding();
    const jwt = (iat: number, exp: number): string =>
      `e30.${btoa(JSON.stringify({ sub: 'a', iat, exp })).replace(/=/g, '')}.x`;
    await world.session.signInWithTokens({ accessToken: jwt(1000, 2000) });
    world.say(jwt(900, 9000));
    await world.get();
    world.say(jwt(1100, 9000));
    await world.get();
    expect(world.events).toEqual(['refreshed']);
    expect(await world.session.getAccessToken()).toBe(jwt(1100, 9000));
  });

  it('takes up the newest of answers that come in any order (SES-6)', async () => {
    const world = sliding();
    await signIn(world);
    await world.clock.advance(1000);
    const second = await world.issue();
    await world.clock.advance(1000);
    const third = await world.issue();
    for (const along of [third, second]) {
      world.say(along);
      await world.get();
    }
    await world.get();
    expect(world.seen.at(-1)).toBe(`Bearer ${third}`);
    expect(world.events).toEqual(['refreshed']);
  });

  it('takes an opaque token only from the answer to the one in use', async () => {
    const world = sliding({ header: 'X-New-Token', lifetime: 60_000 });
    await world.session.signInWithTokens({ accessToken: 'opaque-1', lifetime: 60_000, subject: 'alice' });
    world.say('opaque-2');
    const open = world.hold();
    const late = world.get();
    await world.get();
    world.say('opaque-3');
    open();
    await late;
    world.say('opaque-2');
    await world.get();
    expect(world.seen).toEqual(['Bearer opaque-1', 'Bearer opaque-1', 'Bearer opaque-2']);
    expect(world.events).toEqual(['refreshed']);
  });

  it('takes up nothing for a session that has ended meanwhile, or begun anew (SES-6, C34)', async () => {
    const world = sliding();
    await signIn(world);
    await world.clock.advance(1000);
    world.say(await world.issue());
    const answer = world.get().catch(({ code }) => code);
    await world.session.signOut();
    expect(await answer).toBe('signed-out');
    await world.clock.advance(0);
    expect(world.session.getState().status).toBe('signed-out');
    await world.session.signIn(BOB);
    const before = world.seen.length;
    await world.get();
    expect(world.seen.slice(before)).toEqual([expect.stringMatching(/^Bearer .*\.fake$/)]);
    expect(world.session.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'bob' } });
  });

  it('takes up nothing that was meant for the session before, of the same user', async () => {
    const world = sliding();
    await signIn(world);
    await world.clock.advance(1000);
    const along = await world.issue();
    await world.clock.advance(1000);
    const open = world.hold();
    const late = world.get().catch(() => {});
    world.say(along);
    const anew = await signIn(world);
    open();
    await late;
    expect(await world.session.getAccessToken()).toBe(anew);
    expect(world.events).toEqual([]);
  });

  it('takes up nothing from a refusal, which anybody may send', async () => {
    const world = sliding();
    await world.session.signIn(ALICE);
    await world.clock.advance(1000);
    world.say(await world.issue());
    world.backend.expireAll();
    world.say(undefined);
    world.backend.onRefresh(() => Promise.reject(new TypeError('Failed to fetch')));
    const jwt = `e30.${btoa(JSON.stringify({ sub: 'alice', exp: 9e9, iat: 8e9 })).replace(/=/g, '')}.fake`;
    world.say(jwt);
    const refused = world.get();
    await world.clock.advance(20_000);
    expect((await refused).status).toBe(401);
    expect(world.events).not.toContain('refreshed');
  });

  it.each([0, 1, 2, 3, 5, 8, 13, 21, 34])(
    'stays signed out when that is wished %d turns after the newer token was stored (I3, C34)',
    async (turns) => {
      const store = memoryStore();
      let isArmed = false;
      let wish: Promise<void> | undefined;
      const world: Sliding = sliding(undefined, {
        store: {
          ...store,
          save(name, record) {
            store.save(name, record);
            if (!isArmed) return;
            isArmed = false;
            let turn = Promise.resolve();
            for (let count = 0; count < turns; count += 1) turn = turn.then(() => {});
            wish = turn.then(() => world.session.signOut());
          },
        },
      });
      await signIn(world);
      await world.clock.advance(1000);
      world.say(await world.issue());
      isArmed = true;
      await world.get().catch(() => {});
      await wish;
      await world.clock.advance(60_000);
      expect(world.session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
      expect(world.events.at(-1)).toBe('user');
    },
  );

  it('leaves a stream alone, which has no members, and would be kept open', async () => {
    const session = createSession({ backend: withRenewal({}, { field: 'token' }), store: memoryStore() });
    await session.signInWithTokens({ accessToken: 'a', lifetime: 60_000 });
    let isCancelled = false;
    const events = new ReadableStream({
      cancel() {
        isCancelled = true;
      },
    });
    const send = createAuthorizedFetch(session, {
      resourceServers: [API],
      fetch: async () => new Response(events, { headers: { 'Content-Type': 'text/event-stream' } }),
    });
    await (await send(API)).body?.cancel();
    expect(isCancelled).toBe(true);
  });

  it('is not kept from sliding by what every object is made to have (PPL-1)', async () => {
    const world = sliding();
    await world.session.signInWithTokens({ accessToken: 'opaque-1', lifetime: 60_000 });
    world.say('opaque-2');
    Object.assign(Object.prototype, { exp: 5 });
    try {
      await world.get();
    } finally {
      Reflect.deleteProperty(Object.prototype, 'exp');
    }
    expect(await world.session.getAccessToken()).toBe('opaque-2');
  });

  it('keeps the refresh token, and writes the newer one into the store', async () => {
    const world = sliding(undefined, { store: localStorageStore() });
    await world.session.signIn(ALICE);
    await world.clock.advance(1000);
    const second = await world.issue();
    world.say(second);
    await world.get();
    const stored = JSON.parse(localStorage.getItem('latchkey.1.default') ?? '{}');
    expect(stored).toMatchObject({ generation: 2, tokens: { accessToken: second, refreshToken: expect.any(String) } });
  });

  it('takes up what many answers bring at once once', async () => {
    const world = sliding();
    await signIn(world);
    await world.clock.advance(1000);
    world.say(await world.issue());
    await Promise.all(Array.from({ length: 50 }, () => world.get()));
    expect(world.events).toEqual(['refreshed']);
  });

  it('lets diagnose() name the header that CORS has to expose, until one was seen', async () => {
    const world = sliding();
    await signIn(world);
    await world.get();
    const named = async (): Promise<readonly string[]> =>
      (await diagnose(world.session)).filter(({ code }) => code === 'renewal-hidden').map(({ message }) => message);
    expect(await named()).toEqual([expect.stringContaining('Access-Control-Expose-Headers: X-New-Token')]);
    await world.clock.advance(1000);
    world.say(await world.issue());
    await world.get();
    expect(await named()).toEqual([]);
  });
});
