// @vitest-environment node
import type { Backend, TokenInput } from 'latchkey';
import type { FakeCredentials } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';
import { createTabsWorld, type SimTab, type TabsWorld, type TabsWorldOptions } from '../../support/tabs.ts';
import { createPage } from '../../support/tabs-schedule.ts';
import { ALICE } from '../../support/world.ts';
import { ask, openTabs, rowOf, userOf } from './open-tabs.ts';

/** Tabs of a server that hands newer tokens out with its answers. */
interface Sliding {
  readonly world: TabsWorld;
  readonly tabs: readonly [SimTab, SimTab, ...SimTab[]];
  /** The server issues a newer token, and sends it along from now on. */
  slide(): Promise<string>;
}

async function sliding(options: TabsWorldOptions = {}): Promise<Sliding> {
  const world = createTabsWorld(options);
  let along: TokenInput | undefined;
  const server = world.server.backendOf(createPage('server'));
  const backend: Backend<FakeCredentials> = { ...server, renewed: () => along };
  const tabs = await openTabs(world, 2, () => ({ backend }));
  return {
    world,
    tabs,
    async slide() {
      await world.advance(1000);
      const { accessToken = '' } = (await world.until(Promise.resolve(server.signIn?.(ALICE, {} as never)))) ?? {};
      along = { accessToken };
      return accessToken;
    },
  };
}

const tokenOf = (tab: SimTab): string | undefined => tab.record()?.tokens.accessToken;

describe.each(['origin', 'slow'] as const)('a sliding session of several tabs, in a store of kind %s', (store) => {
  it('has the newer token in every tab, as one more generation (SES-6, I13)', async () => {
    const { world, tabs, slide } = await sliding({ store });
    const newer = await slide();
    expect(await ask(world, tabs[0])).toBe(200);
    await world.settle();
    await world.advance(3000);
    expect(tabs.map(tokenOf)).toEqual([newer, newer]);
    expect(tabs.map(({ events }) => events)).toEqual([['refreshed'], []]);
    expect(rowOf(world, tabs[0].record()?.sessionId)).toMatchObject({ generation: 2 });
  });

  it('takes nothing up while a refresh that a dead page sent may still be answered (ROT-3)', async () => {
    const { world, tabs, slide } = await sliding({ store });
    const [one] = tabs;
    const id = one.record()?.sessionId;
    const row = rowOf(world, id);
    const attempt = { generation: 1, sentAt: world.clock.now(), tab: 'of a page that is gone' };
    world.fence.rows.set(`row:${id}`, { ...row, attempt });
    await slide();
    expect(await ask(world, one)).toBe(200);
    await world.settle();
    expect(rowOf(world, id)).toMatchObject({ generation: 1, attempt });
  });

  it('loses to a sign-out elsewhere (I3)', async () => {
    const { world, tabs, slide } = await sliding({ store });
    const [one, two] = tabs;
    await slide();
    const signedOut = two.session.signOut();
    const answer = ask(world, one);
    await world.until(signedOut);
    await answer;
    await world.advance(3000);
    expect([userOf(one), userOf(two)]).toEqual([undefined, undefined]);
  });
});
