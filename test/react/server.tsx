import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createSession, localStorageStore, type Session } from 'latchkey';
import { SessionProvider, useSession, useSessionState, useUser } from 'latchkey/react';
import { createTestSession } from 'latchkey/testing';
import { type ReactNode, Suspense } from 'react';
import { renderToPipeableStream, renderToString } from 'react-dom/server';
import { expect, it } from 'vitest';
import { expectNoComplaints } from './no-complaints.ts';

/** What a server does, whatever the version of React. */
export function describeServer(): void {
  expectNoComplaints();

  function Page(): ReactNode {
    const user = useUser((who) => ({ name: who?.name }));
    return <p>{`${useSessionState().status} ${user.name}`}</p>;
  }

  it('renders that nobody knows yet, whoever is signed in: what is sent is the same for all (C47)', () => {
    const html = (session: Session<never, unknown>) =>
      renderToString(
        <SessionProvider session={session}>
          <Page />
        </SessionProvider>,
      );
    expect(html(createTestSession({ user: { sub: '1', name: 'Alice' } }))).toBe('<p>restoring undefined</p>');
    expect(html(createTestSession())).toBe('<p>restoring undefined</p>');
  });

  it('streams the same', async () => {
    const session = createTestSession({ user: { sub: '1', name: 'Alice' } });
    const html = await new Promise<string>((resolve, reject) => {
      const stream = renderToPipeableStream(
        <SessionProvider session={session}>
          <Suspense fallback="loading">
            <Page />
          </Suspense>
        </SessionProvider>,
        { onAllReady: () => void text(stream.pipe(new PassThrough())).then(resolve, reject), onError: reject },
      );
    });
    expect(html).toContain('<p>restoring undefined</p>');
    expect(html).not.toContain('Alice');
    expect(html).not.toContain('loading');
  });

  it('shares nothing between two requests, though both make a session of one name, and leaves nothing (C47)', () => {
    const before = Reflect.ownKeys(globalThis);
    const seen: unknown[] = [];
    function Spy(): ReactNode {
      seen.push(useSession());
      return null;
    }
    for (const backend of [{}, {}]) {
      const session = createSession({ backend, store: localStorageStore() });
      renderToString(
        <SessionProvider session={session}>
          <Spy />
        </SessionProvider>,
      );
    }
    expect(seen).toHaveLength(2);
    expect(seen[0]).not.toBe(seen[1]);
    expect(Reflect.ownKeys(globalThis)).toEqual(before);
  });

  it('comes to an end with the session of a module, which knows of nobody there', async () => {
    const session = createSession({ backend: {}, store: localStorageStore() });
    await session.ready;
    expect(session.getState()).toEqual({ status: 'signed-out' });
  });

  it('subscribes to nothing while it renders', () => {
    const session = createTestSession({ user: { sub: '1' } });
    let listeners = 0;
    const subscribe: typeof session.subscribe = (listener) => {
      listeners += 1;
      return session.subscribe(listener);
    };
    renderToString(
      <SessionProvider session={{ ...session, subscribe }}>
        <Page />
      </SessionProvider>,
    );
    expect(listeners).toBe(0);
  });
}
