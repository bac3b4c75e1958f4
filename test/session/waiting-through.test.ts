// @vitest-environment-options { "url": "https://app.example/" }
import { AuthUnavailableError } from 'latchkey';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createTabsWorld } from '../support/tabs.ts';
import { ALICE, API, createWorld, type World } from '../support/world.ts';
import { hold, LIFE, openTabs, outcome, rowOf } from './tabs/open-tabs.ts';

const LIFETIME = 300_000;
const PATIENCE = 10_000;
const OFFLINE = new TypeError('Failed to fetch');
/** What a busy server answers; with half of what may be drawn on top, 30 seconds. */
const BUSY = new AuthUnavailableError('Busy.', { status: 503, retryAfter: 20_000 });

/** Half of whatever may be drawn is drawn: the holds are 500, 1000, 2000, 2000 and 8000 ms. */
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

type Kind = 'expired' | 'refused';

/** Somebody who is signed in, with a token that is dead, and a token endpoint that fails. */
async function inTrouble(kind: Kind, failure: Error | 'none' = OFFLINE): Promise<World> {
  const world = createWorld();
  await world.session.signIn(ALICE);
  await world.clock.advance(kind === 'expired' ? LIFETIME : LIFETIME / 10);
  world.backend.expireAll();
  if (failure !== 'none') world.backend.onRefresh(() => Promise.reject(failure));
  return world;
}

/** Lets time pass until so many refreshes were sent; the database of the tests takes a moment of its own. */
async function sends({ backend, clock }: World, count: number, time: number): Promise<void> {
  await clock.advance(time);
  await vi.waitFor(() => expect(backend.calls.refresh).toBe(count));
  await clock.advance(0);
}

/** What a request came to: its status, or the code or the name of its error. */
const result = (request: Promise<{ status: number } | string | undefined>): Promise<unknown> =>
  request.then(
    (answer) => (typeof answer === 'object' ? answer.status : typeof answer),
    (error) => error.response?.status ?? error.code ?? error.name,
  );

describe.each(['expired', 'refused'] as const)('requests whose token was %s', (kind) => {
  /** How often each is sent: one that was refused, twice. */
  const sentFor = kind === 'expired' ? 1 : 2;

  it.each<[string, Error | 'none']>([
    ['answers 503', new AuthUnavailableError('Busy.', { status: 503 })],
    ['cannot be reached', OFFLINE],
    ['has no tokens in its answer', 'none'],
  ])('are none the worse for a token endpoint that %s for a few seconds (C24, N1, N4)', async (_, failure) => {
    const world = await inTrouble(kind, failure);
    const { api, backend, events, fetch, seen } = world;
    const { refresh } = backend;
    // As a captive portal does.
    if (failure === 'none') {
      backend.refresh = async () => {
        backend.calls.refresh += 1;
        return {};
      };
    }
    const requests = [api.get('/1'), fetch(`${API}/2`), api.get('/3')].map(result);
    await sends(world, 1, 0);
    await sends(world, 2, 500);
    await sends(world, 3, 1000);
    backend.onRefresh(undefined);
    Object.assign(backend, { refresh });
    await sends(world, 4, 2000);

    expect(await Promise.all(requests)).toEqual([200, 200, 200]);
    expect(seen).toHaveLength(3 * sentFor);
    expect(events).toEqual(['signed-in', 'refresh-failed', 'refresh-failed', 'refresh-failed', 'refreshed']);
  });

  it('wait no longer than their patience, each from its own beginning, and are told when to come again (C9, N1)', async () => {
    const world = await inTrouble(kind);
    const failed = kind === 'expired' ? 'auth-unavailable' : 401;
    const first = world.api.get('/1').catch((error) => error);
    await sends(world, 1, 0);
    await sends(world, 2, 500);
    await sends(world, 3, 1000);
    await sends(world, 4, 2000);
    const second = result(world.api.get('/2'));
    await world.clock.advance(PATIENCE - 3501);
    expect(await Promise.race([first, 'waits'])).toBe('waits');
    await world.clock.advance(1);
    // The fifth was sent at 5.5 seconds, and holds the sixth back for 8 seconds.
    if (kind === 'expired') expect(await first).toMatchObject({ code: failed, retryAfter: 3500 });
    else expect(await first).toMatchObject({ isAxiosError: true, status: 401 });
    expect(await Promise.race([second, 'waits'])).toBe('waits');
    await world.clock.advance(3500);
    expect(await second).toBe(failed);
    // The sixth in the very moment in which the second lost its patience.
    expect(world.backend.calls.refresh).toBe(6);
    expect(world.events).not.toContain('diagnostic:refresh-stuck');
  });

  it('fail at once when the hold is longer than their patience, and so do those that come later (C26, HRD-3)', async () => {
    const { api, backend, clock, fetch, session } = await inTrouble(kind, BUSY);
    for (const retryAfter of [30_000, 25_000]) {
      const requests = [api.get('/1'), fetch(`${API}/2`)].map((request) => request.catch((error) => error));
      for (const answer of await Promise.all(requests)) {
        expect(answer).toMatchObject(kind === 'expired' ? { code: 'auth-unavailable', retryAfter } : { status: 401 });
      }
      await expect(session.refresh()).rejects.toMatchObject({ code: 'auth-unavailable', retryAfter });
      await clock.advance(5000);
    }
    expect(backend.calls.refresh).toBe(1);
    backend.onRefresh(undefined);
    await clock.advance(20_000);
    expect((await api.get('/3')).status).toBe(200);
  });

  it('that nobody waits for any more have nothing more sent for them (HRD-2)', async () => {
    const world = await inTrouble(kind);
    const controller = new AbortController();
    const gone = [
      result(world.api.get('/1', { signal: controller.signal })),
      result(world.fetch(`${API}/2`, { signal: controller.signal })),
      result(world.api.get('/3', { timeout: 1000 })),
    ];
    await sends(world, 1, 0);
    controller.abort();
    await sends(world, 2, 500);
    await world.clock.advance(LIFETIME);
    expect(world.backend.calls.refresh).toBe(2);
    expect(await Promise.all(gone)).toEqual(['ERR_CANCELED', 'AbortError', 'ECONNABORTED']);
  });

  it('end at once, and have nothing more sent for them, when the user signs out meanwhile (C35, U2)', async () => {
    const world = await inTrouble(kind);
    const requests = [world.api.get('/1'), world.fetch(`${API}/2`)].map(result);
    await sends(world, 1, 0);
    await world.session.signOut();
    expect(await Promise.all(requests)).toEqual(['signed-out', 'signed-out']);
    await world.clock.advance(LIFETIME);
    expect([world.backend.calls.refresh, world.seen.length]).toEqual([1, 2 * (sentFor - 1)]);
  });
});

