import { localStorageStore, memoryStore, type Session } from 'latchkey';
import { createFakeBackend, createFakeClock, type FakeCredentials } from 'latchkey/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { normalizeOptions } from '../../../src/session/options.ts';
import { createPlatform } from '../../../src/session/platform.ts';
import { createSessionOn } from '../../../src/session/session.ts';
import { ALICE } from '../../support/world.ts';
import { outcome } from './open-tabs.ts';

const sessions: Session<FakeCredentials>[] = [];

afterEach(() => {
  for (const session of sessions.splice(0)) session.dispose();
  localStorage.clear();
});

/** Two tabs on one real platform, with IndexedDB and localStorage; no message arrives, as in a page that slept. */
async function openDeafTabs() {
  vi.stubGlobal(
    'BroadcastChannel',
    class extends EventTarget {
      postMessage(): void {}
      close(): void {}
    },
  );
  const clock = createFakeClock();
  const backend = createFakeBackend({ now: () => clock.now() });
  const open = async (): Promise<Session<FakeCredentials>> => {
    const options = normalizeOptions({ backend: backend as never, store: localStorageStore(), clock });
    const session = createSessionOn<FakeCredentials, never>(
      options,
      createPlatform,
    ) as unknown as Session<FakeCredentials>;
    sessions.push(session);
    await session.ready;
    return session;
  };
  const one = await open();
  await one.signIn(ALICE);
  return { clock, backend, one, two: await open() };
}

const returnFromCache = (): void => {
  window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
};

describe('a page that comes back from the back/forward cache', () => {
  it('after a sign-out elsewhere hands out no token, and tells the app first (OUT-7, P2)', async () => {
    const { one, two } = await openDeafTabs();
    const told: string[] = [];
    two.on('signed-out', ({ reason }) => told.push(reason));
    await one.signOut();
    expect(two.getState().status).toBe('signed-in');
    returnFromCache();
    expect(await outcome(two.getAccessToken())).toBe('signed-out:other-tab');
    expect(told).toEqual(['other-tab']);
  });

  it('after a refresh elsewhere uses the new token, without a request (P3)', async () => {
    const { backend, one, two } = await openDeafTabs();
    const old = await two.getAccessToken();
    await one.refresh();
    returnFromCache();
    const token = await two.getAccessToken();
    expect(token).not.toBe(old);
    expect(token).toBe(await one.getAccessToken());
    expect(backend.calls.refresh).toBe(1);
  });

  it.each(['visibilitychange', 'resume', 'focus', 'online'])(
    'or is woken by %s catches up in the same way (OUT-6)',
    async (type) => {
      const { one, two } = await openDeafTabs();
      await one.signOut();
      (type === 'visibilitychange' || type === 'resume' ? document : window).dispatchEvent(new Event(type));
      expect(await outcome(two.getAccessToken())).toBe('signed-out:other-tab');
    },
  );
});

describe('two tabs on IndexedDB and without Web Locks', () => {
  it('refresh once for both, by a lease (L5)', async () => {
    const { clock, backend, one, two } = await openDeafTabs();
    await clock.advance(300_001);
    const asked = Promise.all([one.getAccessToken(), two.getAccessToken()]);
    // The one that comes second looks again after a while.
    await vi.waitFor(() => expect(backend.calls.refresh).toBe(1));
    await vi.waitFor(async () => {
      await clock.advance(500);
      const tokens = await Promise.race([asked, Promise.resolve(undefined)]);
      expect(tokens?.[0]).toBeDefined();
      expect(tokens?.[0]).toBe(tokens?.[1]);
    });
    expect(backend.calls.refresh).toBe(1);
  });

  it('whose store is each tab’s own do not meet', async () => {
    const { one } = await openDeafTabs();
    const options = normalizeOptions({
      backend: createFakeBackend() as never,
      store: memoryStore(),
      clock: createFakeClock(),
    });
    const alone = createSessionOn<FakeCredentials, never>(options, createPlatform);
    sessions.push(alone as never);
    await alone.ready;
    expect(alone.getState()).toEqual({ status: 'signed-out' });
    expect(one.getState().status).toBe('signed-in');
  });
});
