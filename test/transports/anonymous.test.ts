import { describe, expect, it } from 'vitest';
import { ALICE, API, createWorld } from '../support/world.ts';

const ENDPOINTS = ['/auth/token/', '/auth/token/refresh/', '/auth/token/blacklist/'];

async function withEndpoints() {
  const world = createWorld();
  Object.assign(world.backend, { endpoints: ENDPOINTS.map((path) => `${API}${path}`) });
  await world.session.signIn(ALICE);
  return world;
}

describe('an anonymous request', () => {
  it('has no token, though somebody is signed in (C20)', async () => {
    const { api, session, seen, backend } = createWorld();
    await session.signIn(ALICE);
    await expect(api.get('/public', { anonymous: true })).rejects.toMatchObject({ status: 401 });

    expect(seen).toMatchObject([{ authorization: undefined }]);
    expect(backend.calls.refresh).toBe(0);
  });

  it('waits for no refresh (C20)', async () => {
    const { api, session, seen, backend, clock } = createWorld();
    await session.signIn(ALICE);
    await clock.advance(300_000);
    backend.onRefresh(() => new Promise(() => {}));
    api.get('/waits').catch(() => {});
    await clock.advance(0);
    expect(seen).toEqual([]);
    await expect(api.get('/public', { anonymous: true })).rejects.toMatchObject({ status: 401 });

    expect(seen).toMatchObject([{ url: `${API}/public` }]);
  });

  it('waits for no restore (C20)', async () => {
    const never = new Promise<undefined>(() => {});
    const store = {
      scope: 'tab',
      synchronous: false,
      load: () => never,
      save: () => never,
      clear: () => never,
    } as never;
    const { api, seen } = createWorld({ store });
    await expect(api.get('/public', { anonymous: true })).rejects.toMatchObject({ status: 401 });

    expect(seen).toMatchObject([{ authorization: undefined }]);
  });

  it.each(ENDPOINTS)('is every one to %s by itself, in axios and in fetch (C20)', async (path) => {
    const { api, fetch, seen, clock, backend } = await withEndpoints();
    await clock.advance(300_000);
    await expect(api.post(path, {})).rejects.toMatchObject({ status: 401 });
    await expect(api.post(path, {}, { params: { q: 1 } })).rejects.toMatchObject({ status: 401 });
    expect((await fetch(`${API}${path}?q=1`, { method: 'POST' })).status).toBe(401);

    expect(seen.map(({ authorization }) => authorization)).toEqual([undefined, undefined, undefined]);
    expect(backend.calls.refresh).toBe(0);
  });

  it('is none to a neighbour of such an endpoint (C20)', async () => {
    const { api, seen } = await withEndpoints();
    await api.get('/auth/token/refresh/status');
    await api.get('/auth/tokens');

    expect(seen.every(({ authorization }) => authorization !== undefined)).toBe(true);
  });

  it('says anonymous: false to be an ordinary one (C20)', async () => {
    const { api, session, seen } = createWorld();
    await session.signIn(ALICE);
    api.defaults.anonymous = true;
    await api.get('/', { anonymous: false });
    await expect(api.get('/')).rejects.toMatchObject({ status: 401 });

    expect(seen.map(({ authorization }) => authorization === undefined)).toEqual([false, true]);
  });
});

describe('a request while nobody is signed in', () => {
  it('is sent bare, and its 401 is the caller’s: no refresh, no event (C20)', async () => {
    const { api, fetch, session, seen, events, backend } = createWorld();
    await session.ready;
    await expect(api.get('/')).rejects.toMatchObject({ status: 401 });
    expect((await fetch(`${API}/`)).status).toBe(401);

    expect(seen).toMatchObject([{ authorization: undefined }, { authorization: undefined }]);
    expect([events, backend.calls.refresh]).toEqual([[], 0]);
  });
});
