import { type Backend, RefreshRejectedError, type SessionRecord, TokenResponseError } from 'latchkey';
import { createFakeBackend, type FakeCredentials } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { commit } from '../../src/session/commit.ts';
import type { Core } from '../../src/session/core.ts';
import { coreOf } from '../../src/session/core-of.ts';
import { diagnose } from '../../src/session/diagnose.ts';
import { engineOf } from '../../src/session/engine.ts';
import type { Held } from '../../src/session/held.ts';
import { encodeRecord } from '../../src/token/session-record.ts';
import { createTabsWorld } from '../support/tabs.ts';
import { ALICE, createWorld } from '../support/world.ts';
import { ask, countOf, headOf, hold, LIFE, openTab, openTabs, outcome, rowOf, stateOf } from './tabs/open-tabs.ts';
import { createShelf } from './tabs/shelf.ts';

describe('what a transport sees of a session', () => {
  it.each([
    ['none where the backend names none', undefined, []],
    ['those that are URLs', ['/token', 'http://[', 'https://id.example/'], [/\/token$/, /^https:\/\/id\.example\/$/]],
  ])('are as endpoints %s (ATT-1)', (_, endpoints, expected) => {
    const { session } = createWorld({ backend: { ...createFakeBackend(), endpoints: endpoints as never } });
    expect(engineOf(session).endpoints()).toEqual(expected.map((url) => expect.stringMatching(url)));
  });

  it('is a record at once until the very moment at which a limit of the app ends the session', async () => {
    const { session, clock } = createWorld({ maxAge: 100_000 });
    await session.signIn(ALICE);
    await clock.advance(0);
    clock.step(99_999);
    expect(engineOf(session).ready()).toBeDefined();
    clock.step(1);
    expect(engineOf(session).ready()).toBeUndefined();
  });

  it('is a record at once until the very moment at which its token is not sent any more', async () => {
    const { session, clock } = createWorld();
    await session.signIn(ALICE);
    const { expiresAfter } = engineOf(session).ready() as Held;
    clock.step(expiresAfter - 1);
    expect(engineOf(session).ready()).toBeDefined();
    clock.step(1);
    expect(engineOf(session).ready()).toBeUndefined();
  });

  it('is, of a refresh that gave no tokens, that it may try again, when, and what came instead', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { session, clock, backend } = createWorld();
    await session.signIn(ALICE);
    await clock.advance(LIFE);
    backend.refresh = async () => ({});
    const engine = engineOf(session);
    const error = await engine.obtain(engine.epoch(), () => false).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'auth-unavailable', retryAfter: 500 });
    expect(error.cause).toBeInstanceOf(TokenResponseError);
  });

  it('is not troubled by a server that calls a session over from which the user has signed out', async () => {
    const { session, events } = createWorld();
    await session.signIn(ALICE);
    const engine = engineOf(session);
    const held = engine.ready() as Held;
    await session.signOut();
    await expect(engine.end(engine.epoch(), held, 'expired')).resolves.toBeUndefined();
    expect(events).toEqual(['signed-in', 'signed-out:user']);
  });

  it('is said to loop with the third new token in a row that a server refuses at once (ROT-11)', async () => {
    const { session, events } = createWorld();
    await session.signIn(ALICE);
    const engine = engineOf(session);
    for (let refused = 1; refused <= 3; refused += 1) {
      expect(events).not.toContain('diagnostic:refresh-loop');
      await engine.replace(engine.ready() as Held, engine.epoch(), () => false);
    }
    await Promise.resolve();
    expect(events).toContain('diagnostic:refresh-loop');
  });
});

describe('what the app was told to mend', () => {
  it('is kept for whoever asks late: the latest 20', async () => {
    const { session } = createWorld();
    await session.ready;
    const core = coreOf(session) as Core;
    core.told.clear();
    const told = Array.from({ length: 25 }, (_, index) => `Number ${index + 10}.`);
    for (const message of told) core.diagnose('store-failed', message);
    const late = (await diagnose(session as never)).map(({ message }) => message).filter((one) => told.includes(one));
    expect(late).toEqual(told.slice(-20));
  });
});

describe('a session that cannot be renewed', () => {
  it('ends with its access token, however old that was when the page was loaded', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const { accessToken } = tab.record()?.tokens ?? {};
    await world.until(tab.session.signInWithTokens({ accessToken }));
    await world.advance(200_000);
    const page = tab.reload();
    await world.until(page.session.ready);
    expect(stateOf(page).status).toBe('signed-in');
    await world.advance(100_001);
    expect(page.events).toEqual(['signed-out:expired']);
  });
});

describe('a request that waits for its turn to refresh', () => {
  it('never carries what another tab had got, and what has expired since', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    two.freeze();
    await world.advance(LIFE);
    expect(await ask(world, one)).toBe(200);
    await world.advance(LIFE);
    const held = hold(world, one, 'refresh answer');
    const asked = [one.session.getAccessToken(), two.fetch('https://api.example.com/x')];
    await world.settle();
    two.thaw();
    await world.settle();
    held();
    await world.until(Promise.all(asked));
    const sent = world.seen.filter(({ tab }) => tab === two).map(({ authorization }) => authorization);
    expect(sent).toEqual([`Bearer ${two.record()?.tokens.accessToken}`]);
    expect(world.server.sent).toHaveLength(2);
  });
});

