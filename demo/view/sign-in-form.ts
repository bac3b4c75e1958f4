import { SignInRejectedError } from 'latchkey';
import { signInCopied } from '../copied.ts';
import { signIn } from '../session.ts';
import { server } from '../settings.ts';
import { find } from './dom.ts';

/** Signs in what is typed into the form. Where a provider asks for the password, the form has a button alone. */
export function attachSignInForm(): void {
  const form = find('#sign-in', HTMLFormElement);
  const button = find('#sign-in button', HTMLButtonElement);
  const password = find('#sign-in [name=password]', HTMLInputElement);
  const problem = find('#problem', HTMLElement);
  const fieldset = find('#credentials', HTMLFieldSetElement);
  let isBusy = false;
  fieldset.hidden = fieldset.disabled = server === 'oidc';
  find('#provider-hint', HTMLElement).hidden = server !== 'oidc';

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    button.ariaBusy = 'true';
    problem.textContent = '';
    password.ariaInvalid = null;
    const fields = new FormData(form);
    const username = String(fields.get('username'));
    try {
      await signIn({ username, password: String(fields.get('password')) }, fields.has('remember'));
      form.reset();
      await signInCopied(username);
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
