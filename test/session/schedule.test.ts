// @vitest-environment-options { "url": "https://app.example/" }
import { createSession, memoryStore, type SessionRecord } from 'latchkey';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { delayOf } from '../../src/session/schedule.ts';
import { tokenLife } from '../../src/token/expiry.ts';
import { drawOf } from '../../src/token/session-record.ts';
import { look } from '../support/page-visibility.ts';
import { createTabsWorld } from '../support/tabs.ts';
import { ALICE, createWorld, type World, type WorldOptions } from '../support/world.ts';
import { mostPresented, openTabs } from './tabs/open-tabs.ts';

const LIFETIME = 300_000;

/** Half of whatever may be drawn is drawn. */
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

async function signedIn(options: WorldOptions = {}) {
  const store = memoryStore();
  const world = createWorld({ store, ...options });
  await world.session.signIn(ALICE);
  const record = (): SessionRecord => store.load('default') as SessionRecord;
  return { ...world, store, record };
}

/** How long it is until the moment that was drawn for a record, in milliseconds. */
function timeTo(record: SessionRecord, { clock }: World): number {
  return record.receivedAt + LIFETIME * (0.65 + 0.3 * drawOf(record)) - clock.now();
}

/** After how many milliseconds the next refresh is sent, within a minute; undefined for none. */
async function nextRefresh({ backend, clock }: World): Promise<number | undefined> {
  const before = backend.calls.refresh;
  for (let time = 0; time <= 60_000; time += 100) {
    if (backend.calls.refresh > before) return time;
    await clock.advance(100);
  }
  return undefined;
}

describe('a page that somebody looks at', () => {
  it('refreshes without a request at the moment that was drawn for this generation, and for the next (HRD-1)', async () => {
    const world = await signedIn({ isVisible: true });
    for (const generation of [1, 2, 3]) {
      expect(world.record().generation).toBe(generation);
      await world.clock.advance(timeTo(world.record(), world) - 1);
      expect(world.backend.calls.refresh).toBe(generation - 1);
      await world.clock.advance(2);
      expect(world.backend.calls.refresh).toBe(generation);
    }
    expect(world.seen).toEqual([]);
  });

  it('draws that moment from 0.65 to 0.95 of the lifetime, evenly over all sessions and generations (HRD-1)', () => {
    const tenths = Array(10).fill(0);
    for (let index = 0; index < 2000; index += 1) {
      const record = { sessionId: `session-${index % 200}`, generation: 1 + Math.floor(index / 200) } as SessionRecord;
      const part = tokenLife(LIFETIME, undefined, drawOf(record)).refreshAfter / LIFETIME;
      expect(part).toBeGreaterThanOrEqual(0.65);
      expect(part).toBeLessThanOrEqual(0.95);
      tenths[Math.min(Math.floor((part - 0.65) / 0.03), 9)] += 1;
    }
    // 200 each, give or take what chance does.
    for (const count of tenths) expect(Math.abs(count - 200)).toBeLessThan(60);
  });

  it('keeps to the same moment after a reload (HRD-1)', async () => {
    const first = await signedIn({ isVisible: true });
    await first.clock.advance(timeTo(first.record(), first) - 1000);
    first.session.dispose();
    const { backend, clock, store } = first;
    await createSession({ backend, clock, store }).ready;
    await clock.advance(999);
    expect(backend.calls.refresh).toBe(0);
    await clock.advance(2);
    expect(backend.calls.refresh).toBe(1);
  });

  it('shares that moment with all other tabs: they renew for hours with one refresh per generation (HRD-1)', async () => {
    const world = createTabsWorld({ isVisible: true });
    const tabs = await openTabs(world, 3);
    await world.advance(20 * LIFETIME);
    const { sent } = world.server;
    expect(mostPresented(world)).toBe(1);
    expect(sent.length).toBeGreaterThanOrEqual(20);
    expect(sent.length).toBeLessThanOrEqual(Math.ceil(20 / 0.65));
    expect(new Set(tabs.map((tab) => tab.record()?.generation))).toEqual(new Set([sent.length + 1]));
    expect(world.seen).toEqual([]);
  });

  it('refreshes when the app has said so, where it has (HRD-1)', async () => {
    const { backend, clock } = await signedIn({ isVisible: true, refreshWindow: { fraction: 0.5 } });
    await clock.advance(LIFETIME / 2 - 1);
    expect(backend.calls.refresh).toBe(0);
    await clock.advance(1);
    expect(backend.calls.refresh).toBe(1);
  });

  it('tries again by itself after a refresh without a verdict, within a tenth of the life after the breaker allows it (HRD-2)', async () => {
    const world = await signedIn({ isVisible: true, refreshWindow: { fraction: 0.5 } });
    world.backend.onRefresh(() => Promise.reject(new TypeError('Failed to fetch')));
    await world.clock.advance(LIFETIME / 2);
    const { calls } = world.backend;
    for (const [hold, count] of [
      [500, 2],
      [1000, 3],
      [2000, 4],
    ] as const) {
      await world.clock.advance(hold + LIFETIME / 20 - 1);
      expect(calls.refresh).toBe(count - 1);
      await world.clock.advance(1);
      // The database of the tests takes a moment of its own.
      await vi.waitFor(() => expect(calls.refresh).toBe(count));
      await world.clock.advance(0);
    }
    expect(world.session.getState().status).toBe('signed-in');
  });

  it.each([
    ['it has no refresh token', { accessToken: 'opaque', lifetime: LIFETIME }],
    ['nobody knows how long its token lives', { accessToken: 'opaque', refreshToken: 'r' }],
  ])('refreshes nothing where %s', async (_, tokens) => {
    const { backend, clock, session } = createWorld({ isVisible: true });
    await session.signInWithTokens(tokens);
    await clock.advance(10 * LIFETIME);
    expect([backend.calls.refresh, clock.pending()]).toEqual([0, 0]);
  });

  it.each(['signed out', 'disposed of'])('is left with no timer once it is %s (C48)', async (how) => {
    const { backend, clock, session } = await signedIn({ isVisible: true });
    if (how === 'signed out') await session.signOut();
    else session.dispose();
    expect(clock.pending()).toBe(0);
    await clock.advance(LIFETIME);
    expect(backend.calls.refresh).toBe(0);
  });
});

