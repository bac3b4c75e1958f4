import { type Backend, createSession, memoryStore, type Session } from 'latchkey';
import { SessionProvider, useSession, useSessionState, useUser } from 'latchkey/react';
import { createTestSession } from 'latchkey/testing';
import { act, memo, type ReactNode, StrictMode, useState } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { counted } from '../support/counted.ts';
import { mount } from './mount.tsx';
import { expectNoComplaints } from './no-complaints.ts';

const ALICE = { sub: '1', name: 'Alice' };

function Status(): ReactNode {
  return useSessionState(({ status }) => status);
}

/** Where the hooks find the session, and what they leave behind, whatever the version of React. */
export function describeProvider(): void {
  const { forgive } = expectNoComplaints();

  describe('useSession()', () => {
    it('is the session of the provider, and renders nothing again', async () => {
      const session = createTestSession();
      const seen: unknown[] = [];
      function Page(): ReactNode {
        seen.push(useSession());
        return null;
      }
      await mount(
        <SessionProvider session={session}>
          <Page />
        </SessionProvider>,
      );
      await act(() => session.signIn({ username: 'alice', password: 'right' }));
      expect(seen).toEqual([session]);
      expect(seen[0]).toBe(session);
    });

    it.each([
      ['useSession', () => void useSession()],
      ['useSessionState', () => void useSessionState()],
      ['useUser', () => void useUser()],
    ])('says what is missing where there is no provider: %s', async (_, hook) => {
      function Page(): ReactNode {
        hook();
        return null;
      }
      await expect(mount(<Page />)).rejects.toThrow('put <SessionProvider session={session}> around your app');
      forgive();
    });
  });

  describe('SessionProvider', () => {
    it('gives way to one that is nearer', async () => {
      const outer = createTestSession({ user: ALICE });
      const inner = createTestSession();
      const page = await mount(
        <SessionProvider session={outer}>
          <Status />
          <SessionProvider session={inner}>
            , <Status />
          </SessionProvider>
        </SessionProvider>,
      );
      expect(page.text()).toBe('signed-in, signed-out');
    });

    it('takes another session: the one before is listened to no more', async () => {
      const [first, second] = [counted(createTestSession({ user: ALICE })), counted(createTestSession())];
      const page = await mount(
        <SessionProvider session={first}>
          <Status />
        </SessionProvider>,
      );
      await page.render(
        <SessionProvider session={second}>
          <Status />
        </SessionProvider>,
      );
      expect(page.text()).toBe('signed-out');
      expect([first.listeners(), second.listeners()]).toEqual([0, 1]);
    });

    it('leaves no listener behind when the app is unmounted', async () => {
      const session = counted(createTestSession({ user: ALICE }));
      const page = await mount(
        <SessionProvider session={session}>
          <Status />
          <Status />
        </SessionProvider>,
      );
      expect(session.listeners()).toBe(2);
      await page.unmount();
      expect(session.listeners()).toBe(0);
      expect(session.getState().status).toBe('signed-in');
    });

    it('may be mounted twice, as StrictMode does: one listener for each component, and none afterwards (C47)', async () => {
      const session = counted(createTestSession({ user: ALICE }));
      const page = await mount(
        <StrictMode>
          <SessionProvider session={session}>
            <Status />
          </SessionProvider>
        </StrictMode>,
      );
      expect(session.listeners()).toBe(1);
      await act(() => session.signOut());
      expect(page.text()).toBe('signed-out');
      await page.unmount();
      expect(session.listeners()).toBe(0);
    });
  });

  describe('a session that is made again', () => {
    type Made = Session<{ readonly name: string }>;
    const sessions = new Set<Made>();
    /** As the module of an app does when it runs once more. */
    function make(patience = 10_000): Made {
      const backend: Backend<{ readonly name: string }> = {
        signIn: async ({ name }) => ({ accessToken: name, idToken: `e30.${btoa(JSON.stringify({ sub: name }))}.` }),
      };
      const session = createSession({ backend, store: memoryStore(), name: 'hot', patience });
      sessions.add(session);
      return session;
    }
    afterEach(() => {
      for (const session of sessions) session.dispose();
      sessions.clear();
    });

    it('in a component that StrictMode renders twice is one (C47)', async () => {
      let made = 0;
      function App(): ReactNode {
        const [session] = useState(() => {
          made += 1;
          return make();
        });
        return (
          <SessionProvider session={session}>
            <Status />
          </SessionProvider>
        );
      }
      await mount(
        <StrictMode>
          <App />
        </StrictMode>,
      );
      expect(made).toBe(2);
      expect(sessions.size).toBe(1);
    });

    it('by a hot reload is the one that was there: the user stays, and nothing is rendered again (C47)', async () => {
      const session = make();
      await session.signIn({ name: 'alice' });
      let renders = 0;
      const Page = memo(function Page(): ReactNode {
        renders += 1;
        return useUser((user) => String(user?.sub));
      });
      const page = await mount(
        <SessionProvider session={session}>
          <Page />
        </SessionProvider>,
      );
      const again = make();
      await page.render(
        <SessionProvider session={again}>
          <Page />
        </SessionProvider>,
      );
      expect(again).toBe(session);
      expect(page.text()).toBe('alice');
      expect(renders).toBe(1);
    });

    it('in another way takes its place in the view, too (C47)', async () => {
      const session = make();
      await session.ready;
      const page = await mount(
        <SessionProvider session={session}>
          <Status />
        </SessionProvider>,
      );
      const edited = make(5000);
      await page.render(
        <SessionProvider session={edited}>
          <Status />
        </SessionProvider>,
      );
      await act(() => edited.signIn({ name: 'alice' }));
      expect(page.text()).toBe('signed-in');
    });
  });
}
