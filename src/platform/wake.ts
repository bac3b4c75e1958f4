import type { Unsubscribe } from './clock.ts';

/**
 * Calls back whenever this page may have slept through something: it becomes visible or focused, thaws, comes back from
 * the back/forward cache, or is online again. One awakening may be several calls. Where there is no page it never calls.
 */
export function onWake(listener: () => void): Unsubscribe {
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
    listener();
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