describe('a page that nobody looks at', () => {
  it('refreshes by no timer, however long, and still for whoever asks (HRD-9)', async () => {
    const { api, backend, clock } = await signedIn();
    await clock.advance(20 * LIFETIME);
    expect([backend.calls.refresh, clock.pending()]).toEqual([0, 0]);
    expect((await api.get('/')).status).toBe(200);
    expect(backend.calls.refresh).toBe(1);
  });

  it('leaves it to the tab that is looked at, and has what that one gets (HRD-9)', async () => {
    const world = createTabsWorld({ isVisible: false });
    await openTabs(world, 3);
    await world.advance(10 * LIFETIME);
    expect(world.server.sent).toEqual([]);
  });

  it.each([
    ['5 seconds', LIFETIME, 5000],
    ['a twentieth of the life', 20_000, 1000],
  ])('refreshes once within %s when it is looked at again (HRD-7, HRD-9)', async (_, lifetime, longest) => {
    const world = await signedIn({ backendOptions: { lifetime } });
    await world.clock.advance(2 * lifetime);
    // One look is several events.
    look(true);
    window.dispatchEvent(new Event('focus'));
    expect(await nextRefresh(world)).toBe(longest / 2);
    await world.clock.advance(longest);
    expect(world.backend.calls.refresh).toBe(1);
  });

  it('does not put off what is due, however often it is looked at (HRD-7)', async () => {
    const world = await signedIn({ isVisible: true });
    await world.clock.advance(timeTo(world.record(), world) - 10_000);
    for (let time = 0; time < 15_000; time += 1000) {
      window.dispatchEvent(new Event('focus'));
      await world.clock.advance(1000);
    }
    expect(world.backend.calls.refresh).toBe(1);
  });

  it('does not refresh before the moment that was drawn because it is looked at again (HRD-1)', async () => {
    const world = await signedIn();
    await world.clock.advance(60_000);
    look(true);
    await world.clock.advance(timeTo(world.record(), world) - 1);
    expect(world.backend.calls.refresh).toBe(0);
    await world.clock.advance(5000);
    expect(world.backend.calls.refresh).toBe(1);
  });

  it('is hidden again before its wait is over: then it does not refresh (HRD-9)', async () => {
    const { backend, clock } = await signedIn();
    await clock.advance(2 * LIFETIME);
    look(true);
    await clock.advance(1000);
    look(false);
    await clock.advance(LIFETIME);
    expect(backend.calls.refresh).toBe(0);
  });
});

describe('the time until the next refresh in the background', () => {
  it.each([
    ['the state changed', 'state', [0, 0, 0]],
    ['a refresh failed', 'failure', [1000, 30_000, 300_000]],
    ['the page is looked at again', 'awake', [500, 5000, 5000]],
    ['the device is online again', 'online', [1000, 30_000, 30_000]],
  ] as const)('is spread over a part of the life, up to a limit, when %s (HRD-2, HRD-7, N12)', (_, news, longest) => {
    for (const [index, lifetime] of [10_000, LIFETIME, undefined].entries()) {
      const most = longest[index] as number;
      // Nothing is due before the moment that was drawn, nor before the failures allow it: the spread comes on top.
      for (const [due, pause, least] of [
        [-1000, -1000, 0],
        [7000, 2000, 7000],
        [2000, 7000, 7000],
      ] as const) {
        const delays = [0, 0.5, 1].map((draw) => delayOf(news, due, pause, lifetime, draw));
        expect(delays).toEqual([least, least + most / 2, least + most]);
      }
    }
  });
});

describe('a device that is online again', () => {
  it.each([
    ['30 seconds', LIFETIME, 30_000],
    ['a tenth of the life', 20_000, 2000],
  ])('refreshes once within %s, and did not try before (N12, C29)', async (_, lifetime, longest) => {
    const onLine = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    const world = await signedIn({ isVisible: true, backendOptions: { lifetime } });
    await world.clock.advance(600_000);
    expect(world.backend.calls.refresh).toBe(0);
    expect(world.events).toEqual(['signed-in']);
    onLine.mockReturnValue(true);
    window.dispatchEvent(new Event('online'));
    expect(await nextRefresh(world)).toBe(longest / 2);
    expect(world.backend.calls.refresh).toBe(1);
  });

  it('makes no request wait for that (N12)', async () => {
    const onLine = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    const { api, backend, clock } = await signedIn({ isVisible: true });
    await clock.advance(600_000);
    onLine.mockReturnValue(true);
    window.dispatchEvent(new Event('online'));
    expect((await api.get('/')).status).toBe(200);
    await clock.advance(30_000);
    expect(backend.calls.refresh).toBe(1);
  });
});
