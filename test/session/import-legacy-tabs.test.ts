import { importLegacy, type SessionRecord, type TokenInput } from 'latchkey';
import { afterEach, describe, expect, it } from 'vitest';
import { createTabsWorld, type SimTab, type TabsWorld, type TabsWorldOptions } from '../support/tabs.ts';
import { createPage } from '../support/tabs-schedule.ts';
import { ALICE, BOB } from '../support/world.ts';
import { ask, headOf, hold, LIFE, load, outcome, rowOf, stateOf, userOf } from './tabs/open-tabs.ts';

afterEach(() => localStorage.clear());

/** A browser in which an older app has signed alice in, and still runs in a tab. */
async function openWorld(options: TabsWorldOptions = {}, user = ALICE) {
  const world = createTabsWorld({
    ...options,
    session: { ...options.session, migrate: importLegacy({ access: 'jwta', refresh: 'jwtr' }) },
  });
  const backend = world.server.backendOf(createPage('old app'));
  const context = { signal: new AbortController().signal, now: world.clock.now, fetch };
  let tokens = (await world.until(Promise.resolve(backend.signIn?.(user, context)))) as TokenInput;
  const first = tokens.refreshToken;
  const write = ({ accessToken = '', refreshToken = '' }: TokenInput): void => {
    localStorage.setItem('jwta', accessToken);
    localStorage.setItem('jwtr', refreshToken);
  };
  write(tokens);
  /** The older app refreshes with what it has in memory, and writes its keys. */
  async function refreshOld(): Promise<string> {
    const record = { tokens } as SessionRecord;
    const work = Promise.resolve(backend.refresh?.(record, context, { attempt: 1, cause: 'expired' }));
    return await world.until(
      work.then(
        (next) => {
          tokens = { ...tokens, ...next };
          write(tokens);
          return 'refreshed';
        },
        ({ code }) => code,
      ),
    );
  }
  return { world, first: first as string, write: () => write(tokens), refreshOld, tokens: () => tokens };
}

const oldKeys = (): (string | null)[] => [localStorage.getItem('jwta'), localStorage.getItem('jwtr')];
const imports = (tabs: readonly SimTab[]): number =>
  tabs.flatMap(({ session }) => session.trace().filter(({ step }) => step === 'imported')).length;

async function loadTogether(world: TabsWorld, count = 2): Promise<readonly SimTab[]> {
  const tabs = Array.from({ length: count }, () => world.openTab());
  await world.until(Promise.all(tabs.map(({ session }) => session.ready)));
  await world.settle();
  return tabs;
}

describe('two tabs that load at once over what an older client has left', () => {
  it.each<[string, TabsWorldOptions]>([
    ['localStorage', {}],
    ['localStorage that lags', { lag: 1000, choose: (options) => options - 1 }],
    ['a slow store of the app', { store: 'slow' }],
    ['the memory of the tabs', { store: 'handed' }],
    ['localStorage, without Web Locks', { lock: 'lease' }],
    ['localStorage, without IndexedDB', { fence: 'none' }],
  ])('are one session, which one of them takes over, and tell no event (%s) (I1)', async (_, options) => {
    const { world, first } = await openWorld(options);
    const tabs = await loadTogether(world, 3);
    expect(tabs.map(userOf)).toEqual(['alice', 'alice', 'alice']);
    expect(imports(tabs)).toBe(1);
    expect(new Set(tabs.map((tab) => tab.record()?.sessionId)).size).toBe(1);
    expect(oldKeys()).toEqual([null, null]);
    expect(tabs.map(({ events }) => events)).toEqual([[], [], []]);
    await world.advance(LIFE);
    expect(await Promise.all(tabs.map((tab) => ask(world, tab)))).toEqual([200, 200, 200]);
    expect(world.server.presented.get(first)).toBe(1);
    expect(world.server.sent).toHaveLength(1);
  });

  it.each([
    ['at once', 0],
    ['a moment later', 2000],
  ])(
    'are one session also where the second, loaded %s, sees nothing of what the first has stored (S9)',
    async (_, later) => {
      const { world } = await openWorld({ lag: 60_000, choose: (options) => options - 1 });
      const tabs = [world.openTab()];
      if (later) await world.advance(later);
      tabs.push(world.openTab());
      const letGo = tabs.map((tab) => hold(world, tab, 'storage event', 'message'));
      await world.settle();
      for (const go of letGo) go();
      await world.until(Promise.all(tabs.map(({ session }) => session.ready)));
      expect(tabs.map(userOf)).toEqual(['alice', 'alice']);
      expect(tabs.map(({ events }) => events)).toEqual([[], []]);
    },
  );

  it('are one tab that is signed in, where each tab has a session of its own: one token makes one session', async () => {
    const { world } = await openWorld({ store: 'tab' });
    const tabs = await loadTogether(world);
    expect(tabs.map(userOf).filter((user) => user === 'alice')).toHaveLength(1);
    expect(imports(tabs)).toBe(1);
    expect(oldKeys()).toEqual([null, null]);
  });

  it('are signed out, both, by the user of one who signs out at once (I3)', async () => {
    const { world, write } = await openWorld();
    const [one, two] = [world.openTab(), world.openTab()];
    await world.until(one.session.signOut());
    await world.until(two.session.ready);
    await world.advance(1000);
    expect([one, two].map(userOf)).toEqual([undefined, undefined]);
    write();
    expect(userOf(await load(world))).toBeUndefined();
    expect(world.stores.current()).toBeUndefined();
    expect(oldKeys()).toEqual([null, null]);
  });
});

