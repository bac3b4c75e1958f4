// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { Channel } from '../../../src/platform/channel.ts';
import { createTabsWorld, type TabsWorld } from '../../support/tabs.ts';
import { createPage } from '../../support/tabs-schedule.ts';
import { ALICE, BOB } from '../../support/world.ts';
import { ask, countOf, hold, LIFE, load, openTab, openTabs, outcome, stateOf, userOf } from './open-tabs.ts';

type Said = Readonly<Record<string, unknown>>;

/** Another script of the origin, on the same channel. */
function intrude(world: TabsWorld): { readonly channel: Channel; readonly heard: Said[] } {
  const channel = world.channel.viewOf(createPage('intruder'));
  const heard: Said[] = [];
  channel.listen((message) => void heard.push(message as Said));
  return { channel, heard };
}

describe('a message', () => {
  it('says that something changed, and nothing else: no token, no name, in a whole life of tabs (EVT-1, EVT-5, LOG-1)', async () => {
    const world = createTabsWorld();
    const { heard } = intrude(world);
    const [one, two] = await openTabs(world, 2);
    await world.until(one.session.refresh());
    await world.advance(LIFE);
    await ask(world, two);
    two.wake();
    const three = await load(world);
    await world.until(three.session.signIn(BOB));
    await world.until(three.session.signOut());
    await world.until(two.session.signIn(ALICE));
    await world.settle();
    expect(heard.length).toBeGreaterThan(4);
    for (const message of heard) expect(message).toEqual({ version: 1, type: 'changed' });
  });

  it.each([
    ['of another version', { version: 2, type: 'changed' }],
    ['of no version', { type: 'changed' }],
    ['of an unknown type', { version: 1, type: 'sign-out' }],
    ['without a type', { version: 1 }],
    ['that is text', 'changed'],
    ['that is null', null],
    ['that is undefined', undefined],
    ['that is a list', [{ version: 1, type: 'changed' }]],
    ['that is a number', 7],
  ])('%s is not understood: no look into the fence, no event (EVT-4, V1)', async (_, message) => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const before = countOf(world, 'fence read', tab);
    intrude(world).channel.post(message);
    await world.settle();
    expect(countOf(world, 'message', tab)).toBe(1);
    expect(countOf(world, 'fence read', tab)).toBe(before);
    expect(tab.events).toEqual([]);
    expect(userOf(tab)).toBe('alice');
  });

  it('is only ever a reason to look: what is not in the fence is not believed, however often it is said (EVT-4)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    const { channel } = intrude(world);
    const hostile = {
      version: 1,
      type: 'changed',
      reason: 'user',
      epoch: 99,
      record: { ...one.record(), subject: 'mallory' },
    };
    for (let time = 0; time < 20; time += 1) channel.post(hostile);
    await world.settle();
    expect([...one.events, ...two.events]).toEqual([]);
    expect([one, two].map(userOf)).toEqual(['alice', 'alice']);
  });

  it('of one’s own is not heard (EVT-4)', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    await world.until(tab.session.refresh());
    await world.settle();
    expect(countOf(world, 'message', tab)).toBe(0);
  });

  it('cannot make a tab sign out, nor in, nor refresh (EVT-4)', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const form = await load(createTabsWorld());
    const { channel } = intrude(world);
    for (const type of ['changed', 'ask', 'give', 'signed-out', 'signed-in', 'refreshed']) {
      channel.post({ version: 1, type, nonce: '0.5', record: tab.record(), sessionId: tab.record()?.sessionId });
    }
    await world.settle();
    expect(userOf(tab)).toBe('alice');
    expect(userOf(form)).toBeUndefined();
    expect(world.server.sent).toEqual([]);
    expect(tab.events).toEqual([]);
  });
});

