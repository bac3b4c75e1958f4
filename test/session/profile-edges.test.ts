import { AuthUnavailableError, type SessionRecord, SignedOutError } from 'latchkey';
import { createFakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { type Core, createCore } from '../../src/session/core.ts';
import { coreOf } from '../../src/session/core-of.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { userOf } from '../../src/session/profile.ts';
import { announce } from '../../src/session/tabs.ts';
import { createLonePage } from '../support/lone-page.ts';
import { createTabsWorld } from '../support/tabs.ts';
import { ALICE, createWorld } from '../support/world.ts';
import { openTab, stateOf } from './tabs/open-tabs.ts';

const MINUTE = 60_000;

/** How often a profile is asked for within a minute, when the first answer is this error. */
async function triesAfter(error: unknown): Promise<number> {
  const loadUser = vi.fn(async () => ({ name: 'Alice' }));
  loadUser.mockRejectedValueOnce(error);
  const { session, clock } = createWorld({ loadUser } as never);
  void session.signIn(ALICE);
  await clock.advance(MINUTE);
  return loadUser.mock.calls.length;
}

describe('a profile that was not given', () => {
  it.each<[string, unknown]>([
    ['a request that a browser blocked, whose status is 0', { status: 0 }],
    ['an answer that is no refusal', { response: { status: 302 } }],
    ['a status that is a text', { status: '404' }],
    ['an error of this session that may be over soon', new AuthUnavailableError('Busy.')],
    ['an error of the app’s own that only has the code', { code: 'signed-out' }],
  ])('is asked for again after %s', async (_, error) => {
    expect(await triesAfter(error)).toBe(2);
  });

  it.each<[string, unknown]>([
    ['a 400', { response: { status: 400 } }],
    ['a 404 that stands on the error itself', { status: 404 }],
    ['the news that nobody is signed in', new SignedOutError()],
  ])('is not asked for again after %s', async (_, error) => {
    expect(await triesAfter(error)).toBe(1);
  });

  it('is asked for half as often with each further try, and at least every 5 minutes', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const asked: number[] = [];
    const loadUser = async (): Promise<never> => {
      asked.push(clock.monotonic());
      throw new TypeError('Failed to fetch');
    };
    const { session, clock } = createWorld({ loadUser, backendOptions: { lifetime: 600 * MINUTE } } as never);
    void session.signIn(ALICE);
    await clock.advance(20 * MINUTE);
    const pauses = asked.slice(1).map((time, index) => time - (asked[index] as number));
    expect(pauses.slice(0, 4)).toEqual([750, 1500, 3000, 6000]);
    expect(pauses.slice(-2)).toEqual([225_000, 225_000]);
  });

  it('is not asked for any more once the user has signed out between two tries', async () => {
    const loadUser = vi.fn().mockRejectedValue(new TypeError('Failed to fetch'));
    const { session, clock } = createWorld({ loadUser } as never);
    void session.signIn(ALICE);
    await clock.advance(100);
    expect(loadUser).toHaveBeenCalledTimes(1);
    await session.signOut();
    await clock.advance(MINUTE);
    expect(loadUser).toHaveBeenCalledTimes(1);
  });
});

describe('a profile that was asked for twice', () => {
  it('is the later one, though the first answer comes last', async () => {
    const answers: ((profile: object) => void)[] = [];
    const loadUser = (): Promise<object> => new Promise((resolve) => answers.push(resolve));
    const { session, clock } = createWorld({ loadUser } as never);
    void session.signIn(ALICE);
    await clock.advance(0);
    void session.reloadUser();
    await clock.advance(0);
    answers[1]?.({ name: 'new' });
    await clock.advance(0);
    answers[0]?.({ name: 'old' });
    await clock.advance(0);
    expect(session.getState()).toMatchObject({ user: { name: 'new' } });
  });
});

describe('while it is not known whether the stored session is still good', () => {
  /** A tab that was reloaded, and whose server takes its time to verify the session. */
  async function verifying() {
    const loadUser = vi.fn(async () => ({ name: 'Alice' }));
    const world = createTabsWorld({ session: { loadUser, restore: 'verify' } as never });
    const old = await openTab(world);
    await world.settle();
    let accept = (): void => {};
    const verdict = new Promise<'accepted'>((resolve) => {
      accept = () => resolve('accepted');
    });
    const backend = { refresh: async () => ({}), verify: () => verdict };
    const tab = world.openTab({ backend });
    await world.settle();
    loadUser.mockClear();
    expect((coreOf(tab.session) as Core).held).toBeDefined();
    return { world, old, tab, loadUser, accept };
  }

  it('no profile is loaded, though the user comes back to the page', async () => {
    const { world, tab, loadUser, accept } = await verifying();
    tab.wake();
    await world.settle();
    expect(loadUser).not.toHaveBeenCalled();
    accept();
    await world.until(tab.session.ready);
    await world.settle();
    expect(loadUser).toHaveBeenCalledTimes(1);
    expect(stateOf(tab)).toMatchObject({ status: 'signed-in', user: { name: 'Alice' } });
  });

  it('no user is shown, though another tab says that the profile has changed', async () => {
    const { world, old, tab, accept } = await verifying();
    announce(coreOf(old.session) as Core, 'user');
    await world.settle();
    expect(stateOf(tab)).toEqual({ status: 'restoring' });
    accept();
    await world.until(tab.session.ready);
    expect(stateOf(tab)).toMatchObject({ status: 'signed-in', user: { name: 'Alice' } });
  });
});

describe('the profile that was loaded for one session', () => {
  const ofAlice = { sessionId: 'one', subject: 'alice', tokens: {} } as SessionRecord;
  const ofNobody = { ...ofAlice, subject: undefined };

  function shown(of: SessionRecord, record: Partial<SessionRecord>): unknown {
    const clock = createFakeClock();
    const store = { scope: 'tab', load() {}, save() {}, clear() {} };
    const options = { backend: {}, store, clock, loadUser: async () => {} };
    const core = createCore(normalizeOptions(options as never), createLonePage(clock));
    core.profile = { of, user: 'Alice' };
    return userOf(core, { ...of, ...record });
  }

  it.each<[string, SessionRecord, Partial<SessionRecord>]>([
    ['a later generation of it', ofNobody, { generation: 2 }],
    ['the next session of the same user', ofAlice, { sessionId: 'two' }],
  ])('is shown in %s', (_, of, record) => {
    expect(shown(of, record)).toBe('Alice');
  });

  it.each<[string, SessionRecord, Partial<SessionRecord>]>([
    ['that of another user', ofAlice, { sessionId: 'two', subject: 'bob' }],
    ['one whose user nobody knows', ofAlice, { sessionId: 'two', subject: undefined }],
    ['one of which nobody knows that it is the same user', ofNobody, { sessionId: 'two' }],
  ])('is not shown in %s (SES-4)', (_, of, record) => {
    expect(shown(of, record)).toBeUndefined();
  });
});
