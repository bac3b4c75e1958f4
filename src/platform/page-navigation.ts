/** The URL that the page shows; undefined where there is no page, as on a server. */
export function shownUrl(): URL | undefined {
  const href = globalThis.document && globalThis.location?.href;
  return href === undefined ? undefined : new URL(href);
}

/** Shows another URL of this origin in place of the one that is shown, which then is in no history. Nothing is loaded. */
export function showUrl(url: string): void {
  // A router keeps in the state where it is.
  globalThis.history.replaceState(globalThis.history.state, '', url);
}

/**
 * Leaves the page.
 *
 * @returns What settles when the page is there again: the user has turned back, and the browser had kept it.
 */
export function leaveFor(url: string): Promise<void> {
  return new Promise((resolve) => {
    const back = ({ persisted }: PageTransitionEvent): void => {
      if (!persisted) return;
      globalThis.removeEventListener('pageshow', back);
      resolve();
    };
    globalThis.addEventListener('pageshow', back);
    globalThis.location.assign(url);
  });
}
