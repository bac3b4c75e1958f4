import { session } from '../session.ts';
import { timeOf } from './account.ts';
import { find } from './dom.ts';

/** How many entries stay. */
const LENGTH = 30;

/** Writes one line into the log: what happened, and what about it. */
export function log(what: string, about = ''): void {
  const entry = document.createElement('li');
  const time = document.createElement('time');
  time.textContent = timeOf(Date.now());
  const name = document.createElement('strong');
  name.textContent = what;
  entry.append(time, ' ', name, ' ', about);
  entry.setAttribute('data-event', what);
  const list = find('#log', HTMLOListElement);
  list.prepend(entry);
  while (list.children.length > LENGTH) list.lastElementChild?.remove();
}

/** Writes down every event of the session. */
export function logSession(): void {
  session.on('signed-in', ({ user: { user_id } }) => log('signed-in', `user ${user_id}`));
  session.on('refreshed', ({ tokenExpiresAt }) =>
    log('refreshed', tokenExpiresAt === undefined ? '' : `token good until ${timeOf(tokenExpiresAt)}`),
  );
  session.on('refresh-failed', ({ error, retryAt = Date.now() }) =>
    log('refresh-failed', `${error.message} Next try in ${((retryAt - Date.now()) / 1000).toFixed(1)} s.`),
  );
  session.on('expiring', ({ cause, at }) => log('expiring', `${cause}, at ${timeOf(at)}`));
  session.on('signed-out', ({ reason }) => log('signed-out', reason));
  session.on('diagnostic', ({ code, message }) => log('diagnostic', `${code}: ${message}`));
}
