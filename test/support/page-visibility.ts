import { afterEach } from 'vitest';

/**
 * Hides the page of a test, or shows it, as far as scripts can tell; nothing hears of it. Where there is no page, nothing
 * happens. After the test everything is as it was, so that no test looks at what another one hid.
 */
export function setHidden(isHidden: boolean): void {
  const { document } = globalThis;
  if (document) Object.defineProperty(document, 'hidden', { configurable: true, value: isHidden });
}

/** The user comes back to the page, or leaves it: it is told, as a browser tells it. */
export function look(isLookedAt: boolean): void {
  setHidden(!isLookedAt);
  document.dispatchEvent(new Event('visibilitychange'));
}

afterEach(() => {
  const { document } = globalThis;
  // The platform's own is inherited.
  if (document) Reflect.deleteProperty(document, 'hidden');
});
