import { session } from '../shared/session.ts';
import { problemText, reasonText } from '../shared/texts.ts';
import { element } from './element.ts';
import type { State, View } from './view.ts';

/** The form, and why it is there. What follows a sign-in is shown by whoever watches the state. */
export function createSignIn(state: State): View {
  const reason = state.status === 'signed-out' ? reasonText(state.reason) : '';
  const username = element('input', {
    name: 'username',
    autocomplete: 'username',
    autocapitalize: 'none',
    required: '',
  });
  const password = element('input', {
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
    required: '',
  });
  const problem = element('p', { role: 'alert', class: 'problem' });
  const submit = element('button', { type: 'submit', 'aria-busy': 'false' }, 'Sign in');
  const form = element(
    'form',
    {},
    element('label', {}, 'User name ', username),
    element('label', {}, 'Password ', password),
    problem,
    submit,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (submit.ariaBusy === 'true') return;
    submit.ariaBusy = 'true';
    problem.textContent = '';
    try {
      await session.signIn({ username: username.value, password: password.value });
    } catch (error) {
      problem.textContent = problemText(error);
    }
    submit.ariaBusy = 'false';
  });
  const hint = element('small');
  hint.append('Try ', element('code', {}, 'alice'), ' with ', element('code', {}, 'alice-pass-1'));
  hint.append('. Any other password shows what the server says.');
  const ended = reason === '' ? [] : [element('p', { role: 'status', class: 'ended' }, reason)];
  return {
    main: element('main', { class: 'narrow' }, element('h1', {}, 'Sign in'), ...ended, form, element('p', {}, hint)),
  };
}
