/** Where the copies of this package on one page meet, whatever bundle each came from. */
const KEY: unique symbol = Symbol.for('latchkey');
/** Releases that can share an engine have the same. */
const VERSION = 1;

/**
 * What goes by that name on this page, made only if there is nothing yet: two bundles, a hot reload and a component
 * that is mounted twice must not refresh side by side (V2, C47). Where there is no page, as on a server, nothing is
 * kept: it would be shared by the users of two requests.
 */
export function shareByName<T extends object>(name: string, make: () => T): T {
  if (!globalThis.document) return make();
  const page = globalThis as { [KEY]?: Map<string, object> };
  page[KEY] ??= new Map();
  const shared = page[KEY];
  const value = (shared.get(keyOf(name)) as T | undefined) ?? make();
  shared.set(keyOf(name), value);
  return value;
}

/** Makes room for another of that name, if this is still what goes by it. */
export function forgetName(name: string, value: object): void {
  const shared = (globalThis as { [KEY]?: Map<string, object> })[KEY];
  if (shared?.get(keyOf(name)) === value) shared.delete(keyOf(name));
}

function keyOf(name: string): string {
  return `${VERSION}:${name}`;
}
