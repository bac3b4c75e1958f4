/** The platform's `fetch` as it is at the moment of the call: tests and tools put theirs in its place. */
export const platformFetch: typeof fetch = (input, init) => globalThis.fetch(input, init);

/** Hands an error of the app's to the page's own error reporting, as the platform does with that of any listener. */
export function report(error: unknown): void {
  globalThis.reportError?.(error);
}
