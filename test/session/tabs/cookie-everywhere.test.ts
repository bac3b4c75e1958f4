// @vitest-environment node
import { type Backend, createSession, memoryStore } from 'latchkey';
import type { FakeCredentials } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { createTabsWorld } from '../../support/tabs.ts';
import { ALICE } from '../../support/world.ts';
import { outcome } from './open-tabs.ts';

describe('a sign-out of all devices by a cookie is one of all devices, whoever sends it', () => {
  it('also where it overtakes a sign-in, which logs out in its turn', async () => {
    const told: boolean[] = [];
    let answer = (_: object): void => {};
    const signIn = vi.fn(
      () =>
        new Promise<object>((resolve) => {
          answer = resolve;
        }),
    );
    const revoke: Backend<object>['revoke'] = async (_, __, { everywhere }) => void told.push(everywhere);
    const session = createSession<object>({ backend: { credential: 'cookie', signIn, revoke }, store: memoryStore() });
    const signingIn = outcome(session.signIn({}));
    await vi.waitFor(() => expect(signIn).toHaveBeenCalled());
    const signingOut = session.signOut({ everywhere: true });
    answer({ accessToken: 'a' });
    expect(await signingIn).toBe('signed-out:user');
    await signingOut;
    session.dispose();
    expect(told).toEqual([true]);
  });

  it('also where another tab, which has not heard of it, has waited for its turn to refresh', async () => {
    const world = createTabsWorld();
    const told: boolean[] = [];
    let answer = (): void => {};
    const backend: Backend<FakeCredentials> = {
      credential: 'cookie',
      signIn: async () => ({ subject: 'alice' }),
      refresh: () =>
        new Promise((resolve) => {
          answer = () => resolve({});
        }),
      revoke: async (_, __, { everywhere }) => void told.push(everywhere),
    };
    const open = () => world.openTab({ store: memoryStore(), backend }).session;
    const [one, two] = [open(), open()];
    await world.until(Promise.all([one.ready, two.ready]));
    await world.until(one.signIn(ALICE));
    const refreshes: Promise<unknown>[] = [];
    for (const session of [one, two]) {
      await world.settle();
      refreshes.push(outcome(session.refresh()));
    }
    await world.settle();
    world.channel.lose(1);
    const signingOut = one.signOut({ everywhere: true });
    await world.settle();
    answer();
    await world.until(Promise.all([...refreshes, signingOut]));
    expect(told).toEqual([true]);
  });
});
