import type { JwtClaims, SessionState } from 'latchkey';
import { session } from '../session.ts';
import { find, onClick } from './dom.ts';

/** The time of day, for the reader. */
export function timeOf(time: number): string {
  return new Date(time).toLocaleTimeString([], { hour12: false });
}

/** Shows who is signed in, for as long as the page lives. */
export function showAccount(): void {
  const title = find('#session-title', HTMLElement);
  const panels = {
    restoring: find('#restoring', HTMLElement),
    'signed-out': find('#sign-in', HTMLElement),
    'signed-in': find('#account', HTMLElement),
  };
  function show(): void {
    const state = session.getState();
    for (const [status, panel] of Object.entries(panels)) {
      const isLeft = status !== state.status && panel.contains(document.activeElement);
      panel.hidden = status !== state.status;
      // Whoever used the keyboard in a panel that goes is led to where the other one begins.
      if (isLeft) title.focus();
    }
    if (state.status === 'signed-in') showUser(state);
    if (state.status === 'signed-out') showEnd(state);
  }
  session.subscribe(show);
  show();
  showLife();
  setInterval(showLife, 250);
  onClick('#sign-out', () => session.signOut());
}

type SignedIn = Extract<SessionState, { status: 'signed-in' }>;
type SignedOut = Extract<SessionState, { status: 'signed-out' }>;

function showUser({ user }: SignedIn): void {
  const { username, user_id } = user;
  // SimpleJWT names the user by number; many projects add the name to the claims, and so does the server in the page.
  find('#user', HTMLElement).textContent = String(username ?? `user ${user_id}`);
  find('#claims', HTMLElement).textContent = JSON.stringify(user, undefined, 2);
}

function showEnd({ reason }: SignedOut): void {
  const ended = find('#ended', HTMLElement);
  ended.hidden = reason === undefined;
  const why = document.createElement('strong');
  why.textContent = reason ?? '';
  ended.replaceChildren('The session ended: ', why);
}

/** Counts the seconds of the access token down. Not in a live region: nobody wants to hear each of them. */
function showLife(): void {
  const state = session.getState();
  if (state.status !== 'signed-in' || state.tokenExpiresAt === undefined) return;
  const left = Math.max(state.tokenExpiresAt - Date.now(), 0);
  const life = find('#life', HTMLProgressElement);
  life.max = lifetimeOf(state.user);
  life.value = left;
  const expiry = find('#expiry', HTMLElement);
  expiry.setAttribute('data-expired', String(left === 0));
  expiry.textContent =
    left === 0
      ? 'has expired: the next request gets a new one first'
      : `expires in ${Math.ceil(left / 1000)} s, at ${timeOf(state.tokenExpiresAt)}`;
}

/** In milliseconds. */
function lifetimeOf({ exp = 0, iat = 0 }: JwtClaims): number {
  return Math.max((exp - iat) * 1000, 1);
}
