import { customStore, memoryStore, SessionChangedError, type SessionRecord, type TokenStore } from 'latchkey';
import { createFakeBackend, createFakeClock, type FakeBackend, type FakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import type { Fence } from '../../src/platform/fence.ts';
import { catchUp } from '../../src/session/catch-up.ts';
import { type Core, createCore } from '../../src/session/core.ts';
import { finish, release } from '../../src/session/ending.ts';
import { turn } from '../../src/session/holder.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { refresh } from '../../src/session/refresher.ts';
import { restore } from '../../src/session/restore.ts';
import { install } from '../../src/session/sign-in.ts';
import { clearUnderLock, saveUnderLock } from '../../src/session/store-under-lock.ts';
import { createLonePage } from '../support/lone-page.ts';
import { ALICE } from '../support/world.ts';

/** A store that all tabs share. */
const sharedStore = (): TokenStore => ({ ...memoryStore(), scope: 'origin' });

/** A session's core on a fence that others share, with a user signed in. */
async function signedIn(
  store: TokenStore = sharedStore(),
): Promise<{ core: Core; backend: FakeBackend; clock: FakeClock; fence: Fence; first: SessionRecord }> {
  const clock = createFakeClock();
  const backend = createFakeBackend({ now: () => clock.now() });
  const core = createCore(normalizeOptions({ backend: backend as never, store, clock }), createLonePage(clock));
  await install(core, (await backend.signIn?.(ALICE, {} as never)) ?? {}, core.intent, undefined);
  return { core, backend, clock, fence: core.fence, first: core.held?.record as SessionRecord };
}

const headOf = async (fence: Fence): Promise<unknown> => (await fence.read(['head:default'])).get('head:default');

describe('the fence', () => {
  it('holds facts, and no token, of a session that signed in and refreshed (STO-11)', async () => {
    const { core, fence, first } = await signedIn();
    await refresh(core, first, 'asked');
    const row = `row:${first.sessionId}`;
    expect(Object.fromEntries(await fence.read(['head:default', row]))).toEqual({
      'head:default': { epoch: 1, sessionId: first.sessionId, subject: 'alice' },
      [row]: { epoch: 0, generation: 2, tab: core.tab, signedInAt: first.signedInAt },
    });
  });

  it('that knows a newer generation keeps a session from being ended by whoever holds the older one (I5)', async () => {
    const { core, fence, first } = await signedIn();
    await fence.update([`row:${first.sessionId}`], (rows) => rows.set(`row:${first.sessionId}`, { generation: 2 }));
    expect(await release(core, core.epoch, first, 'cleared', 'idle')).toBeUndefined();
    expect(await headOf(fence)).toMatchObject({ sessionId: first.sessionId });
    expect(core.store.load('default')).toBe(first);
  });

  it('that names another session by now keeps this one from ending it, and from going on (I3, I5, SES-4)', async () => {
    const { core, fence, first } = await signedIn();
    const other = { epoch: 2, sessionId: 'another', subject: 'bob' };
    await fence.update(['head:default'], (rows) => rows.set('head:default', other));
    expect(await release(core, core.epoch, first, 'cleared', 'idle')).toBeUndefined();
    await expect(refresh(core, first, 'asked')).rejects.toMatchObject({ reason: 'user-switched' });
    expect(await headOf(fence)).toEqual(other);
    // It may be the other's by now, whatever is seen of it from here.
    expect(core.store.load('default')).toBe(first);
  });

  it('that is emptied as soon as it is told something ends nothing: what is not known has not ended (I5)', async () => {
    const { core, fence, first } = await signedIn();
    const forgetful: Fence = {
      ...fence,
      async update(keys, change) {
        const result = await fence.update(keys, change);
        await fence.update(keys, (rows) => rows.clear());
        return result;
      },
    };
    await fence.update(['head:default', `row:${first.sessionId}`], (rows) => rows.clear());
    expect(await catchUp({ ...core, fence: forgetful }, core.epoch, false)).toBeUndefined();
    expect([core.held?.record, core.epoch.over]).toEqual([first, undefined]);
  });

  it.each([
    ['a synchronous store', sharedStore],
    ['an asynchronous store', () => customStore({ ...sharedStore() })],
  ])('that is changed while a refresh is under way keeps its answer out of %s (I3, I10, L6)', async (_, makeStore) => {
    const store = makeStore();
    const { core, backend, clock, fence, first } = await signedIn(store);
    const { refresh: ask } = core.backend;
    core.backend.refresh = async (record, context) => {
      const answer = (await ask?.(record, context)) ?? {};
      await fence.update([`row:${first.sessionId}`], (rows) =>
        rows.set(`row:${first.sessionId}`, { epoch: 0, generation: 7, tab: 'another' }),
      );
      return answer;
    };
    // Nobody has the newer one, so the session is over here; not revoked: it may go on in a tab that sleeps.
    const outcome = expect(refresh(core, first, 'asked')).rejects.toMatchObject({ reason: 'storage-cleared' });
    await clock.advance(10_000);
    await outcome;
    expect(await store.load('default')).not.toMatchObject({ generation: 2 });
    expect(backend.calls.revoke).toBe(0);
  });

  it('counts each sign-out, so that a record that comes back to the store is nothing, and is removed (I3)', async () => {
    const { core, fence, first } = await signedIn();
    await release(core, core.epoch, first, 'cleared', 'idle');
    expect(await headOf(fence)).toEqual({ epoch: 2, reason: 'idle' });
    void core.store.save('default', first);
    const reloaded = createCore(core, core);
    await restore(reloaded);
    expect(reloaded.state).toEqual({ status: 'signed-out' });
    expect(core.store.load('default')).toBeUndefined();
  });
});

describe('an asynchronous store', () => {
  it('is saved to, and cleared, only when the fence says so once the lock is held (I3)', async () => {
    const store = customStore(sharedStore());
    const { core, first } = await signedIn(store);
    await clearUnderLock(core, first);
    expect(await store.load('default')).toEqual(first);
    await saveUnderLock(core, { ...first, sessionId: 'another' });
    expect(await store.load('default')).toEqual(first);
  });
});

describe('an epoch that is over', () => {
  it('ends nothing of the next, and takes nothing up for it (SES-1)', async () => {
    const { core, fence, first } = await signedIn();
    const { epoch } = core;
    void core.store.save('default', { ...first, generation: 2 });
    await fence.update([`row:${first.sessionId}`], (rows) =>
      rows.set(`row:${first.sessionId}`, { epoch: 0, generation: 2, tab: 'another' }),
    );
    const act = await catchUp(core, epoch, false);
    const over = new SessionChangedError();
    turn(core, over);
    expect(act).toThrow(over);
    finish(core, epoch, 'idle');
    expect(core.state.status).toBe('signed-in');
    expect(core.held).toBeUndefined();
  });

  it('leaves nothing behind that would be undone later (C48)', async () => {
    const { core, first } = await signedIn();
    await refresh(core, first, 'asked');
    expect(core.undo.size).toBe(0);
  });
});

describe('a fence that fails', () => {
  it('gives no verdict on a refresh, and the session stays (ROT-5)', async () => {
    const { core, fence, first } = await signedIn();
    vi.spyOn(fence, 'update').mockRejectedValue(new DOMException('blocked', 'InvalidStateError'));
    await expect(refresh(core, first, 'asked')).rejects.toMatchObject({ code: 'auth-unavailable' });
    expect(core.state.status).toBe('signed-in');
  });
});
