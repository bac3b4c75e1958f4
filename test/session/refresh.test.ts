import { type Backend, createSession, memoryStore, RefreshRejectedError, type SessionRecord } from 'latchkey';
import { createFakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, createWorld } from '../support/world.ts';

const LIFETIME = 300_000;
/** A token is given up this long before its expiry: a request takes time to travel. */
const LEEWAY = 1000;

describe('a refresh', () => {
  it('gives everybody who asks the same new token, with one call', async () => {
    const { session, backend, clock } = createWorld();
    await session.signIn(ALICE);
    await clock.advance(LIFETIME);
    const tokens = await Promise.all(Array.from({ length: 50 }, () => session.getAccessToken()));
    expect(new Set(tokens).size).toBe(1);
    expect(backend.calls.refresh).toBe(1);
  });

  it('is started in the background inside the window, while the old token is still used', async () => {
    const { session, backend, clock, api, seen } = createWorld({ refreshWindow: { fraction: 0.5 } });
    await session.signIn(ALICE);
    const first = await session.getAccessToken();
    await clock.advance(LIFETIME * 0.5 - 1);
    await api.get('/before');
    expect(backend.calls.refresh).toBe(0);
    await clock.advance(1);
    await api.get('/inside');
    expect(seen.at(-1)?.authorization).toBe(`Bearer ${first}`);
    await clock.advance(0);
    expect(backend.calls.refresh).toBe(1);
    expect(await session.getAccessToken()).not.toBe(first);
  });

  it('keeps the refresh token that the server does not replace (C31)', async () => {
    const { session, backend, clock } = createWorld({ backendOptions: { rotate: false } });
    await session.signIn(ALICE);
    for (let round = 1; round <= 3; round += 1) {
      await clock.advance(LIFETIME);
      await session.getAccessToken();
      expect(backend.calls.refresh).toBe(round);
    }
    expect(session.getState().status).toBe('signed-in');
  });

  it('never takes a stale issue time for a longer life: the lifetime of the sign-in stays the bound', async () => {
    const { session, clock, backend } = createWorld();
    await session.signIn(ALICE);
    const issuedAt = clock.now();
    const issue = backend.refresh?.bind(backend) as NonNullable<Backend['refresh']>;
    // As SimpleJWT does: the new access token carries the `iat` of the refresh token that was presented.
    backend.refresh = async (record, context) => {
      const { accessToken = '', ...rest } = await issue(record, context);
      const [head, body = '', tail] = accessToken.split('.');
      const claims = { ...JSON.parse(atob(body)), iat: issuedAt / 1000 };
      return { ...rest, accessToken: `${head}.${btoa(JSON.stringify(claims)).replace(/=+$/, '')}.${tail}` };
    };
    await clock.advance(LIFETIME);
    await session.refresh();
    const state = session.getState();
    expect(state.status === 'signed-in' && state.tokenExpiresAt).toBe(clock.now() + LIFETIME);
  });

  it('without a verdict keeps the session, says so, and the next one asks anew, not before the breaker lets it (C24, C26)', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    // Whoever has less patience than the breaker holds them back is told at once.
    const { session, backend, clock, events } = createWorld({ patience: 400 });
    await session.signIn(ALICE);
    backend.onRefresh(async () => {
      throw new Error('socket hang up');
    });
    await clock.advance(LIFETIME);
    await expect(session.getAccessToken()).rejects.toMatchObject({
      code: 'auth-unavailable',
      cause: expect.objectContaining({ message: 'socket hang up' }),
      retryAfter: 500,
    });
    expect(events).toEqual(['signed-in', 'refresh-failed']);
    backend.onRefresh(undefined);
    await expect(session.getAccessToken()).rejects.toMatchObject({ code: 'auth-unavailable', retryAfter: 500 });
    await expect(session.refresh()).rejects.toMatchObject({ code: 'auth-unavailable', retryAfter: 500 });
    expect(backend.calls.refresh).toBe(1);
    await clock.advance(500);
    await expect(session.getAccessToken()).resolves.toBeTypeOf('string');
    expect(backend.calls.refresh).toBe(2);
    expect(session.getState().status).toBe('signed-in');
  });

  it('in the background that fails is not repeated by every request', async () => {
    const { session, backend, clock, api } = createWorld({ refreshWindow: { fraction: 0.5 } });
    await session.signIn(ALICE);
    backend.onRefresh(async () => {
      throw new Error('503');
    });
    await clock.advance(LIFETIME * 0.6);
    for (let request = 0; request < 10; request += 1) {
      await api.get('/x');
      await clock.advance(0);
    }
    expect(backend.calls.refresh).toBe(1);
    await clock.advance(5000);
    await api.get('/x');
    await clock.advance(0);
    expect(backend.calls.refresh).toBe(2);
  });

  it('that answers with no usable tokens is a TokenResponseError, and no sign-out', async () => {
    const { session, backend, clock } = createWorld();
    await session.signIn(ALICE);
    for (const answer of [{}, null, [], 'text', { accessToken: '' }, { accessToken: 'a\r\nb' }, { accessToken: 7 }]) {
      backend.refresh = async () => answer as never;
      await expect(session.refresh()).rejects.toMatchObject({ code: 'token-response' });
      // Longer than any backoff of tokens with this life.
      await clock.advance(LIFETIME / 3);
    }
    expect(session.getState().status).toBe('signed-in');
  });

  it('for a user other than the one signed in ends the session and revokes what came (SES-3)', async () => {
    const { session, backend, events } = createWorld();
    await session.signIn(ALICE);
    const other = await backend.signIn?.({ username: 'mallory', password: 'right' }, {} as never);
    backend.refresh = async () => other ?? {};
    await expect(session.refresh()).rejects.toMatchObject({ code: 'signed-out', reason: 'user-switched' });
    expect(events).toEqual(['signed-in', 'signed-out:user-switched']);
    await vi.waitFor(() => expect(backend.accepts(`Bearer ${other?.accessToken}`)).toBe(false));
  });

  it('takes up what somebody else stored meanwhile, without a request', async () => {
    const store = memoryStore();
    const { session, backend, clock } = createWorld({ store });
    await session.signIn(ALICE);
    const record = store.load('default') as SessionRecord;
    const tokens = { ...record.tokens, accessToken: 'newer', lifetime: LIFETIME };
    await clock.advance(LIFETIME);
    void store.save('default', { ...record, generation: 2, receivedAt: clock.now(), tokens });
    await expect(session.getAccessToken()).resolves.toBe('newer');
    expect(backend.calls.refresh).toBe(0);
  });
});

