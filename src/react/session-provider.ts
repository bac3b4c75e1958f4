'use client';
import { type Context, createContext, createElement, type ReactElement, type ReactNode } from 'react';
import type { AnySession } from '../session/any-session.ts';

/** What `SessionProvider` takes. */
export interface SessionProviderProps {
  /** That of `createSession`, made once and outside of components; in a test, that of `createTestSession`. */
  readonly session: AnySession;
  readonly children?: ReactNode;
}

/** Where the hooks find the session. There is no default: on a server, users would meet in it. */
export const SessionContext: Context<AnySession | undefined> = createContext<AnySession | undefined>(undefined);

/**
 * Gives a session to the hooks of all components below. It neither makes nor disposes of it, so that mounting it twice,
 * as StrictMode and hot reloads do, changes nothing (C47). Of two, one inside the other, the inner one counts.
 *
 * @example
 * createRoot(element).render(<SessionProvider session={session}><App /></SessionProvider>)
 */
export function SessionProvider({ session, children }: SessionProviderProps): ReactElement {
  return createElement(SessionContext.Provider, { value: session }, children);
}
