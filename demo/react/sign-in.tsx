import { useSession, useSessionState } from 'latchkey/react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Navigate, useSearchParams } from 'react-router';
import { safeNext } from '../shared/next.ts';
import { problemText, reasonText } from '../shared/texts.ts';

export function SignIn(): ReactNode {
  const session = useSession();
  const state = useSessionState();
  const [query] = useSearchParams();
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    const form = new FormData(event.currentTarget);
    setProblem('');
    setBusy(true);
    try {
      await session.signIn({ username: String(form.get('username')), password: String(form.get('password')) });
    } catch (error) {
      setProblem(problemText(error));
    } finally {
      setBusy(false);
    }
  }

  // Here, in this form, or in another tab.
  if (state.status === 'signed-in') return <Navigate to={safeNext(query.get('next'))} replace />;
  const reason = state.status === 'signed-out' ? state.reason : undefined;
  return (
    <main className="narrow">
      <h1>Sign in</h1>
      {reason && (
        <p role="status" className="ended">
          {reasonText(reason)}
        </p>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <label>
          User name <input name="username" autoComplete="username" autoCapitalize="none" required />
        </label>
        <label>
          Password <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <p role="alert" className="problem">
          {problem}
        </p>
        <button type="submit" aria-busy={isBusy}>
          Sign in
        </button>
      </form>
      <p>
        <small>
          Try <code>alice</code> with <code>alice-pass-1</code>. Any other password shows what the server says.
        </small>
      </p>
    </main>
  );
}
