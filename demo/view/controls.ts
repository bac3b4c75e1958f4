import { command, reasonAgainst, sendIn, toggleClock, toggleOffline } from '../controls.ts';
import { signInCopied } from '../copied.ts';
import { isClockWrong, isOffline, watchDevice } from '../device.ts';
import { session, signIn } from '../session.ts';
import { pageUrl, server } from '../settings.ts';
import { find, onClick } from './dom.ts';
import { say } from './say.ts';
import { sayWhenDone } from './score.ts';

/** Makes the buttons work: what the app does, what the server does, and what happens to the device. */
export function attachControls(): void {
  const everywhere = find('#everywhere', HTMLInputElement);
  for (const count of [1, 20, 1000]) {
    // Not awaited: whoever clicks twice wants twice as many.
    onClick(`#send-${count}`, () => {
      sayWhenDone();
      sendIn(everywhere.checked, count);
    });
  }
  onClick('#expire', async () => say(await command('expire')));
  onClick('#revoke', async () => say(await command('revoke-all')));
  onClick('#outage', async () => say(await command('outage')));
  onClick('#late', async () => {
    const button = find('#late', HTMLButtonElement);
    const isOn = button.ariaPressed !== 'true';
    say(await command(isOn ? 'late' : 'prompt'));
    button.ariaPressed = String(isOn);
  });
  onClick('#offline', () => {
    say(toggleOffline());
    showToggles();
  });
  onClick('#clock', () => {
    say(toggleClock());
    showToggles();
  });
  onClick('#open-tab', () => void open(pageUrl(), '_blank', 'noopener'));
  // Opened by this page, it begins with a copy of its sessionStorage: that is what "duplicate tab" does.
  onClick('#duplicate-tab', () => void open(pageUrl(), '_blank'));
  onClick('#switch-user', switchUser);
  for (const button of document.querySelectorAll<HTMLButtonElement>('#controls button')) explain(button);
  watchDevice(showToggles);
  showToggles();
  find('#late', HTMLButtonElement).ariaPressed = String(
    server === 'page' && localStorage.getItem('latchkey-demo-prompt') === null,
  );
}

/** Shows which of the lasting faults are on. */
export function showToggles(): void {
  find('#offline', HTMLButtonElement).ariaPressed = String(isOffline());
  find('#clock', HTMLButtonElement).ariaPressed = String(isClockWrong());
}

/** Somebody else signs in, over the session that is there. */
async function switchUser(): Promise<void> {
  const state = session.getState();
  const { username, user_id, sub } = state.status === 'signed-in' ? state.user : {};
  const isAlice = username === 'alice' || sub === 'alice' || user_id === '1' || user_id === 1;
  const other = isAlice ? 'bob' : 'alice';
  try {
    await Promise.all([signIn({ username: other, password: `${other}-pass-1` }, true), signInCopied(other)]);
    say(`${other} is signed in now, in every tab.`);
  } catch (error) {
    say(`Nobody else could sign in: ${error instanceof Error ? error.message : error}`);
  }
}

/** A button that does nothing here says why. */
function explain(button: HTMLButtonElement): void {
  const reason = reasonAgainst(button.id);
  if (reason === undefined) return;
  button.disabled = true;
  button.title = reason;
  button.ariaDescription = reason;
}
