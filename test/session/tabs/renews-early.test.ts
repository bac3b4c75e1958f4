// @vitest-environment node
import { type Backend, memoryStore } from 'latchkey';
import type { FakeCredentials } from 'latchkey/testing';
import { expect, it } from 'vitest';
import { createTabsWorld, type SimTab, type TabsWorld } from '../../support/tabs.ts';
import { ask, headOf, load, openTab, openTabs, rowOf, stateOf } from './open-tabs.ts';

const LIFE = 60_000;

/** A server that keeps all of a session in cookies, and renews them by itself once they are dead. */
function world(options: { readonly isVisible?: boolean } = {}) {
  const tabs = createTabsWorld(options);
  /** When it was asked, after the sign-in. */
  const probes: number[] = [];
  let born = 0;
  let isDead = false;
  const backend: Backend<FakeCredentials> = {
    credential: 'cookie',
    renewsEarly: false,
    present: () => ({ headers: { Authorization: 'cookie' } }),
    judge: () => 'accepted',
    async signIn() {
      born = tabs.clock.now();
      return { lifetime: LIFE };
    },
    async refresh(record) {
      const now = tabs.clock.now();
      probes.push(now - born);
      isDead = now - born >= LIFE;
      const left = record.receivedAt + (record.tokens.lifetime ?? 0) - now;
      return { lifetime: left > 0 ? left : LIFE };
    },
  };
  /** Nothing is kept: of a page that is gone, the fence and the cookies are all that is left. */
  const opening = () => ({ backend, store: memoryStore() });
  return { tabs, probes, opening, isRenewed: () => isDead };
}
/** Whatever a tab asks, the server is asked by it. */
const asked = (tabs: TabsWorld, tab: SimTab): Promise<number | string> => ask(tabs, tab);

it('asks such a server for nothing before it is time, whoever looks on', async () => {
  const { tabs, probes, opening } = world({ isVisible: true });
  await openTab(tabs, opening());
  await tabs.advance(LIFE - 1100);
  expect(probes).toEqual([]);
});

it('waits for the very end with what it would have asked a moment before, and lets all others wait for it (C2)', async () => {
  const { tabs, probes, opening, isRenewed } = world();
  const [one, two] = await openTabs(tabs, 2, opening);
  await tabs.advance(LIFE - 500);
  void Promise.all([asked(tabs, one), asked(tabs, one), asked(tabs, two)]).catch(() => {});
  await tabs.advance(400);
  expect(probes).toEqual([]);
  await tabs.advance(3000);
  expect([probes.length, isRenewed()]).toEqual([1, true]);
});

it('knows after a reload how old the cookies are, and asks nothing until then', async () => {
  const { tabs, probes, opening } = world();
  const one = await openTab(tabs, opening());
  await tabs.advance(LIFE / 2);
  one.close();
  const page = await load(tabs, opening());
  expect(stateOf(page)).toMatchObject({ status: 'signed-in' });
  expect(probes).toEqual([]);
  await tabs.advance(LIFE);
  void asked(tabs, page).catch(() => {});
  await tabs.advance(3000);
  expect(probes).toHaveLength(1);
});

it('takes cookies that were asked for too early for as old as they are', async () => {
  const { tabs, opening } = world();
  const tab = await openTab(tabs, opening());
  const before = rowOf(tabs, headOf(tabs)?.sessionId);
  await tabs.advance(LIFE / 2);
  await tabs.until(tab.session.refresh());
  expect(rowOf(tabs, headOf(tabs)?.sessionId)).toMatchObject({ generation: 2, expiresAt: before?.expiresAt });
});

it('takes over how old the cookies of another tab are that is gone, and has told nobody', async () => {
  const { tabs, probes, opening } = world();
  const [one, two] = await openTabs(tabs, 2, opening);
  await tabs.advance(LIFE);
  tabs.channel.lose(100);
  await tabs.until(one.session.refresh());
  one.close();
  await tabs.advance(LIFE / 2);
  await asked(tabs, two);
  expect(probes).toHaveLength(1);
  expect(stateOf(two)).toMatchObject({ tokenExpiresAt: rowOf(tabs, headOf(tabs)?.sessionId)?.expiresAt });
});
