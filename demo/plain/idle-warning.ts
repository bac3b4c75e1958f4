import { idleEnd } from '../shared/idle.ts';
import { session } from '../shared/session.ts';
import { idleText } from '../shared/texts.ts';
import { button, element } from './element.ts';
import type { State } from './view.ts';

/** Asks whether the user is still there, while it is due. Whatever they do is an answer; the state then takes the end back. */
export function createIdleWarning(app: HTMLElement): (state: State) => void {
  const text = element('p');
  const stay = button('Stay signed in', () => session.extend());
  const title = element('h2', { id: 'idle-title' }, 'Are you still there?');
  const dialog = element('dialog', { 'aria-labelledby': 'idle-title' }, element('article', {}, title, text, stay));
  return (state) => {
    const endsAt = idleEnd(state);
    if (endsAt === undefined) {
      dialog.close();
      dialog.remove();
      return;
    }
    text.textContent = idleText(endsAt);
    if (dialog.open) return;
    app.append(dialog);
    dialog.showModal();
  };
}