describe('a record', () => {
  it('is given to whoever names the session, with their nonce, and to nobody else (EVT-5)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const tab = await openTab(world);
    const { sessionId } = tab.record() ?? {};
    const { channel, heard } = intrude(world);
    const question = { version: 1, type: 'ask', nonce: 'n-1', sessionId, generation: 1 };
    for (const wrong of [
      { ...question, version: 2 },
      { ...question, sessionId: 'another' },
      { ...question, sessionId: undefined },
      { ...question, generation: 2 },
      { ...question, generation: undefined },
      { ...question, generation: 'x' },
      { ...question, to: 'another-tab' },
    ]) {
      channel.post(wrong);
    }
    await world.settle();
    expect(heard).toEqual([]);
    channel.post(question);
    await world.settle();
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatchObject({ version: 1, type: 'give', nonce: 'n-1', record: { sessionId, generation: 1 } });
  });

  it('is not given any more once the session is over (OUT-4)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const tab = await openTab(world);
    const { sessionId } = tab.record() ?? {};
    await world.until(tab.session.signOut());
    const { channel, heard } = intrude(world);
    channel.post({ version: 1, type: 'ask', nonce: 'n', sessionId, generation: 1 });
    await world.settle();
    expect(heard).toEqual([]);
  });

  it('that nobody asked for is not taken: neither a newer one, nor one to a nonce that was used before (EVT-4)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const [one] = await openTabs(world, 2);
    const { channel, heard } = intrude(world);
    const page = await load(world);
    const nonce = heard.find(({ type }) => type === 'ask')?.nonce;
    expect(nonce).toBeDefined();
    const forged = { ...one.record(), generation: 9, subject: 'mallory' };
    for (const used of [nonce, undefined, '', 'guess']) {
      channel.post({ version: 1, type: 'give', nonce: used, record: forged });
    }
    await world.settle();
    expect(page.record()?.generation).toBe(1);
    expect([one, page].map(userOf)).toEqual(['alice', 'alice']);
  });

  it.each([
    ['of another session', (record: Said) => ({ ...record, sessionId: 'another' })],
    ['of an older generation', (record: Said) => ({ ...record, generation: 0 })],
    ['that is damaged', (record: Said) => ({ ...record, tokens: undefined })],
    ['of a newer release', (record: Said) => ({ ...record, version: 2 })],
    ['that is none', () => 'record'],
  ])('%s is no answer to whoever asks: the one that follows is (EVT-4)', async (_, spoil) => {
    const world = createTabsWorld({ store: 'handed' });
    const one = await openTab(world);
    const { channel } = intrude(world);
    channel.listen((message) => {
      const { type, nonce } = message as Said;
      if (type === 'ask') channel.post({ version: 1, type: 'give', nonce, record: spoil(one.record() as never) });
    });
    const page = await load(world);
    expect(userOf(page)).toBe('alice');
    expect(page.record()).toEqual(one.record());
  });

  it('with another nonce is no answer, even while this tab asks for that very session (EVT-4, EVT-5)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const one = await openTab(world);
    const { channel } = intrude(world);
    channel.listen((message) => {
      if ((message as Said).type !== 'ask') return;
      for (const nonce of ['another', undefined]) {
        channel.post({
          version: 1,
          type: 'give',
          nonce,
          record: { ...one.record(), generation: 9, subject: 'mallory' },
        });
      }
    });
    // The forged answers come first.
    one.freeze();
    const page = world.openTab();
    await world.settle();
    expect(stateOf(page)).toEqual({ status: 'restoring' });
    one.thaw();
    await world.until(page.session.ready);
    expect(userOf(page)).toBe('alice');
    await world.until(page.session.refresh());
    expect(world.server.sent.map(({ record }) => record.generation)).toEqual([1]);
  });

  it('in a message of another version is no answer (V1)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const one = await openTab(world);
    const record = one.record();
    one.freeze();
    const { channel } = intrude(world);
    channel.listen((message) => {
      const { type, nonce } = message as Said;
      if (type === 'ask') channel.post({ version: 2, type: 'give', nonce, record });
    });
    expect(userOf(await load(world))).toBeUndefined();
  });

  it('that comes when its session was signed out meanwhile is not taken (EVT-4, OUT-4)', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const one = await openTab(world);
    const two = one.duplicate();
    await world.until(two.session.ready);
    await world.advance(LIFE);
    world.channel.lose(1);
    await ask(world, one);
    const release = hold(world, two, 'message');
    const asked = outcome(two.api.get('/x'));
    await world.settle();
    await world.until(one.session.signOut());
    release();
    expect(await world.until(asked)).toMatch(/^signed-out/);
    await world.settle();
    expect(stateOf(two).status).toBe('signed-out');
    expect(two.slot.text).toBeUndefined();
    expect(world.seen.filter(({ tab }) => tab === two)).toEqual([]);
  });

  it('of a session that has ended and begun anew is not taken for the new one (EVT-4, SES-1)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const one = await openTab(world);
    const old = one.record();
    const { channel } = intrude(world);
    await world.until(one.session.signIn(BOB));
    channel.listen((message) => {
      const { type, nonce } = message as Said;
      if (type === 'ask') channel.post({ version: 1, type: 'give', nonce, record: old });
    });
    const page = await load(world);
    expect(userOf(page)).toBe('bob');
  });
});
