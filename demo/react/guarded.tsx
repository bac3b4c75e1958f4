import { useSessionState } from 'latchkey/react';
import type { ReactNode } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { signInQuery } from '../shared/next.ts';

/** Takes a page away in the moment in which the session ends, here or elsewhere. The loader has let the user in. */
export function Guarded(): ReactNode {
  const state = useSessionState();
  const { pathname, search } = useLocation();
  if (state.status === 'signed-in') return <Outlet />;
  const reason = state.status === 'signed-out' ? state.reason : undefined;
  return <Navigate to={`/sign-in${signInQuery(pathname + search, reason)}`} replace />;
}
