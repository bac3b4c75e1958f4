import { createTestSession } from 'latchkey/testing';
import { sessionPlugin, useSession, useSessionState, useUser } from 'latchkey/vue';
import { describe, expect, it } from 'vitest';
import { type App, computed, createApp, h, isReadonly, isRef, nextTick, shallowRef } from 'vue';
import { mount } from './mount.ts';
import { expectNoComplaints } from './no-complaints.ts';

const ALICE = { sub: '1', name: 'Alice' };
const complaints = expectNoComplaints();

const Status = {
  setup() {
    const state = useSessionState();
    return () => state.value.status;
  },
};

const Name = {
  setup() {
    const user = useUser();
    return () => `Hello ${user.value?.name}`;
  },
};

describe('useSessionState()', () => {
  it('shows who is signed in from the first render', () => {
    const session = createTestSession({ user: ALICE });
    const shown: unknown[] = [];
    const page = mount(
      {
        setup() {
          const state = useSessionState();
          return () => {
            shown.push(state.value);
            return state.value.status;
          };
        },
      },
      session,
    );
    expect(page.text()).toBe('signed-in');
    expect(shown).toEqual([session.getState()]);
  });

  it('shows them at once also in a part that was kept, and is used again', async () => {
    const isShown = shallowRef(true);
    const shown: string[] = [];
    const kept = h({
      setup() {
        const state = useSessionState();
        return () => {
          shown.push(state.value.status);
          return 'page';
        };
      },
    });
    mount({ render: () => (isShown.value ? kept : 'away') }, createTestSession({ user: ALICE }));
    isShown.value = false;
    await nextTick();
    isShown.value = true;
    await nextTick();
    expect(shown).toEqual(['signed-in', 'signed-in']);
  });

  it('follows the session: restored, signed in, signed out elsewhere', async () => {
    const session = createTestSession({ restoring: true });
    const page = mount(Status, session);
    expect(page.text()).toBe('restoring');
    await session.finishRestoring();
    await nextTick();
    expect(page.text()).toBe('signed-out');
    await session.signIn({ username: 'alice', password: 'right' });
    await nextTick();
    expect(page.text()).toBe('signed-in');
    await session.signOutElsewhere();
    await nextTick();
    expect(page.text()).toBe('signed-out');
  });

  it('is a ref that nobody else can write, of the very object of the session', () => {
    const session = createTestSession({ user: ALICE });
    const { app } = mount(Status, session);
    const state = app.runWithContext(() => useSessionState());
    expect([isRef(state), isReadonly(state)]).toEqual([true, true]);
    expect(state.value).toBe(session.getState());
    (state as { value: unknown }).value = { status: 'signed-out' };
    expect(complaints.take()).toContain('readonly');
    expect(state.value.status).toBe('signed-in');
  });

  it('renders nothing anew but what uses the thing that changed', async () => {
    const session = createTestSession({ user: ALICE });
    const renders = { whole: 0, status: 0, none: 0 };
    const Whole = {
      setup() {
        const state = useSessionState();
        return () => {
          renders.whole += 1;
          return state.value.status;
        };
      },
    };
    const StatusAlone = {
      setup() {
        const state = useSessionState();
        const status = computed(() => state.value.status);
        return () => {
          renders.status += 1;
          return status.value;
        };
      },
    };
    const None = {
      setup() {
        const { signOut } = useSession();
        useUser();
        return () => {
          renders.none += 1;
          return h('button', { onClick: () => signOut() });
        };
      },
    };
    mount({ render: () => [h(Whole), h(StatusAlone), h(None)] }, session);
    expect(renders).toEqual({ whole: 1, status: 1, none: 1 });
    await session.refresh();
    await nextTick();
    expect(renders).toEqual({ whole: 2, status: 1, none: 1 });
    await session.signOut();
    await nextTick();
    expect(renders).toEqual({ whole: 3, status: 2, none: 1 });
  });
});

describe('useUser()', () => {
  it('is the user while one is signed in, else undefined', async () => {
    const session = createTestSession();
    const page = mount(Name, session);
    expect(page.text()).toBe('Hello undefined');
    await session.signInWithTokens(session.backend.tokensFor(ALICE));
    await nextTick();
    expect(page.text()).toBe('Hello Alice');
    await session.signOut();
    await nextTick();
    expect(page.text()).toBe('Hello undefined');
  });

  it('is what loadUser gave, the very object', () => {
    const profile = { name: 'Alice', roles: new Set(['admin']) };
    const session = createTestSession({ profile });
    const { app } = mount(Name, session);
    expect(app.runWithContext(() => useUser<typeof session>()).value).toBe(profile);
  });
});

describe('useSession()', () => {
  it('is the session of the app, wherever in it', () => {
    const session = createTestSession();
    const found: unknown[] = [];
    const Deep = {
      setup() {
        found.push(useSession());
        return () => 'deep';
      },
    };
    const { app } = mount({ render: () => h('div', h(Deep)) }, session);
    found.push(app.runWithContext(() => useSession()));
    expect(found).toEqual([session, session]);
  });
});

describe('without the plugin', () => {
  const CALLS: Readonly<Record<string, () => object>> = { useSession, useSessionState, useUser };
  const given = (app: App): App => app.use(sessionPlugin(undefined as never));
  const uncalled = (app: App): App => app.use(sessionPlugin as never, createTestSession());

  for (const [name, call] of Object.entries(CALLS)) {
    it(`${name}() says what to do, also where the plugin was given nothing, or was not called`, () => {
      for (const prepare of [(app: App) => app, given, uncalled]) {
        const app = prepare(createApp({ setup: call, render: () => 'x' }));
        expect(() => app.runWithContext(call)).toThrow('Call it in setup() after app.use(sessionPlugin(session)).');
      }
      // What Vue says of a plugin that is none is for the developer, too.
      complaints.take();
    });

    it(`${name}() says the same where there is no app, and Vue says why`, () => {
      expect(call).toThrow('Call it in setup() after app.use(sessionPlugin(session)).');
      expect(complaints.take()).toContain('inject() can only be used inside setup()');
    });
  }
});