describe('the outcome of a refresh', () => {
  it('is not kept where the store shows that another session has begun in this tab (I3)', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const [tab, other] = [await openTab(world), await openTab(world)];
    const { sessionId } = tab.record() as SessionRecord;
    world.server.onSend(() => {
      tab.slot.text = other.slot.text;
    });
    expect(await world.until(outcome(tab.session.refresh()))).toBe('auth-unavailable');
    expect(rowOf(world, sessionId)).toMatchObject({ generation: 1 });
  });

  it('gives way to the same generation that another tab has committed meanwhile (I10)', async () => {
    const world = createTabsWorld();
    const shelf = createShelf();
    const tab = await openTab(world, { store: shelf.view().store });
    const record = tab.record() as SessionRecord;
    world.server.onSend(() => {
      const key = `row:${record.sessionId}`;
      shelf.text = encodeRecord({ ...record, generation: 2, tokens: { ...record.tokens, accessToken: 'theirs' } });
      world.fence.rows.set(key, { ...rowOf(world, record.sessionId), generation: 2, tab: 'other', attempt: undefined });
    });
    await world.until(tab.session.refresh());
    expect(await world.until(tab.session.getAccessToken())).toBe('theirs');
    expect(shelf.record()?.tokens.accessToken).toBe('theirs');
  });

  it('counts, and is told, also where the transaction had to be tried twice', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    world.server.onSend(() => world.fence.repeatNext());
    await world.until(tab.session.refresh());
    expect(tab.events).toEqual(['refreshed']);
  });

  it('stays in a slow store when the session was disposed of: the next page finds it there (S7)', async () => {
    const world = createTabsWorld({ store: 'slow' });
    const tab = await openTab(world);
    let release = (): void => {};
    world.server.onSend(() => {
      release = hold(world, tab, 'fence update');
    });
    const refreshed = outcome(tab.session.refresh());
    await world.settle();
    expect(world.stores.current()).toMatchObject({ generation: 2 });
    tab.session.dispose();
    release();
    await world.advance(1000);
    expect(await refreshed).toBe('auth-unavailable');
    expect(world.stores.current()).toMatchObject({ generation: 2 });
  });

  it('brings no name back into a fence that was cleared after a sign-out (I3)', async () => {
    const world = createTabsWorld({ store: 'slow' });
    const tab = await openTab(world);
    const core = coreOf(tab.session) as Core;
    const { epoch } = core;
    const record = tab.record() as SessionRecord;
    await world.until(tab.session.signOut());
    world.fence.clear();
    await world.until(commit(core, epoch, record, { ...record, generation: 2 }).catch(() => {}));
    expect(headOf(world)?.sessionId).toBeUndefined();
  });

  it('that the session ends with its access token revokes nothing, where the user has signed out elsewhere', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    const core = coreOf(two.session) as Core;
    const { epoch } = core;
    const record = two.record() as SessionRecord;
    await world.until(one.session.signOut());
    const next = { ...record, generation: 2, tokens: { ...record.tokens, refreshToken: undefined } };
    const settle = await world.until(commit(core, epoch, record, next, new RefreshRejectedError()));
    await world.advance(1000);
    expect(settle).toThrow(RefreshRejectedError);
    expect(countOf(world, 'revoke', one)).toBe(1);
    expect(countOf(world, 'revoke', two)).toBe(0);
  });
});

describe('a refresh token that the server rejects while the access token lives', () => {
  function rejecting(lifetime: number | undefined): Backend<FakeCredentials> {
    return {
      signIn: async () => ({ accessToken: 'opaque', refreshToken: 'spent', lifetime }),
      async refresh() {
        throw new RefreshRejectedError();
      },
    };
  }

  async function rejected(lifetime: number | undefined) {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2, () => ({ backend: rejecting(lifetime) }));
    const ends: unknown[] = [];
    for (const { session } of [one, two]) session.on('expiring', (event) => ends.push(event));
    await world.advance(1000);
    await world.until(one.session.refresh());
    await world.settle();
    return { one, two, ends };
  }

  it('lets every tab tell when the session will end, and why (C27)', async () => {
    const { one, two, ends } = await rejected(300_000);
    expect([one.events, two.events]).toEqual(Array(2).fill(['expiring:refresh-rejected']));
    const { endsAt } = stateOf(one) as { readonly endsAt?: number };
    expect(endsAt).toBeGreaterThan(0);
    expect(ends).toEqual(Array(2).fill({ cause: 'refresh-rejected', at: endsAt }));
  });

  it('lets no tab tell of an end whose time nobody knows', async () => {
    const { one, two } = await rejected(undefined);
    expect(stateOf(one).status).toBe('signed-in');
    expect([one.events, two.events]).toEqual([[], []]);
  });
});
