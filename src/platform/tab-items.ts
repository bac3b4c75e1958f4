import { TokenStoreError } from '../errors.ts';

/** What this tab keeps for as long as it is open, also while it shows another site. */
export interface TabItems {
  /** What was kept by that name; undefined when there is nothing, or storage is denied. */
  read(name: string): string | undefined;
  /**
   * Keeps a text by that name.
   *
   * @throws {TokenStoreError} When storage is denied or full.
   */
  keep(name: string, text: string): void;
  remove(name: string): void;
  /** The names of all that is kept. */
  names(): readonly string[];
}

/** The items of `sessionStorage` whose keys begin with a prefix. */
export function tabItems(prefix: string): TabItems {
  return {
    read: (name) => ask(() => globalThis.sessionStorage.getItem(prefix + name)) ?? undefined,
    keep(name, text) {
      try {
        globalThis.sessionStorage.setItem(prefix + name, text);
      } catch {
        throw new TokenStoreError('The browser lets this page keep nothing in sessionStorage, so nobody can sign in.');
      }
    },
    remove: (name) => ask(() => globalThis.sessionStorage.removeItem(prefix + name)),
    names: () =>
      (ask(() => Object.keys(globalThis.sessionStorage)) ?? []).flatMap((key) =>
        key.startsWith(prefix) ? key.slice(prefix.length) : [],
      ),
  };
}

/** Where storage is denied, even the look throws (STO-5). */
function ask<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
