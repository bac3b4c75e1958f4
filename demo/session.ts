import axios, { type AxiosInstance } from 'axios';
import {
  createSession,
  type JwtClaims,
  localStorageStore,
  memoryStore,
  rememberStore,
  type Session,
  sessionStorageStore,
  sharedMemoryStore,
  type TokenStore,
} from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { flaskJwtExtended, oauth2Token, simpleJwt, type UsernameAndPassword } from 'latchkey/backends';
import { redirectSignIn } from 'latchkey/oauth2';
import { deviceClock } from './device.ts';
import { flaskBase } from './dialects.ts';
import { backendName, pageUrl, type StoreName, server, settingsKey, storeName } from './settings.ts';
import { watchSending } from './watch-sending.ts';

const STORE_OF: Readonly<Record<StoreName, () => TokenStore>> = {
  remember: rememberStore,
  local: localStorageStore,
  session: sessionStorageStore,
  'shared-memory': sharedMemoryStore,
  memory: memoryStore,
};

/** Where the provider is: the server of the page knows. */
const issuer: string = server === 'oidc' ? await (await fetch('/_demo/issuer')).text() : '';
const common = { store: STORE_OF[storeName](), name: `demo-${settingsKey}`, clock: deviceClock } as const;

/** The way of signing in and out that a backend has, behind one face. */
interface Way {
  readonly session: Session<never, JwtClaims>;
  signIn(credentials: UsernameAndPassword, isRemembered: boolean): Promise<void>;
  signOut(): Promise<void>;
  /** Deals with what the page was opened with, where a provider sends users back. */
  complete(): Promise<void>;
}

const way: Way =
  backendName === 'redirect-sign-in' ? byRedirect() : backendName === 'oauth2-token' ? byTokens() : byPassword();

export const api: AxiosInstance = axios.create({ baseURL: `${issuer}/api` });
watchSending(api);

export const session: Session<never, JwtClaims> = way.session;
attachSession(api, session);

export const { signIn, signOut, complete } = way;

function byPassword(): Way {
  const backend =
    backendName === 'flask-jwt-extended' ? flaskJwtExtended({ baseUrl: flaskBase() }) : simpleJwt({ baseUrl: '/auth' });
  const ours = createSession({ ...common, backend });
  return {
    session: ours,
    signIn: async (credentials, remember) => void (await ours.signIn(credentials, { remember })),
    signOut: () => ours.signOut(),
    complete: async () => {},
  };
}

/** A token endpoint, and a sign-in of the server's own. */
function byTokens(): Way {
  const backend = oauth2Token({ tokenEndpoint: '/oauth/token', revocationEndpoint: '/oauth/revoke', clientId: 'demo' });
  const ours = createSession({ ...common, backend });
  return {
    session: ours,
    async signIn({ username, password }, remember) {
      const headers = { 'Content-Type': 'application/json' };
      const body = JSON.stringify({ username, password });
      const response = await fetch('/oauth/login', { method: 'POST', headers, body });
      const answer = (await response.json()) as { readonly detail?: string };
      if (!response.ok) throw new Error(answer.detail);
      await ours.signInWithTokens(backend.tokensFrom(answer), { remember });
    },
    signOut: () => ours.signOut(),
    complete: async () => {},
  };
}

/** The user signs in on a page of the provider. */
function byRedirect(): Way {
  const redirectUri = new URL('./', location.href).href;
  const sso = redirectSignIn({ issuer, clientId: 'spa', redirectUri, postLogoutRedirectUri: redirectUri });
  const ours = createSession({ ...common, backend: sso.backend });
  return {
    session: ours,
    signIn: (_, remember) => sso.signIn({ remember, returnTo: pageUrl() }),
    signOut: async () => void (await sso.signOut(ours)),
    async complete() {
      const back = await sso.complete(ours);
      if (back) history.replaceState(null, '', back.returnTo);
    },
  };
}
