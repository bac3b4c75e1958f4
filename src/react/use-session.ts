'use client';
import { useContext } from 'react';
import type { AnySession } from '../session/any-session.ts';
import type { RegisteredSession } from '../session/register.ts';
import { SessionContext } from './session-provider.ts';

/**
 * The session of the nearest `SessionProvider`, to sign in and out with: the same object in every render. It re-renders
 * nothing; for what to show, take `useSessionState` or `useUser`.
 *
 * The app's `Register` says what type it has. Without one, or with a second session, say it here:
 * `useSession<typeof session>()`.
 *
 * @throws {Error} When there is no `SessionProvider` above, naming the fix.
 */
export function useSession(): RegisteredSession;
export function useSession<Given extends AnySession>(): Given;
export function useSession(): AnySession {
  const session = useContext(SessionContext);
  if (!session) throw new Error('No session here: put <SessionProvider session={session}> around your app.');
  return session;
}
