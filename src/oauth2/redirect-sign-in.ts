import * as oauth from 'oauth4webapi';
import type { Backend } from '../backends/backend.ts';
import { AuthUnavailableError, TokenResponseError } from '../errors.ts';
import { systemClock } from '../platform/clock.ts';
import { leaveFor, shownUrl, showUrl } from '../platform/page-navigation.ts';
import { platformFetch } from '../platform/web.ts';
import { configUrl } from '../platform/web-origin.ts';
import { coreOf } from '../session/core-of.ts';
import type { Session } from '../session/session.ts';
import type { JwtClaims } from '../token/claims.ts';
import { exchange } from './exchange.ts';
import {
  checkRequest,
  normalizeRedirectOptions,
  type RedirectSignInOptions,
  type RedirectSignInRequest,
} from './options.ts';
import { createDiscovery } from './provider.ts';
import { createProviderBackend } from './provider-backend.ts';
import { prepareRequest } from './request.ts';
import { returnPath } from './return-path.ts';
import { forgetTransaction, keepTransaction, readTransaction, type Transaction } from './transaction.ts';

/** What is needed of a session, whatever its user is. */
type AnySession = Pick<Session<never, unknown>, 'ready' | 'signInWithTokens' | 'signOut'>;

/** The user is back from the provider. */
export interface Return {
  /** What they were sent there for. */
  readonly after: 'sign-in' | 'sign-out';
  /** A path of this app, safe to go to: where the user was, or what `returnTo` named. */
  readonly returnTo: string;
}

/** A provider's sign-in, as an app uses it. */
export interface RedirectSignIn<Claims = JwtClaims> {
  /** For `createSession`: refreshes and revokes what the provider gave. */
  readonly backend: Backend<never, Claims> & Required<Pick<Backend, 'tokensFrom'>>;
  /**
   * Leaves the page for the provider's. It settles only if the page is there again, because the user turned back.
   *
   * For a step-up, `onStepUp: (stepUp) => sso.signIn(stepUp)` asks for what a server demands. The page goes, and with it the
   * request: what was typed has to be kept by the app.
   *
   * @throws {AuthUnavailableError} When the provider cannot be reached, or cannot do what is asked.
   * @throws {TokenStoreError} When the browser lets the page keep nothing.
   */
  signIn(request?: RedirectSignInRequest): Promise<void>;
  /**
   * Takes up the provider's answer on the pages of `redirectUri` and `postLogoutRedirectUri`, takes it out of the URL, and
   * signs the user in. Called twice at once, as by React's StrictMode, it is done once.
   *
   * @returns Undefined when the page was not opened by the provider.
   * @throws {SignInRejectedError} When the provider says no; `serverCode` is its code, such as `access_denied`, and `status` is
   *   0 where the answer came by the redirect.
   * @throws {AuthUnavailableError} When it gives no answer that can be read: start anew.
   * @throws {TokenResponseError} When the answer does not fit to what this tab has asked for, or was taken up before: start anew.
   */
  complete(session: AnySession): Promise<Return | undefined>;
  /**
   * Signs out here, in every tab, and only then at the provider: it leaves the page for the provider's, which ends the
   * user's session there (OpenID Connect RP-Initiated Logout). Never rejects.
   *
   * @returns False when the user is signed out here only, because the provider cannot be reached or has no such page; where
   *   the page was left, it settles only if the page is there again.
   */
  signOut(
    session: AnySession,
    options?: { readonly returnTo?: string; readonly everywhere?: boolean },
  ): Promise<boolean>;
}

/**
 * Signs users in at an OpenID provider, with an authorization code and PKCE (RFC 9700 section 2.1.1).
 *
 * @throws {TypeError} When an option is wrong, naming it and the fix.
 * @example
 * const sso = redirectSignIn({ issuer: 'https://id.example.com', clientId: 'spa', redirectUri: '/callback' })
 * const session = createSession({ backend: sso.backend, store: sessionStorageStore() })
 */
