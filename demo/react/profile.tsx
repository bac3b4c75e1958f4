import { useSession, useSessionState } from 'latchkey/react';
import type { ReactNode } from 'react';
import { profileRows } from '../shared/profile.ts';

export function Profile(): ReactNode {
  const session = useSession();
  const state = useSessionState();
  if (state.status !== 'signed-in') return null;
  return (
    <main>
      <h1>Profile</h1>
      <dl>
        {profileRows(state.user, state.tokenExpiresAt).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="quiet" onClick={() => void session.signOut({ everywhere: true })}>
        Sign out everywhere
      </button>
      <p>
        <small>Ends your sessions on all devices.</small>
      </p>
    </main>
  );
}
