import { SessionProvider, useSessionState } from 'latchkey/react';
import { createTestSession } from 'latchkey/testing';
import { act, type ReactNode, Suspense, startTransition, useLayoutEffect, useState } from 'react';
import { expect, it } from 'vitest';
import { mount } from './mount.tsx';
import { expectNoComplaints } from './no-complaints.ts';

const ALICE = { sub: '1', name: 'Alice' };

function Status(): ReactNode {
  return useSessionState(({ status }) => status);
}

/** What happens where React renders in pieces, or waits, whatever its version. */
export function describeConcurrent(): void {
  expectNoComplaints();

  it('never shows two answers at once: a change in the middle of a transition is everywhere, or nowhere', async () => {
    const session = createTestSession({ user: ALICE });
    const commits: string[] = [];
    let open = (): void => {};
    function Change(): ReactNode {
      // As an event would that comes while React lets the browser breathe.
      if (session.getState().status === 'signed-in') void session.signOut();
      return ', ';
    }
    function Page({ element }: { readonly element: () => HTMLElement }): ReactNode {
      const [isOpen, setOpen] = useState(false);
      open = () => setOpen(true);
      useLayoutEffect(() => {
        commits.push(element().textContent ?? '');
      });
      if (!isOpen) return 'closed';
      return (
        <>
          <Status />
          <Change />
          <Status />
        </>
      );
    }
    const page = await mount(
      <SessionProvider session={session}>
        <Page element={() => document.body} />
      </SessionProvider>,
    );
    await act(async () => startTransition(open));
    expect(page.text()).toBe('signed-out, signed-out');
    expect(commits).not.toContain('signed-in, signed-out');
  });

  it('goes on behind a Suspense boundary: what comes out of it is the state of then', async () => {
    const session = createTestSession({ user: ALICE });
    let resolve = (): void => {};
    let isThere = false;
    const loaded = new Promise<void>((done) => {
      resolve = () => {
        isThere = true;
        done();
      };
    });
    function Slow(): ReactNode {
      const status = useSessionState((state) => state.status);
      if (!isThere) throw loaded;
      return status;
    }
    const page = await mount(
      <SessionProvider session={session}>
        <Suspense fallback="loading">
          <Slow />
        </Suspense>
      </SessionProvider>,
    );
    expect(page.text()).toBe('loading');
    await act(() => session.signOut());
    await act(async () => resolve());
    expect(page.text()).toBe('signed-out');
  });

  it('suspends nothing by itself while the session is restored', async () => {
    const session = createTestSession({ restoring: true });
    const page = await mount(
      <SessionProvider session={session}>
        <Suspense fallback="loading">
          <Status />
        </Suspense>
      </SessionProvider>,
    );
    expect(page.text()).toBe('restoring');
  });
}
