import { SignInRejectedError } from 'latchkey';
import { session } from '../session.ts';
import { find } from './dom.ts';

/** Signs in what is typed into the form. */
export function attachSignInForm(): void {
  const form = find('#sign-in', HTMLFormElement);
  const button = find('#sign-in button', HTMLButtonElement);
  const password = find('#sign-in [name=password]', HTMLInputElement);
  const problem = find('#problem', HTMLElement);
  let isBusy = false;

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    button.ariaBusy = 'true';
    problem.textContent = '';
    password.ariaInvalid = null;
    const fields = new FormData(form);
    try {
      await session.signIn(
        { username: String(fields.get('username')), password: String(fields.get('password')) },
        { remember: fields.has('remember') },
      );
      form.reset();
    } catch (error) {
      problem.textContent = explain(error);
      if (error instanceof SignInRejectedError) password.ariaInvalid = 'true';
    } finally {
      isBusy = false;
      button.ariaBusy = null;
    }
  });
}

function explain(error: unknown): string {
  if (error instanceof SignInRejectedError) return error.serverMessage ?? `The server said no (${error.status}).`;
  return error instanceof Error ? error.message : String(error);
}
