// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createTabsWorld } from '../../support/tabs.ts';
import { BOB } from '../../support/world.ts';
import {
  ask,
  countOf,
  headOf,
  hold,
  LIFE,
  load,
  mostPresented,
  openTab,
  openTabs,
  outcome,
  stateOf,
  userOf,
} from './open-tabs.ts';
import { createShelf } from './shelf.ts';

/** Two tabs on a store of which the second one's view lags behind what the first one refreshed. */
async function tabBehind(lag: 'view' | 'none' = 'view') {
  const world = createTabsWorld();
  const shelf = createShelf();
  const views = [shelf.view(), shelf.view()] as const;
  const [one, two] = await openTabs(world, 2, (index) => ({ store: views[index]?.store as never }));
  await world.advance(LIFE);
  if (lag === 'view') views[1].stop();
  // Nobody tells the second one, as where it slept.
  world.channel.lose(2);
  expect(await ask(world, one)).toBe(200);
  world.channel.lose(0);
  expect(two.record()?.generation).toBe(1);
  return { world, shelf, view: views[1], one, two };
}

/** Two tabs that hand over what they have in memory, of which the second one has missed a refresh. */
async function handedBehind() {
  const world = createTabsWorld({ store: 'handed' });
  const [one, two] = await openTabs(world, 2);
  await world.advance(LIFE);
  world.channel.lose(1);
  expect(await ask(world, one)).toBe(200);
  world.channel.lose(0);
  return { world, one, two };
}

describe('a tab that holds less than the fence knows', () => {
  it('takes what the store shows, and asks no server (ROT-3)', async () => {
    const { world, two } = await tabBehind('none');
    expect(await ask(world, two)).toBe(200);
    expect(world.server.sent).toHaveLength(1);
    expect(two.record()?.generation).toBe(2);
    expect(two.events).toEqual([]);
  });

  it('waits up to 2 seconds for a store that lags, and never sends the old refresh token meanwhile (S9)', async () => {
    const { world, view, two } = await tabBehind();
    const asked = outcome(two.api.get('/x'));
    await world.advance(1900);
    expect(world.seen).toHaveLength(1);
    view.go();
    expect(await world.until(asked)).toBe(200);
    expect(two.record()?.generation).toBe(2);
    expect(world.server.sent).toHaveLength(1);
    expect(countOf(world, 'message', two)).toBeGreaterThan(0);
  });

  it('else takes it from the tab that committed it, when the store shows it never (S7, S9)', async () => {
    const { world, one, two } = await tabBehind();
    expect(await ask(world, two)).toBe(200);
    expect(two.record()?.generation).toBe(2);
    expect(world.server.sent).toHaveLength(1);
    expect(one.session.trace().map(({ step }) => step)).toContain('record-given');
  });

  it('else, when nobody has it, sends nothing and says that the stored session is gone (ROT-3)', async () => {
    const { world, one, two } = await tabBehind();
    one.close();
    expect(await ask(world, two)).toBe('signed-out:storage-cleared');
    expect(world.server.sent).toHaveLength(1);
    expect(two.events).toEqual(['signed-out:storage-cleared']);
    expect(stateOf(two)).toEqual({ status: 'signed-out', reason: 'storage-cleared' });
    // It is over here only: a tab that sleeps may have the newest, and the fence goes on naming the session.
    expect(headOf(world)).toMatchObject({ subject: 'alice' });
  });

  it('does not leave the store or the siblings unasked because another tab has not got it either', async () => {
    const { world, view, one, two } = await tabBehind();
    one.freeze();
    const asked = outcome(two.api.get('/x'));
    await world.advance(1000);
    view.go();
    expect(await world.until(asked)).toBe(200);
  });

  it('at load sends nothing either, and is signed out when nobody has it (ROT-3, I2)', async () => {
    const { world, shelf, one, two } = await tabBehind();
    const old = JSON.stringify({ ...JSON.parse(shelf.text ?? '{}'), generation: 1 });
    one.close();
    two.close();
    shelf.text = old;
    const page = world.openTab({ store: shelf.view().store });
    await world.advance(1900);
    expect(stateOf(page)).toEqual({ status: 'restoring' });
    await world.until(page.session.ready);
    expect(stateOf(page)).toEqual({ status: 'signed-out', reason: 'storage-cleared' });
    expect(page.events).toEqual([]);
    await ask(world, page);
    expect(world.server.sent).toHaveLength(1);
  });

  it('at load takes it from a tab that lives, without a request and without an event (C38)', async () => {
    const { world, shelf } = await tabBehind();
    shelf.text = JSON.stringify({ ...JSON.parse(shelf.text ?? '{}'), generation: 1 });
    const page = await load(world, { store: shelf.view().store });
    expect(userOf(page)).toBe('alice');
    expect(page.record()?.generation).toBe(2);
    expect(page.events).toEqual([]);
    expect(world.server.sent).toHaveLength(1);
  });
});

