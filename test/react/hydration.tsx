import { SessionProvider, useSessionState, useUser } from 'latchkey/react';
import { createTestSession } from 'latchkey/testing';
import { act, type ReactNode, StrictMode, Suspense } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, it } from 'vitest';
import { hydrate } from './mount.tsx';
import { expectNoComplaints } from './no-complaints.ts';

const ALICE = { sub: '1', name: 'Alice' };

/** What becomes of a page that a server rendered, whatever the version of React. */
export function describeHydration(): void {
  const seen: string[] = [];

  expectNoComplaints();

  function Page(): ReactNode {
    const { status } = useSessionState();
    const { name } = useUser((user) => ({ name: user?.name }));
    seen.push(status);
    return <p>{`${status} ${name}`}</p>;
  }

  it('finds what the server rendered, though somebody is signed in, and then shows them', async () => {
    const html = renderToString(
      <SessionProvider session={createTestSession()}>
        <Page />
      </SessionProvider>,
    );
    expect(html).toBe('<p>restoring undefined</p>');
    seen.length = 0;
    const page = await hydrate(
      html,
      <SessionProvider session={createTestSession({ user: ALICE })}>
        <Page />
      </SessionProvider>,
    );
    expect(page.text()).toBe('signed-in Alice');
    expect(seen).toEqual(['restoring', 'signed-in']);
  });

  it('keeps the elements of the server', async () => {
    const session = createTestSession({ user: ALICE });
    const tree = (
      <StrictMode>
        <SessionProvider session={session}>
          <Page />
        </SessionProvider>
      </StrictMode>
    );
    const element = document.createElement('div');
    element.innerHTML = renderToString(tree);
    const page = await hydrate(element.innerHTML, tree);
    const [paragraph] = page.element.children;
    await act(() => session.signOut());
    expect(page.text()).toBe('signed-out undefined');
    expect(page.element.children[0]).toBe(paragraph);
  });

  it('hydrates a Suspense boundary whose session has changed meanwhile', async () => {
    const session = createTestSession({ user: ALICE });
    const tree = (
      <SessionProvider session={session}>
        <Suspense fallback="loading">
          <Page />
        </Suspense>
      </SessionProvider>
    );
    const html = renderToString(tree);
    await session.signOut();
    const page = await hydrate(html, tree);
    expect(page.text()).toBe('signed-out undefined');
  });
}
