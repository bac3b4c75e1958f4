import { type PageFacts, readPageFacts } from '../platform/page-facts.ts';
import { findAtRest } from '../stores/at-rest.ts';
import type { Core } from './core.ts';
import { type Diagnostic, finding } from './diagnostic.ts';

/** What the browser gives, or denies, this page, and what works worse without it. */
export function checkPage(core: Core): readonly Diagnostic[] {
  const page = readPageFacts();
  if (!page.isPage) {
    return [finding('no-page', 'info', 'There is no page here, as on a server: call diagnose() in the browser.')];
  }
  return [...checkContext(page), ...checkCoordination(core, page), ...checkCookies(core, page)];
}

function checkContext({ isSecure }: PageFacts): Diagnostic[] {
  if (isSecure) return [];
  const message =
    'The page came over plain http: whoever is on the way can change its script and take every token. Serve it over https.';
  return [finding('insecure-context', 'error', message)];
}

/** By what the tabs agree who refreshes. Where each tab has a session of its own, that matters for a copied tab only. */
function checkCoordination({ fence, scope }: Core, page: PageFacts): Diagnostic[] {
  const { isOpaque, isSecure, hasBroadcastChannel, hasIndexedDb, hasWebLocks } = page;
  const severity = scope === 'origin' ? 'warning' : 'info';
  const why = isOpaque
    ? 'the page is in a sandboxed frame, so give that allow-same-origin'
    : isSecure
      ? 'the browser is old or in a private mode, so use another'
      : 'the page came over plain http, so serve it over https';
  const found: Diagnostic[] = [];
  if (!fence.isShared) {
    const cause = hasIndexedDb ? 'IndexedDB failed, or took more than 2 seconds' : `There is no IndexedDB: ${why}`;
    const effect = 'Tabs learn of each other from the store and from refusals only, and two may refresh at once.';
    found.push(finding('no-indexed-db', severity, `${cause}. ${effect}`));
  }
  if (!hasWebLocks) {
    const instead = fence.isShared
      ? 'A lease in IndexedDB is used: after a crash in mid-refresh other tabs wait for up to 45 seconds.'
      : 'One refresh at a time holds in this tab only.';
    found.push(finding('no-web-locks', severity, `There are no Web Locks: ${why}. ${instead}`));
  }
  if (!hasBroadcastChannel) {
    const effect = 'Tabs learn of a sign-out late, when they wake up or ask, and cannot hand a session to each other.';
    found.push(
      finding('no-broadcast-channel', severity, `There is no BroadcastChannel: use a newer browser. ${effect}`),
    );
  }
  return found;
}

function checkCookies({ backend, name, store }: Core, { hasCookies }: PageFacts): Diagnostic[] {
  const isCookieMode = backend.credential === 'cookie';
  if (!hasCookies) {
    const message =
      'The browser blocks cookies, and often all storage, of this page: allow them, or use memoryStore().';
    return [finding('cookies-blocked', isCookieMode ? 'error' : 'warning', message)];
  }
  const { cookie } = findAtRest(name);
  const inTools = 'in the list of cookies of the developer tools';
  if (isCookieMode) {
    const flags = 'HttpOnly, Secure and SameSite (None and Partitioned if the server is on another site)';
    return [
      finding('cookie-flags', 'info', `No script sees the flags of the server's cookie: check ${inTools} ${flags}.`),
    ];
  }
  if (store.isReadOnly) {
    const message = `Script reads the server's cookie, so it cannot be HttpOnly; check Secure and SameSite ${inTools}.`;
    return [finding('cookie-flags', 'info', message)];
  }
  if (cookie === undefined) return [];
  const message = cookie.startsWith('__Host-')
    ? `The name of the session cookie proves Secure, Path=/ and no Domain; no script sees SameSite, so check it ${inTools}.`
    : `No script sees Secure and SameSite of the session cookie: check them ${inTools}, or leave out path and domain of cookieStore(), so that its name proves them.`;
  return [finding('cookie-flags', 'info', message)];
}