describe('the memory of all tabs', () => {
  it('is handed to a new page by whoever has it, and is gone with the last tab', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const one = await openTab(world);
    const two = await load(world);
    expect(userOf(two)).toBe('alice');
    expect(two.events).toEqual([]);
    one.close();
    const three = await load(world);
    expect(userOf(three)).toBe('alice');
    two.close();
    three.close();
    expect(stateOf(await load(world))).toMatchObject({ status: 'signed-out' });
    expect(world.server.sent).toEqual([]);
  });

  it('that the server rejects ends in every tab, each with the reason, though no store tells them (I5, EVT-2)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const tabs = await openTabs(world, 3);
    await world.advance(LIFE);
    world.server.revokeAll();
    expect(await ask(world, tabs[1])).toBe('signed-out:refresh-rejected');
    await world.advance(1000);
    expect(tabs.map(({ events }) => events)).toEqual(Array(3).fill(['signed-out:refresh-rejected']));
    expect(world.server.sent).toHaveLength(1);
  });

  it('reaches a new page late where the only tab that has it was busy: the user is signed in after all (L8)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const one = await openTab(world);
    const release = hold(world, one, 'message');
    const page = await load(world);
    expect(stateOf(page).status).toBe('signed-out');
    release();
    await world.settle();
    expect(userOf(page)).toBe('alice');
    expect(page.events).toEqual(['signed-in']);
    expect(await ask(world, page)).toBe(200);
    expect(world.server.sent).toEqual([]);
  });

  it('that comes late changes nothing for whoever has signed in as somebody else meanwhile (SES-4)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const one = await openTab(world);
    const release = hold(world, one, 'message');
    const page = await load(world);
    await world.until(page.session.signIn(BOB));
    release();
    await world.settle();
    expect(userOf(page)).toBe('bob');
    expect(stateOf(one)).toEqual({ status: 'signed-out', reason: 'user-switched' });
  });

  it('is waited for while the one that has it is busy, where the session would end here without it (I5)', async () => {
    const { world, one, two } = await handedBehind();
    const release = hold(world, one, 'message');
    const asked = outcome(two.api.get('/x'));
    await world.advance(5000);
    release();
    expect(await world.until(asked)).toBe(200);
    expect(two.events).toEqual([]);
    expect(world.server.sent).toHaveLength(1);
  });

  it('ends in a tab that is behind once the one that has the newest is gone, and begins again if it was not (ROT-3)', async () => {
    const { world, one, two } = await handedBehind();
    one.freeze();
    expect(await ask(world, two)).toBe('signed-out:storage-cleared');
    one.thaw();
    await world.settle();
    expect(two.events).toEqual(['signed-out:storage-cleared', 'signed-in']);
    expect(await ask(world, two)).toBe(200);
    expect(mostPresented(world)).toBe(1);
  });

  it('is not taken up by a page whose restore the sign-out of its giver has overtaken (OUT-4, I3)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const one = await openTab(world);
    const page = world.openTab();
    const release = hold(world, page, 'message');
    await world.settle();
    expect(one.session.trace().map(({ step }) => step)).toContain('record-given');
    await world.until(one.session.signOut());
    release();
    await world.until(page.session.ready);
    await world.settle();
    expect(stateOf(page).status).toBe('signed-out');
    expect(page.events).toEqual([]);
  });
});

describe('a page that restores while another tab signs out', () => {
  it('is signed out in the end, also if it had read the fence just before (OUT-4, I3)', async () => {
    const world = createTabsWorld();
    const one = await openTab(world);
    const page = world.openTab();
    const release = hold(world, page, 'fence answer');
    await world.settle();
    await world.until(one.session.signOut());
    await world.settle();
    release();
    await world.until(page.session.ready);
    await world.settle();
    expect(stateOf(page).status).toBe('signed-out');
    expect(await ask(world, page)).not.toBe(200);
    expect(world.seen.at(-1)?.authorization).toBeUndefined();
  });
});

describe('a refresh in every tab, over and over', () => {
  it('never sends a refresh token twice, whoever is first (ROT-1, ROT-3)', async () => {
    const world = createTabsWorld({ server: { reuse: 'ends-family' } });
    const tabs = await openTabs(world, 4);
    for (let round = 0; round < 12; round += 1) {
      await world.advance(LIFE);
      const answers = await Promise.all(tabs.map((_, index) => ask(world, tabs[(index + round) % 4] as never)));
      expect(answers).toEqual([200, 200, 200, 200]);
    }
    expect(world.server.sent).toHaveLength(12);
    expect(mostPresented(world)).toBe(1);
  });
});
