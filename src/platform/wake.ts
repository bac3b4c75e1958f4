import type { Unsubscribe } from './clock.ts';
import { isLoopback } from './web-origin.ts';

/**
 * Calls back whenever this page may have slept through something: it becomes visible or focused, thaws, comes back from
 * the back/forward cache, or is online again. One awakening may be several calls. Where there is no page it never calls.
 *
 * @param listener Told whether it was offline until now.
 */
export function onWake(listener: (wasOffline: boolean) => void): Unsubscribe {
  const { document } = globalThis;
  if (!document) return () => {};
  let isLoading = document.readyState !== 'complete';
  const wake = (event: Event): void => {
    const wasLoading = isLoading;
    if (event.type === 'pageshow') {
      isLoading = false;
      // A page that was loaded just now has missed nothing; one that comes back, anything (OUT-7).
      if (wasLoading && !(event as PageTransitionEvent).persisted) return;
    }
    // Compared, since an element that is named `hidden` would stand in its place (PPL-5).
    if (event.type === 'visibilitychange' && document.hidden === true) return;
    listener(event.type === 'online');
  };
  const sources = [
    [document, ['visibilitychange', 'resume']],
    [globalThis, ['pageshow', 'focus', 'online']],
  ] as const;
  for (const [target, types] of sources) for (const type of types) target.addEventListener?.(type, wake);
  return () => {
    for (const [target, types] of sources) for (const type of types) target.removeEventListener?.(type, wake);
  };
}

/**
 * Whether a server may be reached. Browsers are sure of "no" only; a page of this machine's own needs no network.
 */
export function isOnline(): boolean {
  const { location, navigator } = globalThis;
  return navigator?.onLine !== false || isLoopback(location?.hostname ?? '');
}

/** Whether somebody may be looking at this page; never where there is none. */
export function isVisible(): boolean {
  const { document } = globalThis;
  // Compared, since an element that is named `hidden` would stand in its place (PPL-5).
  return !!document && document.hidden !== true;
}

/** Calls back when the user does something on this page: a key, a click, a touch, a scroll. */
export function onActivity(listener: () => void): Unsubscribe {
  const { document } = globalThis;
  const types = ['keydown', 'pointerdown', 'pointermove', 'touchstart', 'wheel', 'scroll'];
  // Before anything of the page can stop it, and never in the way of scrolling.
  const options = { capture: true, passive: true };
  for (const type of types) document?.addEventListener(type, listener, options);
  return () => {
    for (const type of types) document?.removeEventListener(type, listener, options);
  };
}
