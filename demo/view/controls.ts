import { send } from '../requests.ts';
import { isDjango } from '../session.ts';
import { find, onClick } from './dom.ts';
import { log } from './event-log.ts';
import { showRequest } from './request-table.ts';

const EXPIRE_HINT = 'It refuses them from now on, and the page does not know.';
const OUTAGE_HINT =
  'It refuses the access tokens, and answers every refresh with 503: requests wait, and nobody is signed out.';
const DJANGO_OUTAGE_HINT = 'Only the server inside the page fails when it is told to.';
const REVOKE_HINT = 'It refuses both tokens from now on: the next request ends the session.';
// SimpleJWT asks nobody whether an access token is still good: it reads the token, and that is all.
const DJANGO_EXPIRE_HINT = 'SimpleJWT cannot take an access token back: wait until it expires.';
const DJANGO_REVOKE_HINT = 'It blacklists the refresh token; the access token lives on until it expires.';

/** Makes the buttons work: what the app does, and what the server does. */
export function attachControls(): void {
  find('#expire-hint', HTMLElement).textContent = isDjango ? DJANGO_EXPIRE_HINT : EXPIRE_HINT;
  find('#outage-hint', HTMLElement).textContent = isDjango ? DJANGO_OUTAGE_HINT : OUTAGE_HINT;
  find('#revoke-hint', HTMLElement).textContent = isDjango ? DJANGO_REVOKE_HINT : REVOKE_HINT;
  find('#server-name', HTMLElement).textContent = isDjango
    ? 'The server is a real Django with SimpleJWT.'
    : 'The server lives in this page and speaks like Django with SimpleJWT.';

  // Not awaited: whoever clicks twice wants twice as many.
  onClick('#send-one', () => void send(1, showRequest));
  onClick('#send-many', () => void send(20, showRequest));

  const expire = find('#expire', HTMLButtonElement);
  expire.disabled = isDjango;
  if (isDjango) expire.title = DJANGO_EXPIRE_HINT;
  onClick('#expire', () => command('expire', 'expired every access token'));
  find('#outage', HTMLButtonElement).disabled = isDjango;
  onClick('#outage', () => command('outage', 'fails for 5 seconds'));
  onClick('#revoke', () => command('revoke-all', 'revoked the session'));
}

/** Has the server do something, behind the back of the session. */
async function command(route: string, done: string): Promise<void> {
  const { ok, status } = await fetch(`/_control/${route}`, { method: 'POST' });
  log('server', ok ? done : `answered ${status}`);
}
