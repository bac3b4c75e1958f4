import type { JwtClaims, SessionState } from 'latchkey';
import { forgetCopied } from '../copied.ts';
import { deviceClock } from '../device.ts';
import { session, signOut } from '../session.ts';
import { ownTallies, shareTallies } from '../tab.ts';
import { find, onClick } from './dom.ts';

/** Ends that somebody asked for are no fault. */
const WANTED: readonly string[] = ['user', 'other-tab', 'user-switched'];

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
    find('#status', HTMLElement).textContent = state.status;
    find('#status', HTMLElement).setAttribute('data-status', state.status);
    for (const [status, panel] of Object.entries(panels)) {
      const isLeft = status !== state.status && panel.contains(document.activeElement);
      panel.hidden = status !== state.status;
      // Whoever used the keyboard in a panel that goes is led to where the other one begins.
      if (isLeft) title.focus();
    }
    if (state.status === 'signed-in') showUser(state);
    if (state.status === 'signed-out') showEnd(state);
    showLife();
  }
  session.subscribe(show);
  session.on('signed-out', ({ reason }) => {
    if (!WANTED.includes(reason)) ownTallies.latchkey.ends += 1;
    else forgetCopied();
    shareTallies();
  });
  show();
  setInterval(showLife, 250);
  onClick('#sign-out', signOut);
}

type SignedIn = Extract<SessionState, { status: 'signed-in' }>;
type SignedOut = Extract<SessionState, { status: 'signed-out' }>;

function showUser({ user }: SignedIn): void {
  const { username, user_id, name, sub } = user;
  // SimpleJWT names the user by number; many projects add the name to the claims, and so does the server in the page.
  find('#user', HTMLElement).textContent = String(username ?? name ?? sub ?? `user ${user_id}`);
}

function showEnd({ reason }: SignedOut): void {
  const ended = find('#ended', HTMLElement);
  ended.hidden = reason === undefined;
  const why = document.createElement('strong');
  why.textContent = reason ?? '';
  ended.replaceChildren('The session ended: ', why);
}

/** The life that the token had when it was new, in milliseconds: not every server says it in the token. */
let lifetime = 1;
let expiresAt = 0;

/** Lets the ring shrink. Not in a live region: nobody wants to hear each second. */
function showLife(): void {
  const state = session.getState();
  if (state.status !== 'signed-in' || state.tokenExpiresAt === undefined) return;
  const left = Math.max(state.tokenExpiresAt - deviceClock.now(), 0);
  if (state.tokenExpiresAt !== expiresAt) {
    expiresAt = state.tokenExpiresAt;
    lifetime = lifetimeOf(state.user) ?? Math.max(left, 1);
  }
  const share = Math.min(left / lifetime, 1);
  const life = find('#life', HTMLMeterElement);
  life.value = Math.round(share * 100);
  life.ariaValueText = left === 0 ? 'expired' : `${Math.ceil(left / 1000)} seconds left`;
  find('#ring circle:last-of-type', SVGElement).setAttribute('stroke-dashoffset', String(100 - share * 100));
  find('#life-left', HTMLElement).textContent = left === 0 ? '0' : String(Math.ceil(left / 1000));
  const expiry = find('#expiry', HTMLElement);
  expiry.setAttribute('data-expired', String(left === 0));
  const text = left === 0 ? 'has expired: the next request gets a new one first' : 'is alive';
  if (expiry.textContent !== text) expiry.textContent = text;
}

/** In milliseconds; undefined where the claims do not say. */
function lifetimeOf({ exp, iat }: JwtClaims): number | undefined {
  return exp === undefined || iat === undefined ? undefined : Math.max((exp - iat) * 1000, 1);
}
