// @vitest-environment node
import { createSession, localStorageStore } from 'latchkey';
import { createTestSession } from 'latchkey/testing';
import { useSession, useSessionState, useUser } from 'latchkey/vue';
import { describe, expect, it } from 'vitest';
import { h } from 'vue';
import { counted } from '../support/counted.ts';
import { expectNoComplaints } from './no-complaints.ts';
import { renderOnServer } from './on-server.ts';

const ALICE = { sub: '1', name: 'Alice' };
expectNoComplaints();

const Page = {
  async setup() {
    const state = useSessionState();
    const user = useUser();
    await Promise.resolve();
    return () => h('p', `${state.value.status} ${user.value?.name}`);
  },
};

describe('a server', () => {
  it('renders that nobody knows yet, whoever is signed in: what is sent is the same for all (C47)', async () => {
    const sessions = [createTestSession({ user: ALICE }), createTestSession({ user: { sub: '2', name: 'Bob' } })];
    const pages = await Promise.all(sessions.map((session) => renderOnServer(Page, session)));
    expect(pages).toEqual(['<p>restoring undefined</p>', '<p>restoring undefined</p>']);
  });

  it('listens to nothing, before it renders or while it does: nobody would ever end it (C47)', async () => {
    const session = counted(createTestSession({ user: ALICE }));
    let inGuard: string | undefined;
    await renderOnServer(Page, session, (app) => {
      inGuard = app.runWithContext(() => `${useSessionState().value.status} ${useUser().value?.name}`);
    });
    expect(inGuard).toBe('restoring undefined');
    expect(session.listeners()).toBe(0);
  });

  it('shares nothing between two requests, though both make a session of one name, and leaves nothing (C47)', async () => {
    const before = Reflect.ownKeys(globalThis);
    const seen: { readonly session: unknown; readonly state: unknown }[] = [];
    const Spy = {
      setup() {
        seen.push({ session: useSession(), state: useSessionState().value });
        return () => 'x';
      },
    };
    const make = () => createSession({ backend: {}, store: localStorageStore() });
    await Promise.all([renderOnServer(Spy, make()), renderOnServer(Spy, make())]);
    expect(seen).toHaveLength(2);
    expect(seen[0]?.session).not.toBe(seen[1]?.session);
    expect(seen[0]?.state).not.toBe(seen[1]?.state);
    expect(Reflect.ownKeys(globalThis)).toEqual(before);
  });
});
