'use client';
import { SessionProvider } from 'latchkey/react';
import { session } from './session.js';

/** A session is made of functions, so it is no property that a server could hand over: the client's own module makes it. */
export function Providers({ children }) {
  return <SessionProvider session={session}>{children}</SessionProvider>;
}
