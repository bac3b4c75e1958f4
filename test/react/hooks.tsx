import { SessionProvider, useSessionState, useUser } from 'latchkey/react';
import { createTestSession } from 'latchkey/testing';
import { act, Component, type ReactNode, version } from 'react';
import { describe, expect, it } from 'vitest';
import { mount } from './mount.tsx';
import { expectNoComplaints } from './no-complaints.ts';

const ALICE = { sub: '1', name: 'Alice', role: 'admin' };

function Status(): ReactNode {
  return useSessionState(({ status }) => status);
}

/** What the hooks show, and when they render again, whatever the version of React: a file for each runs them all. */
export function describeHooks(react: RegExp): void {
  const { forgive } = expectNoComplaints();

  it('are tested with that version', () => {
    expect(version).toMatch(react);
  });

  describe('useSessionState()', () => {
    it('shows who is signed in from the first render, without an effect', async () => {
      const session = createTestSession({ user: ALICE });
      const shown: unknown[] = [];
      function Page(): ReactNode {
        const state = useSessionState();
        shown.push(state);
        return state.status;
      }
      const page = await mount(
        <SessionProvider session={session}>
          <Page />
        </SessionProvider>,
      );
      expect(page.text()).toBe('signed-in');
      expect(shown).toEqual([session.getState()]);
    });

    it('follows the session: restored, signed out elsewhere, signed in', async () => {
      const session = createTestSession({ restoring: true });
      const page = await mount(
        <SessionProvider session={session}>
          <Status />
        </SessionProvider>,
      );
      expect(page.text()).toBe('restoring');
      await act(() => session.finishRestoring());
      expect(page.text()).toBe('signed-out');
      await act(() => session.signIn({ username: 'alice', password: 'right' }));
      expect(page.text()).toBe('signed-in');
      await act(() => session.signOutElsewhere());
      expect(page.text()).toBe('signed-out');
    });

    it('says why nobody is signed in any more', async () => {
      const session = createTestSession({ user: ALICE });
      function Why(): ReactNode {
        const state = useSessionState();
        return state.status === 'signed-out' ? state.reason : '';
      }
      const page = await mount(
        <SessionProvider session={session}>
          <Why />
        </SessionProvider>,
      );
      await act(() => session.signOutElsewhere('idle'));
      expect(page.text()).toBe('idle');
    });

    it('renders again only when what was selected is another, also where the selector is written inline', async () => {
      const session = createTestSession({ user: ALICE });
      const renders = { status: 0, whole: 0 };
      function Selected(): ReactNode {
        renders.status += 1;
        return useSessionState((state) => state.status);
      }
      function Whole(): ReactNode {
        renders.whole += 1;
        return useSessionState().status;
      }
      await mount(
        <SessionProvider session={session}>
          <Selected />
          <Whole />
        </SessionProvider>,
      );
      await act(() => session.clock.advance(1000));
      await act(() => session.refresh());
      expect(renders).toEqual({ status: 1, whole: 2 });
      await act(() => session.signOut());
      expect(renders).toEqual({ status: 2, whole: 3 });
    });

    it('takes an inline selector that makes an object, and does not render for ever', async () => {
      const session = createTestSession({ user: ALICE });
      let renders = 0;
      function Page(): ReactNode {
        renders += 1;
        const { isIn } = useSessionState((state) => ({ isIn: state.status === 'signed-in' }));
        return String(isIn);
      }
      const page = await mount(
        <SessionProvider session={session}>
          <Page />
        </SessionProvider>,
      );
      expect(page.text()).toBe('true');
      expect(renders).toBe(1);
      await act(() => session.signOut());
      expect(page.text()).toBe('false');
      expect(renders).toBe(2);
    });

    it('gives the same object as long as the state and the selector are the same', async () => {
      const session = createTestSession({ user: ALICE });
      const seen = new Set<unknown>();
      const select = ({ status }: { readonly status: string }): object => ({ status });
      function Page({ count }: { readonly count: number }): ReactNode {
        seen.add(useSessionState(select));
        return count;
      }
      const page = await mount(
        <SessionProvider session={session}>
          <Page count={1} />
        </SessionProvider>,
      );
      await page.render(
        <SessionProvider session={session}>
          <Page count={2} />
        </SessionProvider>,
      );
      expect(page.text()).toBe('2');
      expect(seen.size).toBe(1);
    });

    it('hands what a selector throws to the error boundary', async () => {
      const session = createTestSession({ user: ALICE });
      class Boundary extends Component<{ readonly children: ReactNode }> {
        static getDerivedStateFromError = (error: Error) => ({ message: error.message });
        override state = { message: '' };
        override render(): ReactNode {
          return this.state.message || this.props.children;
        }
      }
      function Page(): ReactNode {
        return useSessionState((state) => {
          if (state.status === 'signed-out') throw new Error('mine');
          return state.status;
        });
      }
      const page = await mount(
        <SessionProvider session={session}>
          <Boundary>
            <Page />
          </Boundary>
        </SessionProvider>,
      );
      await act(() => session.signOut());
      expect(page.text()).toBe('mine');
      forgive();
    });
  });

  describe('useUser()', () => {
    function Name(): ReactNode {
      return String(useUser()?.name);
    }

    it('is the user, and undefined when there is none', async () => {
      const session = createTestSession({ user: ALICE });
      const page = await mount(
        <SessionProvider session={session}>
          <Name />
        </SessionProvider>,
      );
      expect(page.text()).toBe('Alice');
      await act(() => session.signOut());
      expect(page.text()).toBe('undefined');
    });

    it('is what loadUser gave', async () => {
      const session = createTestSession({ profile: { name: 'Alice of the profile' } });
      const page = await mount(
        <SessionProvider session={session}>
          <Name />
        </SessionProvider>,
      );
      expect(page.text()).toBe('Alice of the profile');
    });

    it('renders again only when what was selected of the user is another', async () => {
      const session = createTestSession({ user: ALICE });
      let renders = 0;
      function Page(): ReactNode {
        renders += 1;
        return useUser((user) => String(user?.name));
      }
      const page = await mount(
        <SessionProvider session={session}>
          <Page />
        </SessionProvider>,
      );
      await act(() => session.refresh());
      expect(renders).toBe(1);
      await act(() => session.signInWithTokens(session.backend.tokensFor({ sub: '1', name: 'Alice B.' })));
      expect(page.text()).toBe('Alice B.');
      expect(renders).toBe(2);
    });

    it('does not render again for new tokens of a user who is the same, even where the selector makes an object', async () => {
      const session = createTestSession({ profile: ALICE });
      let renders = 0;
      function Page(): ReactNode {
        renders += 1;
        return useUser((user) => ({ name: user?.name })).name as string;
      }
      await mount(
        <SessionProvider session={session}>
          <Page />
        </SessionProvider>,
      );
      const before = session.getState();
      await act(() => session.clock.advance(1000));
      await act(() => session.refresh());
      expect(session.getState()).not.toBe(before);
      expect(renders).toBe(1);
    });

    it('lets a selector use what the component was given', async () => {
      const session = createTestSession({ user: ALICE });
      function Field({ name }: { readonly name: 'name' | 'role' }): ReactNode {
        return useUser((user) => String(user?.[name]));
      }
      const page = await mount(
        <SessionProvider session={session}>
          <Field name="name" />
        </SessionProvider>,
      );
      await page.render(
        <SessionProvider session={session}>
          <Field name="role" />
        </SessionProvider>,
      );
      expect(page.text()).toBe('admin');
    });
  });
}
