// An app whose users sign in at a provider, driven from outside. Every path of it is this page.
import './hidden.ts';
import axios from 'axios';
import { createSession, localStorageStore, type SessionState } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { type RedirectSignInRequest, type Return, type ReturnError, redirectSignIn } from 'latchkey/oauth2';

// The provider leads back to URLs that do not name it.
const issuer = new URLSearchParams(location.search).get('issuer') ?? localStorage.getItem('issuer') ?? '';
localStorage.setItem('issuer', issuer);

const sso = redirectSignIn({ issuer, clientId: 'spa', redirectUri: '/callback/', postLogoutRedirectUri: '/bye/' });
const name = `of-${new URL(issuer).port}`;
const session = createSession({ backend: sso.backend, store: localStorageStore(), name });
const api = axios.create({ baseURL: issuer });
attachSession(api, session);

const events: string[] = [];
session.on('signed-in', () => events.push('signed-in'));
session.on('signed-out', ({ reason }) => events.push(`signed-out:${reason}`));
session.on('diagnostic', ({ code, message }) => events.push(`diagnostic:${code} ${message}`));

/** What became of the answer that this page was opened with, if it was. */
type Outcome =
  | Return
  | (Pick<ReturnError, 'code' | 'message' | 'returnTo'> & { readonly serverCode?: string })
  | 'no answer';
function completed(): Promise<Outcome> {
  return sso.complete(session).then(
    (back) => back ?? 'no answer',
    ({ code, serverCode, message, returnTo }) => ({ code, serverCode, message, returnTo }),
  );
}
// As React's StrictMode has it: twice at once.
const [first, second] = [completed(), completed()];

const page = {
  events,
  first,
  second,
  completed,
  async state(): Promise<SessionState> {
    await Promise.all([session.ready, first]);
    return session.getState();
  },
  /** Goes to the provider in a moment: whoever calls this has its answer before. */
  signIn(request?: RedirectSignInRequest): void {
    setTimeout(() => void sso.signIn(request).catch((error: Error) => events.push(error.message)));
  },
  signOut(): void {
    setTimeout(() => void sso.signOut(session));
  },
  send(count: number): Promise<(number | string)[]> {
    return Promise.all(
      Array.from({ length: count }, (_, number) =>
        api.get('/api/me', { params: { number } }).then(
          ({ status }) => status,
          (error) => error.response?.status ?? error.name,
        ),
      ),
    );
  },
  /** What this tab still keeps of requests to the provider. */
  kept: () => Object.keys(sessionStorage).filter((key) => key.startsWith('latchkey.oauth2')),
};

declare global {
  var oauth2: typeof page;
}
globalThis.oauth2 = page;
