import * as oauth from 'oauth4webapi';
import type { Backend } from '../backends/backend.ts';
import { AuthUnavailableError } from '../errors.ts';
import { within } from '../platform/awaitable.ts';
import { systemClock } from '../platform/clock.ts';
import { leaveFor, shownUrl } from '../platform/page-navigation.ts';
import { platformFetch } from '../platform/web.ts';
import { coreOf } from '../session/core-of.ts';
import type { JwtClaims } from '../token/claims.ts';
import {
  checkRequest,
  checkSignOut,
  normalizeRedirectOptions,
  type RedirectSignInOptions,
  type RedirectSignInRequest,
  type RedirectSignOutRequest,
} from './options.ts';
import { checkPages, isSamePage, ownPage } from './pages.ts';
import { createDiscovery, late } from './provider.ts';
import { createProviderBackend } from './provider-backend.ts';
import { prepareRequest } from './request.ts';
import { type AnySession, checkSession, type Return } from './return.ts';
import { returnPath } from './return-path.ts';
import { takeUp } from './take-up.ts';
import { keepTransaction, type Transaction } from './transaction.ts';

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
   * @throws {TypeError} When what is asked for is wrong, naming it and the fix.
   * @throws {AuthUnavailableError} When the provider cannot be reached, is another one than `issuer`, or cannot do what is asked.
   * @throws {TokenResponseError} When what it says of itself is no metadata.
   * @throws {TokenStoreError} When the browser lets the page keep nothing.
   */
  signIn(request?: RedirectSignInRequest): Promise<void>;
  /**
   * Takes up the provider's answer on the pages of `redirectUri` and `postLogoutRedirectUri`, takes it out of the URL, and
   * signs the user in. Called twice at once, as by React's StrictMode, it is done once.
   *
   * What it rejects with has a `returnTo` as `Return` has, where that is known: see `ReturnError`.
   *
   * @returns Undefined when the page was not opened by the provider.
   * @throws {SignInRejectedError} When the provider says no; `serverCode` is its code, such as `access_denied`, and `status` is
   *   0 where the answer came by the redirect.
   * @throws {AuthUnavailableError} When it gives no answer that can be read: start anew.
   * @throws {TokenResponseError} When the answer does not fit to what this tab has asked for, was taken up before, or arrived
   *   on another page than `redirectUri`.
   * @throws {TypeError} When no session was given.
   */
  complete(session: AnySession): Promise<Return | undefined>;
  /**
   * Signs out here, in every tab, and only then at the provider: it leaves the page for the provider's, which ends the
   * user's session there (OpenID Connect RP-Initiated Logout). The provider is given 5 seconds to say where that is.
   *
   * @returns False when the user is signed out here only, because the provider cannot be reached or has no such page; where
   *   the page was left, it settles only if the page is there again.
   * @throws {TypeError} When no session was given, or what is asked for is wrong; for nothing else.
   */
  signOut(session: AnySession, request?: RedirectSignOutRequest): Promise<boolean>;
}

/** How long a sign-out waits for the provider's metadata, in milliseconds: as long as for a revocation. */
const SIGN_OUT_LIMIT = 5000;

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
  checkPages(settings);
  const { issuer, clientId } = settings;
  const { discover, endpoints } = createDiscovery(settings);
  let underWay: Promise<Return | undefined> | undefined;

  function transaction(kind: Transaction['kind'], here: URL, returnTo: unknown): Transaction {
    return { kind, issuer, clientId, returnTo: returnPath(returnTo, here), sentAt: systemClock.now() };
  }

  async function endSessionUrl(hint: string | undefined, returnTo: string | undefined): Promise<string | undefined> {
    const here = demandPage();
    const { endpoint } = await within(
      systemClock,
      SIGN_OUT_LIMIT,
      () => discover(platformFetch),
      () => late(issuer),
    );
    const endSession = endpoint('end_session_endpoint');
    if (endSession === undefined) return undefined;
    const url = new URL(endSession);
    url.searchParams.set('client_id', clientId);
    if (hint !== undefined) url.searchParams.set('id_token_hint', hint);
    const page = ownPage(settings, 'postLogoutRedirectUri', here);
    if (page !== undefined) {
      const state = oauth.generateRandomState();
      keepTransaction(state, transaction('sign-out', here, returnTo ?? '/'));
      url.searchParams.set('post_logout_redirect_uri', page);
      url.searchParams.set('state', state);
    }
    return url.href;
  }

  return {
    backend: createProviderBackend<Claims>(settings, discover, endpoints),

    async signIn(request = {}) {
      const { returnTo, remember, maxAge, ...asked } = checkRequest(request);
      const here = demandPage();
      const page = ownPage(settings, 'redirectUri', here);
      const wanted = { ...asked, maxAge };
      const { url, state, secrets } = await prepareRequest(settings, await discover(platformFetch), page, wanted);
      // Nobody wants to be back on a page that is there for the provider's answers.
      const isPassed = [page, ownPage(settings, 'postLogoutRedirectUri', here)].some((one) => isSamePage(one, here));
      const target = returnTo ?? (isPassed ? '/' : here.href);
      keepTransaction(state, { ...transaction('sign-in', here, target), ...secrets, maxAge, remember });
      await leaveFor(url);
    },

    async complete(session) {
      checkSession('complete', session);
      underWay ??= takeUp(settings, discover, session).finally(() => {
        underWay = undefined;
      });
      return await underWay;
    },

    async signOut(session, request = {}) {
      checkSession('signOut', session);
      const { returnTo } = checkSignOut(request);
      await session.ready;
      const hint = coreOf(session)?.held?.record.tokens.idToken;
      // Here first, and whatever becomes of the rest (OUT-9).
      const signedOut = session.signOut();
      const target = await endSessionUrl(hint, returnTo).catch(() => undefined);
      await signedOut;
      if (target === undefined) return false;
      await leaveFor(target);
      return true;
    },
  };
}

function demandPage(): URL {
  const here = shownUrl();
  if (!here) throw new AuthUnavailableError('There is no page here that could be left: call it in the browser.');
  return here;
}
