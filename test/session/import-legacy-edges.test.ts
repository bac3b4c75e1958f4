import {
  type Backend,
  customStore,
  importLegacy,
  type LegacyOptions,
  type SessionRecord,
  type TokenInput,
} from 'latchkey';
import type { FakeCredentials } from 'latchkey/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { coreOf } from '../../src/session/core-of.ts';
import { fakeJwt } from '../../src/testing/fake-jwt.ts';
import { createTabsWorld, type SimTab, type TabsWorld, type TabsWorldOptions } from '../support/tabs.ts';
import { createPage } from '../support/tabs-schedule.ts';
import { ALICE, BOB } from '../support/world.ts';
import { headOf, hold, LIFE, load, openTab, outcome, rowOf, stateOf, userOf } from './tabs/open-tabs.ts';

afterEach(() => localStorage.clear());

const KEYS: LegacyOptions = { access: 'jwta', refresh: 'jwtr' };
const oldKeys = (): (string | null)[] => [localStorage.getItem('jwta'), localStorage.getItem('jwtr')];
const leave = ({ accessToken = '', refreshToken = '' }: TokenInput): void => {
  localStorage.setItem('jwta', accessToken);
  localStorage.setItem('jwtr', refreshToken);
};

/** A browser in which an older app has run, and the tokens that the server gave it. */
async function createOldWorld(options: TabsWorldOptions = {}, from: LegacyOptions = KEYS) {
  const world = createTabsWorld({ ...options, session: { migrate: importLegacy(from) } });
  const context = { signal: new AbortController().signal, now: world.clock.now, fetch };
  const signedIn = world.server.backendOf(createPage('old app')).signIn?.(ALICE, context);
  return { world, tokens: (await world.until(Promise.resolve(signedIn))) as TokenInput };
}

/** A backend that notes which refresh tokens are sent, and gives no new ones. */
function createListener() {
  const sent: unknown[] = [];
  const backend: Backend<FakeCredentials> = {
    async refresh({ tokens }: SessionRecord) {
      sent.push(tokens.refreshToken);
      return { accessToken: 'opaque-next' };
    },
  };
  return { backend, sent };
}

/** What is to happen in a page from some moment on, of one kind, waits until the function that it gives is called. */
function holdFrom(world: TabsWorld, { page }: SimTab, kind: string, done: number): () => void {
  const isHeld = (): boolean => world.clock.log.filter((entry) => entry === `${page.name} ${kind}`).length >= done;
  return world.clock.hold((task) => task.page === page && task.kind === kind && isHeld());
}

describe('a page that loads where no older client has left anything', () => {
  it('waits for nobody’s turn, and has nothing to report', async () => {
    const { world } = await createOldWorld();
    const one = coreOf((await load(world)).session);
    void one?.lock.request('latchkey.1:default', 1000, one.closed.signal, () => new Promise(() => {}));
    await world.settle();
    const two = world.openTab();
    await world.settle();
    expect([stateOf(two), two.events]).toEqual([{ status: 'signed-out' }, []]);
  });

  it('nor does it wait for a store that is empty 5 seconds after the sign-in: so apps clear a session', async () => {
    const { world } = await createOldWorld();
    const one = await openTab(world);
    const { signedInAt = 0 } = rowOf(world, headOf(world)?.sessionId) ?? {};
    await world.advance(signedInAt + 5000 - world.clock.now());
    one.freeze();
    world.stores.clear();
    const two = world.openTab();
    await world.settle();
    expect(stateOf(two)).toEqual({ status: 'signed-out' });
  });

  it('any more, because the user has signed out of the old one just then, has nothing to report, either', async () => {
    const { world, tokens } = await createOldWorld();
    leave(tokens);
    const tab = world.openTab();
    localStorage.clear();
    await world.until(tab.session.ready);
    await world.settle();
    expect([stateOf(tab), tab.events]).toEqual([{ status: 'signed-out' }, []]);
  });
});

describe('a page that takes over while another one', () => {
  /** Something happens after a page has looked who is signed in, and before it writes that it has found somebody. */
  async function meanwhile(store: 'origin' | 'slow', held: [string, number], act: (other: SimTab) => Promise<unknown>) {
    const { world, tokens } = await createOldWorld({ store });
    const other = await load(world);
    leave(tokens);
    const tab = world.openTab();
    const letGo = holdFrom(world, tab, ...held);
    hold(world, tab, 'storage event');
    await world.settle();
    expect(stateOf(tab).status).toBe('restoring');
    world.channel.lose(9);
    await world.until(act(other));
    letGo();
    await world.until(tab.session.ready);
    await world.settle();
    return { world, tab, other };
  }

  it.each(['origin', 'slow'] as const)('signs out takes nothing over, and keeps nothing (%s) (I3)', async (store) => {
    const { world, tab } = await meanwhile(store, ['fence answer', 2], async (other) => {
      await other.session.signOut();
      other.crash();
    });
    expect(stateOf(tab)).toEqual({ status: 'signed-out' });
    expect(tab.session.trace().map(({ step }) => step)).toEqual([]);
    expect(world.stores.current()).toBeUndefined();
  });

  it('signs somebody else in leaves what that one has stored (I3)', async () => {
    const { world, tab, other } = await meanwhile('origin', ['fence update', 0], (it) => it.session.signIn(BOB));
    expect(world.stores.current()?.subject).toBe('bob');
    tab.wake();
    await world.settle();
    expect([tab, other].map(userOf)).toEqual(['bob', 'bob']);
    expect(other.events).toEqual(['signed-in']);
  });
});