describe('a tab whose user signs out while another one takes over', () => {
  it.each(['origin', 'slow'] as const)('at whatever moment, ends it for all (%s) (I3, C34)', async (store) => {
    for (let steps = 0; ; steps += 1) {
      const { world } = await openWorld({ store, isManual: true });
      const tabs = [world.openTab(), world.openTab()] as const;
      for (let step = 0; step < steps; step += 1) await world.clock.step();
      const isDone = tabs.every((tab) => stateOf(tab).status === 'signed-in');
      await world.until(tabs[1].session.signOut());
      await world.advance(10_000);
      expect([steps, ...tabs.map((tab) => stateOf(tab).status)]).toEqual([steps, 'signed-out', 'signed-out']);
      expect([steps, world.stores.current(), ...oldKeys()]).toEqual([steps, undefined, null, null]);
      const next = await load(world);
      expect([steps, stateOf(next).status]).toEqual([steps, 'signed-out']);
      for (const { session } of [...tabs, next]) session.dispose();
      localStorage.clear();
      if (isDone) break;
    }
  });

  it('and that shows its sign-in form learns of what another one has found', async () => {
    const { world, write } = await openWorld({ store: 'handed' });
    localStorage.clear();
    const form = await load(world);
    expect(userOf(form)).toBeUndefined();
    write();
    const tab = await load(world);
    expect([form, tab].map(userOf)).toEqual(['alice', 'alice']);
    expect([form, tab].map(({ events }) => events)).toEqual([['signed-in'], []]);
  });
});

describe('a page that does not get its turn to take over, because another one is frozen,', () => {
  it('says so, shows its sign-in form, and learns of what the other one has found', async () => {
    const { world } = await openWorld({ isManual: true });
    const one = world.openTab();
    while (one.remains().locks === 0) await world.clock.step();
    one.freeze();
    const two = await load(world);
    expect([userOf(two), two.events]).toEqual([undefined, ['diagnostic:tabs-uncoordinated']]);
    one.thaw();
    await world.advance(1000);
    expect([one, two].map(userOf)).toEqual(['alice', 'alice']);
    expect(imports([one, two])).toBe(1);
  });
});

