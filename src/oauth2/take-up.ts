import { TokenResponseError } from '../errors.ts';
import { systemClock } from '../platform/clock.ts';
import { shownUrl, showUrl } from '../platform/page-navigation.ts';
import { platformFetch } from '../platform/web.ts';
import { safeText } from '../token/redact.ts';
import { exchange } from './exchange.ts';
import type { RedirectSettings } from './options.ts';
import { isSamePage, ownPage } from './pages.ts';
import type { Discover } from './provider.ts';
import type { AnySession, Return } from './return.ts';
import { returnPath } from './return-path.ts';
import { forgetTransaction, readTransaction } from './transaction.ts';

/** Takes up the answer that the page was opened with, if it is one of this provider's: see `RedirectSignIn.complete`. */
export async function takeUp(
  settings: RedirectSettings,
  discover: Discover,
  session: AnySession,
): Promise<Return | undefined> {
  const here = shownUrl();
  const answer = new URLSearchParams(here?.search);
  const state = answer.get('state') ?? '';
  const isSignIn = answer.has('code') || answer.has('error');
  const kept = readTransaction(state, systemClock.now());
  // Any page may have a `state` of its own.
  if (!here || !(isSignIn || kept?.kind === 'sign-out')) return undefined;
  // The answer of another provider is left to whoever asked that one.
  if (kept && (kept.issuer !== settings.issuer || kept.clientId !== settings.clientId)) return undefined;
  const page = ownPage(settings, isSignIn ? 'redirectUri' : 'postLogoutRedirectUri', here);
  const isThere = page !== undefined && isSamePage(page, here);
  // With the state of this tab it is an answer, wherever it has arrived; without, any page may have a `code` of its own.
  if (!isThere && !(isSignIn && kept)) return undefined;
  // Before anything is awaited: whatever becomes of it, a code stays in no URL, no history and no referrer (LOG-1), and
  // is handed in once.
  showUrl(isThere ? page : here.origin + here.pathname);
  forgetTransaction(state);
  const kind = isSignIn ? 'sign-in' : 'sign-out';
  if (kept?.kind !== kind) {
    throw new TokenResponseError('This tab has not asked for that answer, or had it before: start the sign-in anew.');
  }
  const returnTo = returnPath(kept.returnTo, here);
  try {
    if (!isThere) throw elsewhere(here, page);
    if (isSignIn) {
      const { remember } = kept;
      await session.ready;
      const tokens = await exchange(settings, await discover(platformFetch), answer, state, page, kept);
      await session.signInWithTokens(tokens, { ...(remember !== undefined && { remember }) });
    }
  } catch (error) {
    // The app goes on from there, whatever it does about the error.
    throw error instanceof Error ? Object.assign(error, { returnTo }) : error;
  }
  return { after: kind, returnTo };
}

/** Most often by a slash at its end, which the app's server adds or takes away. */
function elsewhere(here: URL, page: string | undefined): TokenResponseError {
  const [there, wished] = [here.pathname, new URL(page ?? here).pathname].map((path) => safeText(path));
  return new TokenResponseError(
    `The provider's answer arrived at ${there}, and redirectUri is ${wished}: write redirectUri as the page is served, and register it so.`,
  );
}
