import { useSession, useSessionState, useUser } from 'latchkey/react';
import type { ReactNode } from 'react';
import { NavLink } from 'react-router';

export function Header(): ReactNode {
  const session = useSession();
  const isSignedIn = useSessionState(({ status }) => status === 'signed-in');
  const name = useUser((user) => user?.username);
  return (
    <header>
      <p className="brand">
        <a href="../">latchkey</a> in React
      </p>
      {isSignedIn && (
        <>
          <nav aria-label="Pages of the app">
            <NavLink to="/items">Items</NavLink>
            <NavLink to="/profile">Profile</NavLink>
          </nav>
          <p className="who">
            Signed in as <strong>{name}</strong>
          </p>
          <button type="button" className="quiet" onClick={() => void session.signOut()}>
            Sign out
          </button>
        </>
      )}
    </header>
  );
}