describe('a page that dies while it takes over', () => {
  it.each(['origin', 'slow'] as const)(
    'at whatever moment, leaves the user to the next one, and no old key to later ones (%s) (S7)',
    async (store) => {
      let crashes = 0;
      for (let steps = 0; ; steps += 1) {
        const { world, first } = await openWorld({ store, isManual: true });
        const tab = world.openTab();
        for (let step = 0; step < steps; step += 1) await world.clock.step();
        const isDone = stateOf(tab).status === 'signed-in';
        tab.crash();
        const next = await load(world);
        expect([steps, userOf(next)]).toEqual([steps, 'alice']);
        const last = await load(world);
        expect([steps, ...oldKeys()]).toEqual([steps, null, null]);
        expect(headOf(world)?.sessionId).toBe(last.record()?.sessionId);
        expect(world.stores.current()?.tokens.refreshToken).toBe(first);
        for (const { session } of [next, last]) session.dispose();
        localStorage.clear();
        if (isDone) break;
        crashes += 1;
      }
      expect(crashes).toBeGreaterThan(3);
    },
  );
});

describe('an old copy of the app that still runs', () => {
  it('and has refreshed since, does not end the session: what it wrote is sent, and never the token before (I2)', async () => {
    const { world, first, refreshOld } = await openWorld();
    const [one, two] = (await loadTogether(world)) as [SimTab, SimTab];
    await world.advance(LIFE);
    expect(await refreshOld()).toBe('refreshed');
    expect(await Promise.all([ask(world, one), ask(world, two)])).toEqual([200, 200]);
    expect(world.server.presented.get(first)).toBe(1);
    expect(oldKeys()).toEqual([null, null]);
    expect(rowOf(world, one.record()?.sessionId)?.generation).toBe(2);
    await world.advance(LIFE);
    expect(await ask(world, two)).toBe(200);
  });

  it('and is faster at the very moment, costs a second try and nobody’s session (I5)', async () => {
    const { world, refreshOld } = await openWorld();
    const tab = await load(world);
    await world.advance(LIFE);
    const letGo = hold(world, tab, 'refresh');
    const asked = outcome(tab.api.get('/x'));
    await world.settle();
    expect(await refreshOld()).toBe('refreshed');
    letGo();
    expect(await world.until(asked)).toBe(200);
    expect(tab.events).toEqual(['refresh-failed', 'refreshed']);
    expect(userOf(tab)).toBe('alice');
  });

  it('and has refreshed since, is believed by a page that is loaded then, and by one after a page that died (I2)', async () => {
    const { world, first, refreshOld, tokens } = await openWorld();
    const tab = await load(world);
    await world.advance(LIFE);
    expect(await refreshOld()).toBe('refreshed');
    const theirs = tokens();
    tab.crash();
    const next = await load(world);
    // What it sends never arrives.
    hold(world, next, 'refresh');
    void outcome(next.api.get('/x'));
    await world.settle();
    expect(world.server.sent.at(-1)?.record.tokens.refreshToken).toBe(theirs.refreshToken);
    next.crash();
    const last = await load(world);
    expect(oldKeys()).toEqual([theirs.accessToken, theirs.refreshToken]);
    await world.advance(20_000);
    expect(await ask(world, last)).toBe(200);
    expect(world.server.presented.get(first)).toBe(1);
    expect(oldKeys()).toEqual([null, null]);
  });

  it('and has refreshed since, is believed by a page that is told of the session by another (I2)', async () => {
    const { world, first, refreshOld } = await openWorld({ lag: 600_000, choose: (options) => options - 1 });
    await load(world);
    await world.advance(1000);
    expect(await refreshOld()).toBe('refreshed');
    const tab = await load(world);
    expect(userOf(tab)).toBe('alice');
    expect(oldKeys()).not.toEqual([null, null]);
    await world.advance(LIFE);
    expect(await ask(world, tab)).toBe(200);
    expect(world.server.presented.get(first)).toBe(1);
  });

  it.each(['access', 'refresh'])(
    'and has refreshed since, is seen in halves, the %s token first: no spent token is sent (I2)',
    async (half) => {
      const { world, first, refreshOld, tokens } = await openWorld({ server: { reuse: 'ends-family' } });
      const before = tokens();
      const tab = await load(world);
      await world.advance(half === 'access' ? LIFE : 0);
      expect(await refreshOld()).toBe('refreshed');
      const { accessToken = '', refreshToken = '' } = tokens();
      if (half === 'access') localStorage.setItem('jwtr', before.refreshToken ?? '');
      else localStorage.setItem('jwta', before.accessToken ?? '');
      const asked = outcome(tab.session.refresh());
      await world.advance(100);
      localStorage.setItem('jwta', accessToken);
      localStorage.setItem('jwtr', refreshToken);
      expect(await world.until(asked)).toBe('done');
      expect(world.server.presented.get(first)).toBe(1);
      expect(userOf(tab)).toBe('alice');
    },
  );

  it('and is faster, but has not written its keys when the server says no, ends nobody’s session (I5)', async () => {
    const { world, refreshOld, tokens } = await openWorld();
    const tab = await load(world);
    await world.advance(LIFE);
    expect(await refreshOld()).toBe('refreshed');
    const { accessToken = '', refreshToken = '' } = tokens();
    localStorage.clear();
    const sent = world.server.sent.length;
    const write = (): void => {
      localStorage.setItem('jwta', accessToken);
      localStorage.setItem('jwtr', refreshToken);
    };
    world.server.onReject(() => void world.clock.setTimer(write, 200));
    expect(await ask(world, tab)).toBe(200);
    expect(world.server.sent.length - sent).toBe(2);
    expect(tab.events).toEqual(['refresh-failed', 'refreshed']);
  });

  it('and has refreshed since, is signed out along with the session, on the server, too (OUT-4)', async () => {
    const { world, refreshOld, tokens } = await openWorld();
    const tab = await load(world);
    await world.advance(LIFE);
    expect(await refreshOld()).toBe('refreshed');
    await world.until(tab.session.signOut());
    await world.settle();
    expect(oldKeys()).toEqual([null, null]);
    expect(world.server.isRevoked(tokens().refreshToken)).toBe(true);
    // It signs in once more.
    localStorage.setItem('jwta', 'e30.e30.late');
    localStorage.setItem('jwtr', 'refresh-late');
    expect(userOf(await load(world))).toBeUndefined();
    await world.advance(1000);
    expect(world.server.isRevoked('refresh-late')).toBe(true);
    expect(oldKeys()).toEqual([null, null]);
  });

  it('and is slower, is the one that is signed out, and leaves nothing behind', async () => {
    const { world, refreshOld } = await openWorld();
    const tab = await load(world);
    await world.advance(LIFE);
    expect(await ask(world, tab)).toBe(200);
    expect(await refreshOld()).toBe('refresh-rejected');
    await world.advance(LIFE);
    expect(await ask(world, tab)).toBe(200);
  });

  it('and has written what is older, as after a crash, is not listened to (I2)', async () => {
    const { world, first, write } = await openWorld();
    const tab = await load(world);
    await world.advance(LIFE);
    expect(await ask(world, tab)).toBe(200);
    write();
    await world.advance(LIFE);
    expect(await ask(world, tab)).toBe(200);
    expect(world.server.presented.get(first)).toBe(1);
  });

  it('and has signed somebody else in, has nothing to say here (SES-3)', async () => {
    const { world } = await openWorld();
    const tab = await load(world);
    const other = await openWorld({}, BOB);
    await world.advance(LIFE);
    await other.world.advance(2 * LIFE);
    await other.refreshOld();
    expect(oldKeys()).not.toEqual([null, null]);
    expect(await ask(world, tab)).toBe(200);
    expect(userOf(tab)).toBe('alice');
  });

  it('ends the session of both where the server ends a family for a token that comes twice: the old copy must be reloaded', async () => {
    const { world, refreshOld } = await openWorld({ server: { reuse: 'ends-family' } });
    const tab = await load(world);
    await world.advance(LIFE);
    expect(await ask(world, tab)).toBe(200);
    expect(await refreshOld()).toBe('refresh-rejected');
    await world.advance(LIFE);
    expect(await ask(world, tab)).toBe('signed-out:refresh-rejected');
    expect(tab.events).toContain('signed-out:refresh-rejected');
  });

  it('and that writes its keys again after a sign-out, signs nobody in, nor does a cleared store (I3)', async () => {
    const { world, write } = await openWorld();
    const tab = await load(world);
    await world.until(tab.session.signOut());
    write();
    expect(userOf(await load(world))).toBeUndefined();
    expect(oldKeys()).toEqual([null, null]);
  });
});
