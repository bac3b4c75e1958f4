import { storeKey } from './token-store.ts';

/** Where script finds the session of a name at rest. */
export interface AtRest {
  readonly isInLocalStorage: boolean;
  /** The name of the cookie; undefined when there is none. */
  readonly cookie: string | undefined;
}

/** Looks where the stores of this package keep a session that outlives the page, whichever of them is in use. */
export function findAtRest(name: string): AtRest {
  const key = storeKey(name);
  const pairs = ask(() => document.cookie.split(';').map((pair) => pair.trim())) ?? [];
  return {
    isInLocalStorage: !!ask(() => globalThis.localStorage.getItem(key)),
    // One that was just removed may still be shown, without its value.
    cookie: [`__Host-${key}`, key].find((cookie) =>
      pairs.some((pair) => pair.startsWith(`${cookie}=`) && pair !== `${cookie}=`),
    ),
  };
}

function ask<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    // Storage is denied here: then nothing is at rest, either (STO-5).
    return undefined;
  }
}
