'use client';
import { useSessionState } from 'latchkey/react';
import { useState } from 'react';
import { API, authorizedFetch, session } from './session.js';

export function Greeting() {
  const status = useSessionState((state) => state.status);
  const [name, setName] = useState('');

  async function signIn() {
    await session.signIn({ username: 'alice', password: 'alice-pass-1' });
    const answer = await authorizedFetch(`${API}/api/me/`);
    setName((await answer.json()).username);
  }

  if (status === 'restoring') return <p>One moment …</p>;
  if (status === 'signed-out') {
    return (
      <button type="button" onClick={signIn}>
        Sign in
      </button>
    );
  }
  return <p>Hello {name}</p>;
}