describe('where each tab has a session of its own', () => {
  it('what is taken over goes into a slow store when no other write of that tab is under way', async () => {
    const { world, tokens } = await createOldWorld();
    leave(tokens);
    const turns: boolean[] = [];
    let stored: unknown;
    const store = customStore({
      scope: 'tab',
      load: async () => stored,
      async save(_, record) {
        turns.push(world.locks.isInside(tab.page, 'latchkey.1:default:'));
        stored = record;
      },
      clear: async () => {},
    });
    const tab = world.openTab({ store });
    await world.until(tab.session.ready);
    await world.settle();
    expect(userOf(tab)).toBe('alice');
    expect(turns).toEqual([true]);
  });
});

describe('a session that was taken over', () => {
  it('and has been refreshed since ends as soon as the server says so: nobody else can have newer tokens', async () => {
    const { world, tokens } = await createOldWorld();
    leave(tokens);
    const tab = await load(world);
    await world.until(tab.session.refresh());
    await world.advance(LIFE);
    world.server.revokeAll();
    void outcome(tab.session.refresh());
    await world.settle();
    expect(tab.events).toEqual(['refreshed', 'signed-out:refresh-rejected']);
  });

  it('and whose older copy was faster tells that the server has answered: the next refresh is the first of its token', async () => {
    const { world, tokens } = await createOldWorld();
    leave(tokens);
    const tab = await load(world);
    world.server.revokeAll();
    const access = fakeJwt({ sub: 'alice', exp: world.clock.now() / 1000 + 600 });
    world.server.onReject(() => leave({ accessToken: access, refreshToken: 'r-new' }));
    const error = await world.until(tab.session.refresh().catch((reason: unknown) => reason));
    expect(error).toMatchObject({ code: 'auth-unavailable', status: 401 });
    expect(rowOf(world, headOf(world)?.sessionId)?.attempt).toBeUndefined();
  });

  it('and that only a sleeping tab has does not lose its tokens to what the old app has written again (I5)', async () => {
    const { world, tokens } = await createOldWorld({ store: 'handed' });
    leave(tokens);
    const tab = await load(world);
    await world.until(tab.session.refresh());
    tab.freeze();
    leave(tokens);
    const next = await load(world);
    await world.advance(1000);
    expect([stateOf(next).status, ...oldKeys()]).toEqual(['signed-out', null, null]);
    expect(world.server.isRevoked(tokens.refreshToken)).toBe(false);
  });

  it('and of which the fence has lost all but the name is over, and nothing to report', async () => {
    const { world, tokens } = await createOldWorld({ store: 'handed' });
    world.fence.rows.set('head:default', { epoch: 1, sessionId: 'lost', subject: 'alice' });
    leave(tokens);
    const tab = await load(world);
    expect([stateOf(tab), tab.events, oldKeys()]).toEqual([{ status: 'signed-out' }, [], [null, null]]);
  });
});

describe('old tokens that do not say whose they are', () => {
  const OPAQUE = { accessToken: 'opaque-1', refreshToken: 'r0' };

  it('are never replaced by what is written later: it may be somebody else’s (SES-3)', async () => {
    const { world } = await createOldWorld();
    const { backend, sent } = createListener();
    leave(OPAQUE);
    const tab = await load(world, { backend });
    leave({ accessToken: 'opaque-2', refreshToken: 'r1' });
    await world.until(tab.session.refresh());
    expect(sent).toEqual(['r0']);
  });

  it('do not go on with a session of which nobody has anything left: it may be somebody else’s (SES-3)', async () => {
    const { world } = await createOldWorld({ store: 'handed' });
    const { backend } = createListener();
    leave(OPAQUE);
    (await load(world, { backend })).close();
    leave({ accessToken: 'opaque-2', refreshToken: 'r1' });
    const next = await load(world, { backend });
    expect([stateOf(next).status, ...oldKeys()]).toEqual(['signed-out', null, null]);
  });

  it.each([
    ['the old app itself says it', { accessToken: 'opaque-1', refreshToken: 'r0', subject: 'alice' }],
    ['the refresh token says it', { accessToken: 'opaque-1', refreshToken: fakeJwt({ sub: 'alice', exp: 9e9 }) }],
  ])('are a known user’s where %s', async (_, given) => {
    let left: object | undefined = given;
    const remove = (): void => {
      left = undefined;
    };
    const { world } = await createOldWorld({}, { read: () => left, remove });
    await load(world);
    expect(world.stores.current()?.subject).toBe('alice');
  });
});

describe('what an old copy of the app writes after its tokens were taken over', () => {
  it('is not sent where it is older than those, although it is the same user’s (I2)', async () => {
    const { world } = await createOldWorld();
    const { backend, sent } = createListener();
    const access = (life: number): string => fakeJwt({ sub: 'alice', exp: world.clock.now() / 1000 + life });
    leave({ accessToken: access(300), refreshToken: 'r1' });
    const tab = await load(world, { backend });
    leave({ accessToken: access(200), refreshToken: 'r0' });
    await world.until(tab.session.refresh());
    expect(sent).toEqual(['r1']);
  });
});
