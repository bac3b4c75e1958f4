import { customStore, memoryStore, SessionChangedError, type SessionRecord, type TokenStore } from 'latchkey';
import { createFakeBackend, createFakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { createLocalChannel } from '../../src/platform/channel.ts';
import { createMemoryFence, type Fence } from '../../src/platform/fence.ts';
import { createTabLock } from '../../src/platform/lock.ts';
import { compareWithStore } from '../../src/session/compare-with-store.ts';
import { type Core, createCore } from '../../src/session/core.ts';
import { finish, release } from '../../src/session/ending.ts';
import { turn } from '../../src/session/holder.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { refresh } from '../../src/session/refresher.ts';
import { restore } from '../../src/session/restore.ts';
import { install } from '../../src/session/sign-in.ts';
import { clearUnderLock, saveUnderLock } from '../../src/session/store-under-lock.ts';
import { ALICE } from '../support/world.ts';

/** A session's core on a fence of one's own, with a user signed in. */
async function signedIn(
  store: TokenStore = memoryStore(),
): Promise<{ core: Core; fence: Fence; first: SessionRecord }> {
  const fence = createMemoryFence();
  const clock = createFakeClock();
  const backend = createFakeBackend({ now: () => clock.now() });
  const core = createCore(normalizeOptions({ backend: backend as never, store, clock }), {
    lock: createTabLock(clock),
    fence,
    channel: createLocalChannel(),
    random: () => 0.5,
  });
  await install(core, (await backend.signIn?.(ALICE, {} as never)) ?? {}, core.intent, undefined);
  return { core, fence, first: core.held?.record as SessionRecord };
}

const headOf = async (fence: Fence): Promise<unknown> => (await fence.read(['head:default'])).get('head:default');

describe('the fence', () => {
  it('holds facts, and no token, of a session that signed in and refreshed (STO-11)', async () => {
    const { core, fence, first } = await signedIn();
    await refresh(core, first, 'asked');
    const row = `row:${first.sessionId}`;
    expect(Object.fromEntries(await fence.read(['head:default', row]))).toEqual({
      'head:default': { epoch: 1, sessionId: first.sessionId, subject: 'alice' },
      [row]: { generation: 2 },
    });
  });

  it('that knows a newer generation keeps a session from being ended by whoever holds the older one (I5)', async () => {
    const { core, fence, first } = await signedIn();
    await fence.update([`row:${first.sessionId}`], (rows) => rows.set(`row:${first.sessionId}`, { generation: 2 }));
    expect(await release(core, core.epoch, first, 'cleared')).toBe(false);
    expect(await headOf(fence)).toMatchObject({ sessionId: first.sessionId });
    expect(core.store.load('default')).toBe(first);
  });

  it('that names another session by now keeps a late refresh from being written (I3, I10)', async () => {
    const { core, fence, first } = await signedIn();
    await fence.update(['head:default'], (rows) => rows.set('head:default', { epoch: 2, sessionId: 'another' }));
    await expect(refresh(core, first, 'asked')).rejects.toMatchObject({ code: 'auth-unavailable' });
    expect(core.store.load('default')).toBe(first);
  });

  it('that names another session by now keeps this one from ending it, and from taking up a record for it (I5)', async () => {
    const { core, fence, first } = await signedIn();
    await fence.update(['head:default'], (rows) => rows.set('head:default', { epoch: 2, sessionId: 'another' }));
    void core.store.save('default', { ...first, generation: 2 });
    expect(await compareWithStore(core, core.epoch)).toBeUndefined();
    expect(await release(core, core.epoch, first, 'cleared')).toBe(false);
    expect(await headOf(fence)).toEqual({ epoch: 2, sessionId: 'another' });
  });

  it('that names another session by now has a late save of an asynchronous store taken back (I3)', async () => {
    const memory = memoryStore();
    const { core, fence, first } = await signedIn(customStore(memory));
    expect(memory.load('default')).toBe(first);
    await fence.update(['head:default'], (rows) => rows.set('head:default', { epoch: 2, sessionId: 'another' }));
    await expect(refresh(core, first, 'asked')).rejects.toMatchObject({ code: 'auth-unavailable' });
    expect(memory.load('default')).toBeUndefined();
  });

  it('that knows a newer generation keeps an older one from being written over it (I3)', async () => {
    const { core, fence, first } = await signedIn();
    await fence.update([`row:${first.sessionId}`], (rows) => rows.set(`row:${first.sessionId}`, { generation: 2 }));
    await expect(refresh(core, first, 'asked')).rejects.toMatchObject({ code: 'auth-unavailable' });
    expect(core.store.load('default')).toBe(first);
  });

  it('counts each sign-out, so that a record that comes back to the store is nothing, and is removed', async () => {
    const { core, fence, first } = await signedIn();
    await release(core, core.epoch, first, 'cleared');
    expect(await headOf(fence)).toMatchObject({ epoch: 2, sessionId: undefined });
    void core.store.save('default', first);
    const reloaded = createCore(core, core);
    await restore(reloaded);
    expect(reloaded.state).toEqual({ status: 'signed-out' });
    expect(core.store.load('default')).toBeUndefined();
  });
});

describe('an asynchronous store', () => {
  it('is saved to, and cleared, only when the fence says so once the lock is held (I3)', async () => {
    const memory = memoryStore();
    const { core, first } = await signedIn(customStore(memory));
    await clearUnderLock(core, first);
    expect(memory.load('default')).toBe(first);
    await saveUnderLock(core, { ...first, sessionId: 'another' });
    expect(memory.load('default')).toBe(first);
  });
});

describe('an epoch that is over', () => {
  it('ends nothing of the next, and takes nothing up for it (SES-1)', async () => {
    const { core, first } = await signedIn();
    const { epoch } = core;
    void core.store.save('default', { ...first, generation: 2 });
    const act = await compareWithStore(core, epoch);
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