describe('a rejected refresh', () => {
  it('ends the session, once, with the reason of the server', async () => {
    const { session, backend, clock, events } = createWorld();
    await session.signIn(ALICE);
    backend.revokeAll();
    await clock.advance(LIFETIME);
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => session.getAccessToken()));
    for (const result of results) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'signed-out', reason: 'refresh-rejected', cause: { code: 'refresh-rejected' } },
      });
    }
    expect(backend.calls.refresh).toBe(1);
    expect(events).toEqual(['signed-in', 'signed-out:refresh-rejected']);
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'refresh-rejected' });
  });

  it('while the access token lives keeps the session to its end, and says when that is (C27)', async () => {
    const { session, backend, clock, api, events } = createWorld();
    await session.signIn(ALICE);
    backend.onRefresh(async () => {
      throw new RefreshRejectedError('account-disabled');
    });
    await clock.advance(1000);
    await session.refresh();
    expect(events).toEqual(['signed-in', 'expiring:account-disabled']);
    expect(session.getState()).toMatchObject({ status: 'signed-in', endsAt: clock.now() - 1000 + LIFETIME - LEEWAY });
    expect((await api.get('/still')).status).toBe(200);
    await clock.advance(LIFETIME);
    expect(events).toEqual(['signed-in', 'expiring:account-disabled', 'signed-out:account-disabled']);
    expect(backend.calls.refresh).toBe(1);
  });

  it('after the server refused the access token ends it at once', async () => {
    const { session, backend, api, events } = createWorld();
    await session.signIn(ALICE);
    backend.revokeAll();
    await expect(api.get('/x')).rejects.toMatchObject({ response: { status: 401 } });
    expect(events).toEqual(['signed-in', 'signed-out:refresh-rejected']);
  });
});

describe('a session without a refresh token', () => {
  it('ends when its access token does, and not before (C45)', async () => {
    const { session, clock, events } = createWorld();
    await session.signInWithTokens({ accessToken: 'opaque', lifetime: 60_000 });
    expect(session.getState()).toEqual({
      status: 'signed-in',
      user: {},
      tokenExpiresAt: clock.now() + 60_000,
      endsAt: clock.now() + 60_000 - LEEWAY,
    });
    await clock.advance(58_000);
    await expect(session.getAccessToken()).resolves.toBe('opaque');
    await clock.advance(2000);
    expect(events).toEqual(['signed-in', 'signed-out:expired']);
    expect(clock.pending()).toBe(0);
  });

  it('lasts for ever when nobody said how long its token lives, and a lone 401 does not end it (C45)', async () => {
    const { session, clock, api, events } = createWorld();
    await session.signInWithTokens({ accessToken: 'opaque' });
    await clock.advance(10 * 365 * 24 * 3600_000);
    await expect(api.get('/x')).rejects.toMatchObject({ response: { status: 401 } });
    expect(events).toEqual(['signed-in']);
    await expect(session.refresh()).rejects.toMatchObject({ code: 'auth-unavailable' });
  });

  it('with a token of ten years arms no timer that fires at once (C11)', async () => {
    const { session, clock, events } = createWorld();
    await session.signInWithTokens({ accessToken: 'opaque', lifetime: 10 * 365 * 24 * 3600_000 });
    await clock.advance(30 * 24 * 3600_000);
    expect(events).toEqual(['signed-in']);
  });
});

describe('the clock of the device', () => {
  it.each([24, -24])('off by %i hours costs at most one refresh, and no sign-out', async (hours) => {
    const { session, backend, clock, api, events } = createWorld();
    await session.signIn(ALICE);
    clock.step(hours * 3600_000);
    for (let request = 0; request < 10; request += 1) await api.get('/x').catch(() => {});
    expect(backend.calls.refresh).toBeLessThanOrEqual(1);
    expect(events).not.toContain('signed-out:refresh-rejected');
  });

  it('that was set back since the session was stored refreshes once at the first use', async () => {
    const store = memoryStore();
    const clock = createFakeClock();
    const first = createWorld({ store, clock });
    await first.session.signIn(ALICE);
    first.session.dispose();
    clock.step(-3600_000);
    const restored = createSession({ backend: first.backend, store, clock });
    await Promise.all([restored.getAccessToken(), restored.getAccessToken()]);
    await restored.getAccessToken();
    expect(first.backend.calls.refresh).toBe(1);
  });
});