describe('getAccessToken()', () => {
  it('waits as a request does, and gives the new token (C24)', async () => {
    const world = await inTrouble('expired');
    const token = result(world.session.getAccessToken());
    await sends(world, 1, 0);
    world.backend.onRefresh(undefined);
    await sends(world, 2, 500);
    expect(await token).toBe('string');
  });

  it('fails at once when the hold is longer than its patience (C26)', async () => {
    const { session } = await inTrouble('expired', BUSY);
    await expect(session.getAccessToken()).rejects.toMatchObject({ code: 'auth-unavailable', retryAfter: 30_000 });
  });
});

describe('refresh()', () => {
  it('waits for no second try: it fails with the first, and says when to come again (C24)', async () => {
    const { backend, events, session } = await inTrouble('expired');
    const failure = { code: 'auth-unavailable', cause: OFFLINE, retryAfter: 500 };
    await expect(session.refresh()).rejects.toMatchObject(failure);
    expect([backend.calls.refresh, events]).toEqual([1, ['signed-in', 'refresh-failed']]);
  });
});

describe('another tab', () => {
  it('that gets through lets the requests of all go on in the same moment, with one refresh (C24, HRD-4)', async () => {
    const world = createTabsWorld();
    const tabs = await openTabs(world, 3);
    await world.advance(LIFE);
    world.server.faults.push({ status: 503 }, { status: 503 });
    const settled: number[] = [];
    const asked = tabs.map(async (tab) => {
      const status = await outcome(tab.api.get('/x'));
      settled.push(world.clock.monotonic());
      return status;
    });
    expect(await world.until(Promise.all(asked))).toEqual([200, 200, 200]);
    expect(new Set(settled).size).toBe(1);
    expect(world.server.sent).toHaveLength(3);
  });

  it('in which the same user signs in lets them go on at once, whatever held them back (C26)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    world.server.faults.push({ status: 503, retryAfter: 4000 });
    const asked = outcome(one.api.get('/x'));
    await world.settle();
    const { retryAt = 0 } = rowOf(world, one.record()?.sessionId)?.breaker ?? {};
    await two.session.signIn(ALICE);
    await world.settle();
    expect(await asked).toBe(200);
    expect(world.clock.now()).toBeLessThan(retryAt);
    expect(world.server.sent).toHaveLength(1);
  });

  it('is heard at once by one that waits, although its own refresh failed later (C24)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    world.server.faults.push({ status: 503 });
    const release = hold(world, two, 'message', 'storage event');
    const asked = [one, two].map((tab) => outcome(tab.api.get('/x')));
    expect(await world.until(asked[0] as Promise<unknown>)).toBe(200);
    const { length } = world.server.sent;
    release();
    expect(await world.until(asked[1] as Promise<unknown>)).toBe(200);
    // By the fence, if by nothing else: nobody asks for what another one has.
    expect([length, world.server.sent.length]).toEqual([2, 2]);
  });
});

describe('a device that is offline', () => {
  it('sends nothing, and its requests go on as soon as it is online (C29, N1)', async () => {
    const onLine = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    const { api, backend, clock, events, fetch, seen } = await inTrouble('expired', 'none');
    const requests = [api.get('/1'), fetch(`${API}/2`)].map(result);
    await clock.advance(PATIENCE - 1);
    expect([backend.calls.refresh, seen]).toEqual([0, []]);
    onLine.mockReturnValue(true);
    window.dispatchEvent(new Event('online'));
    await clock.advance(0);
    expect(await Promise.all(requests)).toEqual([200, 200]);
    // Nothing failed, so nothing holds anybody back.
    expect(events).toEqual(['signed-in', 'refreshed']);
  });

  it('lets its requests go when they have waited for long enough, and stays signed in (C29, N1)', async () => {
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    const { api, backend, clock, session } = await inTrouble('expired', 'none');
    const request = result(api.get('/1'));
    await clock.advance(PATIENCE);
    expect(await request).toBe('auth-unavailable');
    await expect(session.refresh()).rejects.toMatchObject({ code: 'auth-unavailable' });
    await clock.advance(LIFETIME);
    expect([backend.calls.refresh, session.getState().status]).toEqual([0, 'signed-in']);
  });

  it('asks all the same for a page of this very machine: it needs no network (C29)', async () => {
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    vi.stubGlobal('location', new URL('http://localhost:3000/'));
    const { api, backend } = await inTrouble('expired', 'none');
    expect((await api.get('/1')).status).toBe(200);
    expect(backend.calls.refresh).toBe(1);
  });
});
