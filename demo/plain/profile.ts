import { profileRows } from '../shared/profile.ts';
import { session } from '../shared/session.ts';
import { button, element } from './element.ts';
import type { State, View } from './view.ts';

/** Who is signed in. */
export function createProfile(state: State): View {
  const rows = element('dl');
  function update(now: State): void {
    if (now.status !== 'signed-in') return;
    rows.replaceChildren(
      ...profileRows(now.user, now.tokenExpiresAt).map(([name, value]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, value)),
      ),
    );
  }
  update(state);
  const everywhere = button('Sign out everywhere', () => void session.signOut({ everywhere: true }), {
    class: 'quiet',
  });
  const hint = element('small', {}, 'Ends your sessions on all devices.');
  return { main: element('main', {}, element('h1', {}, 'Profile'), rows, everywhere, element('p', {}, hint)), update };
}
