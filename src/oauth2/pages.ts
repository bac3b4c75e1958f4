import { shownUrl } from '../platform/page-navigation.ts';
import { configUrl } from '../platform/web-origin.ts';
import type { RedirectSettings } from './options.ts';

/** An option that names a page of the app. */
export type PageName = 'redirectUri' | 'postLogoutRedirectUri';

/**
 * The URL of a page to which the provider sends the user back: in this very origin, since what is kept here can be read
 * nowhere else.
 *
 * @param here The URL that the page shows.
 * @throws {TypeError} When it is of another origin, or has a fragment.
 */
export function ownPage(settings: RedirectSettings, name: 'redirectUri', here: URL): string;
export function ownPage(settings: RedirectSettings, name: PageName, here: URL): string | undefined;
export function ownPage(settings: RedirectSettings, name: PageName, here: URL): string | undefined {
  const given = settings[name];
  if (given === undefined) return undefined;
  const url = configUrl(given);
  if (url?.origin === here.origin && !url.href.includes('#')) return url.href;
  throw new TypeError(
    `redirectSignIn: ${name} must be a page of ${here.origin}, without a fragment: a path, such as '/callback', is one everywhere.`,
  );
}

/**
 * Checks the pages that the options name, where there is a page to compare them with.
 *
 * @throws {TypeError} When one is of another origin, or has a fragment.
 */
export function checkPages(settings: RedirectSettings): void {
  const here = shownUrl();
  // A page without an origin, such as about:blank, is as good as none.
  if (!here || here.origin === 'null') return;
  for (const name of ['redirectUri', 'postLogoutRedirectUri'] as const) ownPage(settings, name, here);
}

/** Whether the page shows that of a URL, whatever its query is. */
export function isSamePage(page: string | undefined, here: URL): boolean {
  if (page === undefined) return false;
  const { origin, pathname } = new URL(page);
  return origin === here.origin && pathname === here.pathname;
}
