import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createSession, memoryStore } from 'latchkey';
import { createTestSession } from 'latchkey/testing';
import { useSession, useSessionState, useUser } from 'latchkey/vue';
import { describe, expect, it, vi } from 'vitest';
import { effectScope, h, KeepAlive, nextTick, shallowRef, watch } from 'vue';
import { counted } from '../support/counted.ts';
import { mount } from './mount.ts';
import { expectNoComplaints } from './no-complaints.ts';

const ALICE = { sub: '1', name: 'Alice' };
expectNoComplaints();
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const Name = {
  setup() {
    const user = useUser();
    return () => `Hello ${user.value?.name}`;
  },
};

describe('an app', () => {
  it('listens to the session once, however much of it is looked at, and no more when it is unmounted', async () => {
    const session = counted(createTestSession({ user: ALICE }));
    const isShown = shallowRef(true);
    const page = mount({ render: () => (isShown.value ? [h(Name), h(Name), h(Name)] : 'nobody') }, session);
    expect(session.listeners()).toBe(1);
    for (let guards = 0; guards < 100; guards += 1) page.app.runWithContext(() => [useUser().value, useSessionState()]);
    expect(session.listeners()).toBe(1);
    isShown.value = false;
    await nextTick();
    isShown.value = true;
    await nextTick();
    expect(session.listeners()).toBe(1);
    page.app.unmount();
    expect(session.listeners()).toBe(0);
  });

  it('keeps nothing of a call that is over, of which each navigation makes some', async () => {
    const { app } = mount(Name, createTestSession({ user: ALICE }));
    const calls = [useSessionState, useUser].map((call) => {
      const given = app.runWithContext(call);
      expect(given.value).toBeDefined();
      return new WeakRef(given);
    });
    await new Promise((resolve) => setTimeout(resolve));
    collect();
    expect(calls.map((call) => call.deref())).toEqual([undefined, undefined]);
  });

  it('does not listen before anybody looks', () => {
    const session = counted(createTestSession({ user: ALICE }));
    const SignOut = {
      setup() {
        const { signOut } = useSession();
        return () => h('button', { onClick: () => signOut() });
      },
    };
    const page = mount(SignOut, session);
    expect(session.listeners()).toBe(0);
    expect(page.app.runWithContext(() => useUser()).value).toMatchObject(ALICE);
    expect(session.listeners()).toBe(1);
  });

  it('sees in the first look what has changed since the call', async () => {
    const session = createTestSession({ user: ALICE });
    const { app } = mount({ render: () => 'x' }, session);
    const user = app.runWithContext(() => useUser());
    await session.signOut();
    expect(user.value).toBeUndefined();
  });

  it('has its own session beside another on the same page, or the same', async () => {
    const sessions = [createTestSession({ user: ALICE }), createTestSession({ user: { sub: '2', name: 'Bob' } })];
    const [first, second] = sessions.map(counted);
    if (!first || !second) throw new Error('There are two.');
    const pages = [mount(Name, first), mount(Name, second), mount(Name, second)];
    expect(pages.map(({ text }) => text())).toEqual(['Hello Alice', 'Hello Bob', 'Hello Bob']);
    expect([first.listeners(), second.listeners()]).toEqual([1, 2]);
    await second.signOut();
    await nextTick();
    expect(pages.map(({ text }) => text())).toEqual(['Hello Alice', 'Hello undefined', 'Hello undefined']);
    pages[1]?.app.unmount();
    expect([first.listeners(), second.listeners()]).toEqual([1, 1]);
  });
});

describe('a scope', () => {
  it('ends what was made in it: a watcher, and what a component shows', async () => {
    const session = createTestSession({ user: ALICE });
    const { app } = mount({ render: () => 'x' }, session);
    const scope = effectScope(true);
    const seen: unknown[] = [];
    app.runWithContext(() =>
      scope.run(() => {
        const state = useSessionState();
        watch(state, ({ status }) => seen.push(status), { flush: 'sync' });
      }),
    );
    await session.signOut();
    expect(seen).toEqual(['signed-out']);
    scope.stop();
    await session.signIn({ username: 'alice', password: 'right' });
    expect(seen).toEqual(['signed-out']);
  });

  it('may end before the app that others look at', async () => {
    const session = createTestSession({ user: ALICE });
    const isShown = shallowRef(true);
    let renders = 0;
    const Counted = {
      setup() {
        const user = useUser();
        return () => {
          renders += 1;
          return user.value?.name;
        };
      },
    };
    const page = mount({ render: () => [isShown.value ? h(Counted) : '', h(Name)] }, session);
    isShown.value = false;
    await nextTick();
    await session.signOut();
    await nextTick();
    expect(renders).toBe(1);
    expect(page.text()).toBe('Hello undefined');
  });

  it('is kept by KeepAlive: what was away shows what is, when it comes back', async () => {
    const session = createTestSession({ user: ALICE });
    const isShown = shallowRef(true);
    let setups = 0;
    const Kept = {
      setup() {
        setups += 1;
        return Name.setup();
      },
    };
    const page = mount({ render: () => h(KeepAlive, () => (isShown.value ? h(Kept) : undefined)) }, session);
    expect(page.text()).toBe('Hello Alice');
    isShown.value = false;
    await nextTick();
    await session.signOut();
    isShown.value = true;
    await nextTick();
    expect(page.text()).toBe('Hello undefined');
    expect(setups).toBe(1);
  });
});

describe('a hot reload', () => {
  it('of the module that makes the session changes nothing: it is the one that is there (C47)', async () => {
    const make = () => createSession({ backend: {}, store: memoryStore(), name: 'vue-hot' });
    const session = counted(make());
    const page = mount(Name, session);
    const again = make();
    await again.signInWithTokens({ accessToken: 'opaque' });
    await nextTick();
    expect(page.app.runWithContext(() => useSessionState()).value).toBe(again.getState());
    expect(again.getState().status).toBe('signed-in');
    expect(session.listeners()).toBe(1);
    again.dispose();
  });

  it('of the binding itself finds the session that the one before was given', async () => {
    const session = createTestSession({ user: ALICE });
    const { app } = mount(Name, session);
    vi.resetModules();
    const reloaded = await import('latchkey/vue');
    expect(reloaded.useUser).not.toBe(useUser);
    expect(app.runWithContext(() => reloaded.useUser().value)).toMatchObject(ALICE);
  });
});
