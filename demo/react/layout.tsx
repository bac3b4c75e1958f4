import type { ReactNode } from 'react';
import { Outlet } from 'react-router';
import { RESTORING } from '../shared/texts.ts';
import { Header } from './header.tsx';
import { IdleWarning } from './idle-warning.tsx';

/** What every page has. */
export function Layout(): ReactNode {
  return (
    <>
      <Header />
      <Outlet />
      <IdleWarning />
    </>
  );
}

/** Until it is known who is signed in. */
export function Restoring(): ReactNode {
  return (
    <main>
      <p role="status" aria-busy="true">
        {RESTORING}
      </p>
    </main>
  );
}
