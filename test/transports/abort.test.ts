// @vitest-environment node
import axios, { type AxiosRequestConfig } from 'axios';
import { attachSession } from 'latchkey/axios';
import { describe, expect, it } from 'vitest';
import { ALICE, API, createWorld } from '../support/world.ts';

const LIFETIME = 300_000;

/** A world in which a refresh is under way and does not end before it is told to. */
async function waiting(kind: 'expired' | 'refused') {
  const world = createWorld();
  let finish = (): void => {};
  const gate = new Promise<void>((resolve) => {
    finish = resolve;
  });
  await world.session.signIn(ALICE);
  if (kind === 'expired') await world.clock.advance(LIFETIME);
  else world.backend.expireAll();
  world.backend.onRefresh(() => gate);
  return { ...world, finish };
}

/** What a promise has come to by now, without waiting for it. */
async function outcomeOf(promise: Promise<unknown>, clock: { advance(time: number): Promise<void> }) {
  let outcome: { value?: unknown; error?: unknown } | undefined;
  promise.then(
    (value) => {
      outcome = { value };
    },
    (error) => {
      outcome = { error };
    },
  );
  await clock.advance(0);
  return outcome;
}

describe.each(['expired', 'refused'] as const)('a request that waits because its token was %s', (kind) => {
  it('rejects at once with axios’ own CanceledError when its signal aborts (C19)', async () => {
    const { api, clock, backend, finish, events } = await waiting(kind);
    const controller = new AbortController();
    const aborted = api.get('/1', { signal: controller.signal });
    const other = api.get('/2');
    expect(await outcomeOf(Promise.race([aborted, other]), clock)).toBeUndefined();
    controller.abort();
    const outcome = await outcomeOf(aborted, clock);

    expect(axios.isCancel(outcome?.error)).toBe(true);
    expect(outcome?.error).toMatchObject({ code: 'ERR_CANCELED', config: { url: '/1' } });
    finish();
    expect((await other).status).toBe(200);
    expect(backend.calls.refresh).toBe(1);
    expect(events).toEqual(['signed-in', 'refreshed']);
  });

  it('rejects at once with the legacy token’s reason (C19)', async () => {
    const { api, clock, seen } = await waiting(kind);
    const source = axios.CancelToken.source();
    const cancelled = api.get('/1', { cancelToken: source.token });
    expect(await outcomeOf(cancelled, clock)).toBeUndefined();
    source.cancel('enough');
    const outcome = await outcomeOf(cancelled, clock);

    expect(axios.isCancel(outcome?.error)).toBe(true);
    expect(outcome?.error).toMatchObject({ message: 'enough' });
    expect(seen).toHaveLength(kind === 'expired' ? 0 : 1);
  });

  it.each([
    ['in init', (signal: AbortSignal, send: typeof fetch) => send(`${API}/1`, { signal })],
    ['in the Request', (signal: AbortSignal, send: typeof fetch) => send(new Request(`${API}/1`, { signal }))],
  ])('rejects at once with the reason of the signal %s of fetch (C19)', async (_, start) => {
    const { fetch, clock, backend, finish } = await waiting(kind);
    const controller = new AbortController();
    const aborted = start(controller.signal, fetch);
    const other = fetch(`${API}/2`);
    expect(await outcomeOf(aborted, clock)).toBeUndefined();
    controller.abort();
    const outcome = await outcomeOf(aborted, clock);

    expect(outcome?.error).toMatchObject({ name: 'AbortError' });
    finish();
    expect((await other).status).toBe(200);
    expect(backend.calls.refresh).toBe(1);
  });

  it('is not aborted by a Request’s signal that init takes away (C19)', async () => {
    const { fetch, clock, finish } = await waiting(kind);
    const controller = new AbortController();
    const request = new Request(`${API}/1`, { signal: controller.signal });
    const going = fetch(request, { signal: null });
    controller.abort();

    expect(await outcomeOf(going, clock)).toBeUndefined();
    finish();
    expect((await going).status).toBe(200);
  });

  it.each<[string, AxiosRequestConfig, { code: string; message: string }]>([
    ['ECONNABORTED', { timeout: 900 }, { code: 'ECONNABORTED', message: 'timeout of 900ms exceeded' }],
    [
      'ETIMEDOUT if clarified',
      { timeout: 900, transitional: { clarifyTimeoutError: true } },
      { code: 'ETIMEDOUT', message: 'timeout of 900ms exceeded' },
    ],
    [
      'the app’s own message',
      { timeout: 900, timeoutErrorMessage: 'too slow' },
      { code: 'ECONNABORTED', message: 'too slow' },
    ],
  ])('times out as axios does, with %s (C19)', async (_, config, expected) => {
    const { api, clock, finish, events } = await waiting(kind);
    const slow = api.get('/1', config);
    const patient = api.get('/2');
    expect(await outcomeOf(slow, clock)).toBeUndefined();
    await clock.advance(899);
    expect(await outcomeOf(slow, clock)).toBeUndefined();
    await clock.advance(1);
    const outcome = await outcomeOf(slow, clock);

    expect(outcome?.error).toMatchObject({ ...expected, isAxiosError: true, config: { url: '/1' } });
    finish();
    expect((await patient).status).toBe(200);
    expect(events).toEqual(['signed-in', 'refreshed']);
  });

  it('leaves no timer and no diagnostic behind (C19)', async () => {
    const { api, fetch, clock, finish, events } = await waiting(kind);
    const before = clock.pending();
    const controller = new AbortController();
    const requests = [
      api.get('/1', { signal: controller.signal }),
      fetch(`${API}/2`, { signal: controller.signal }),
      api.get('/3', { timeout: 5000 }),
    ].map((request) => request.catch(() => 'rejected'));
    await clock.advance(0);
    controller.abort();
    const late = fetch(`${API}/4`, { signal: controller.signal }).catch(({ name }) => name);
    expect(await late).toBe('AbortError');
    await clock.advance(5000);
    await Promise.all(requests);
    expect(clock.pending()).toBe(before + 1);
    // Longer than anybody's patience, and shorter than the refresh may take.
    await clock.advance(20_000);
    finish();
    await clock.advance(0);

    // The expired token's next refresh fell due long ago; the new one's is armed, and nothing else.
    expect(clock.pending()).toBe(before + (kind === 'expired' ? 1 : 0));
    expect(events).toEqual(['signed-in', 'refreshed']);
  });
});