export function redirectSignIn<Claims = JwtClaims>(options: RedirectSignInOptions): RedirectSignIn<Claims> {
  const settings = normalizeRedirectOptions(options);
  const { issuer, clientId } = settings;
  const discover = createDiscovery(settings);
  let underWay: Promise<Return | undefined> | undefined;

  /** Where the user comes back to: in this very origin, since what is kept here can be read nowhere else. */
  function ownPage(name: 'redirectUri' | 'postLogoutRedirectUri', here: URL): string | undefined {
    const given = settings[name];
    if (given === undefined) return undefined;
    const url = configUrl(given);
    if (url?.origin === here.origin && !url.hash) return url.href;
    throw new TypeError(`redirectSignIn: ${name} must be a page of ${here.origin}, without a fragment.`);
  }

  function transaction(kind: Transaction['kind'], here: URL, returnTo: unknown): Transaction {
    return { kind, issuer, clientId, returnTo: returnPath(returnTo, here), sentAt: systemClock.now() };
  }

  async function takeUp(session: AnySession): Promise<Return | undefined> {
    const here = shownUrl();
    const answer = new URLSearchParams(here?.search);
    const state = answer.get('state');
    if (!here || !state) return undefined;
    const kept = readTransaction(state, systemClock.now());
    const isSignIn = answer.has('code') || answer.has('error');
    const kind = isSignIn ? 'sign-in' : 'sign-out';
    const page = ownPage(isSignIn ? 'redirectUri' : 'postLogoutRedirectUri', here);
    // The answer of another provider is left to whoever asked that one.
    if (!page || !isSamePage(page, here) || (kept && (kept.issuer !== issuer || kept.clientId !== clientId))) {
      return undefined;
    }
    // Any page may have a `state` of its own.
    if (!isSignIn && kept?.kind !== kind) return undefined;
    // Before anything is awaited: whatever becomes of it, a code stays in no URL, no history and no referrer (LOG-1), and
    // is handed in once.
    showUrl(page);
    forgetTransaction(state);
    if (kept?.kind !== kind) {
      throw new TokenResponseError('This tab has not asked for that answer, or had it before: start the sign-in anew.');
    }
    const { returnTo, remember } = kept;
    if (isSignIn) {
      await session.ready;
      const tokens = await exchange(settings, await discover(platformFetch), answer, state, page, kept);
      await session.signInWithTokens(tokens, { ...(remember !== undefined && { remember }) });
    }
    return { after: kind, returnTo: returnPath(returnTo, here) };
  }

  return {
    backend: createProviderBackend<Claims>(settings, discover),

    async signIn(request = {}) {
      const { returnTo, remember, maxAge, ...asked } = checkRequest(request);
      const here = demandPage();
      const page = ownPage('redirectUri', here) ?? '';
      const wanted = { ...asked, maxAge };
      const { url, state, secrets } = await prepareRequest(settings, await discover(platformFetch), page, wanted);
      // Back on the page of the answers there would be none.
      const target = returnTo ?? (isSamePage(page, here) ? '/' : here.href);
      keepTransaction(state, { ...transaction('sign-in', here, target), ...secrets, maxAge, remember });
      await leaveFor(url);
    },

    complete(session) {
      underWay ??= takeUp(session).finally(() => {
        underWay = undefined;
      });
      return underWay;
    },

    async signOut(session, { returnTo, everywhere = false } = {}) {
      await session.ready;
      const hint = coreOf(session)?.held?.record.tokens.idToken;
      // Here first, and whatever becomes of the rest (OUT-9).
      const signedOut = session.signOut({ everywhere });
      const target = await endSessionUrl(hint, returnTo).catch(() => undefined);
      await signedOut;
      if (target === undefined) return false;
      await leaveFor(target);
      return true;
    },
  };

  async function endSessionUrl(hint: string | undefined, returnTo: string | undefined): Promise<string | undefined> {
    const here = demandPage();
    const { endpoint } = await discover(platformFetch);
    const endSession = endpoint('end_session_endpoint');
    if (endSession === undefined) return undefined;
    const url = new URL(endSession);
    url.searchParams.set('client_id', clientId);
    if (hint !== undefined) url.searchParams.set('id_token_hint', hint);
    const page = ownPage('postLogoutRedirectUri', here);
    if (page !== undefined) {
      const state = oauth.generateRandomState();
      keepTransaction(state, transaction('sign-out', here, returnTo ?? '/'));
      url.searchParams.set('post_logout_redirect_uri', page);
      url.searchParams.set('state', state);
    }
    return url.href;
  }
}

function demandPage(): URL {
  const here = shownUrl();
  if (!here) throw new AuthUnavailableError('There is no page here that could be left: call it in the browser.');
  return here;
}

function isSamePage(page: string, here: URL): boolean {
  const { origin, pathname } = new URL(page);
  return origin === here.origin && pathname === here.pathname;
}