describe('the time-out of a request as a whole', () => {
  it('spans the first send, the refresh and the second send (C19)', async () => {
    const { session, backend, adapter, clock } = createWorld();
    const timeouts: unknown[] = [];
    const api = axios.create({
      baseURL: API,
      adapter: async (config) => {
        timeouts.push(config.timeout);
        await clock.advance(100);
        return adapter(config);
      },
    });
    attachSession(api, session);
    await session.signIn(ALICE);
    backend.expireAll();
    backend.onRefresh(() => clock.advance(250));
    const response = await api.get('/me', { timeout: 1000 });

    expect(timeouts).toEqual([1000, 650]);
    expect(response.config.timeout).toBe(1000);
  });

  it('spans a judgement that reads the body, and the refresh after it (C19)', async () => {
    const { session, backend, adapter, clock } = createWorld();
    const api = axios.create({ baseURL: API, adapter });
    attachSession(api, session);
    await session.signIn(ALICE);
    backend.expireAll();
    Object.assign(backend, { judge: () => clock.advance(600).then(() => 'refused') });
    backend.onRefresh(() => new Promise(() => {}));
    const request = api.get('/me', { timeout: 1000 });
    const failed = expect(request).rejects.toMatchObject({ code: 'ECONNABORTED' });
    await clock.advance(1000);

    await failed;
    expect(clock.monotonic()).toBeLessThan(1700);
  });

  it('gives the wait for a refresh no more than the session’s patience (C9)', async () => {
    const { api, clock } = await waiting('expired');
    const failed = expect(api.get('/1', { timeout: 60_000 })).rejects.toMatchObject({ code: 'auth-unavailable' });
    await clock.advance(10_000);
    await failed;
  });
});

describe('a request whose session ends between its refresh and its second send', () => {
  it.each([...Array(12).keys()])('is never sent after the sign-out: %i turns later (C35)', async (turns) => {
    const { session, api, fetch, backend, seen, clock, hold } = createWorld();
    await session.signIn(ALICE);
    backend.expireAll();
    const outcomes = [api.get('/1'), fetch(`${API}/2`)].map((request) => request.catch((error) => error.code));
    let sentBefore = 0;
    let release = (): void => {};
    session.on('refreshed', async () => {
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      release = hold();
      sentBefore = seen.length;
      void session.signOut();
    });
    await clock.advance(0);
    const sentAfter = seen.length;
    release();

    expect(sentAfter).toBe(sentBefore);
    // What was answered before the sign-out keeps its answer.
    if (sentAfter === 2) expect(await Promise.all(outcomes)).toEqual(['signed-out', 'signed-out']);
  });
});
