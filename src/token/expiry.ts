/**
 * When to refresh ahead of expiry: a number of milliseconds before it, or a fraction of the token's lifetime
 * (`{ fraction: 0.8 }` refreshes when 80 % of it has passed).
 */
export type RefreshWindow = number | { readonly fraction: number };

/** The two ages of an access token that matter, in milliseconds from its receipt. */
export interface TokenLife {
  /** From this age on a request refreshes it in the background, and still uses it. */
  readonly refreshAfter: number;
  /** From this age on it is not sent any more. */
  readonly expiresAfter: number;
}

/** Nothing is known of its expiry: it is used until the server refuses it. */
const UNKNOWN: TokenLife = { refreshAfter: Number.POSITIVE_INFINITY, expiresAfter: Number.POSITIVE_INFINITY };
/** A request takes time to travel, and `iat` was rounded down to the second: without this the last second gets 401s. */
const LEEWAY = 1000;
/** However the window and the lifetime are set, two refreshes are never closer than this, or half a lifetime (C10). */
const SHORTEST_INTERVAL = 5000;

/**
 * Works out the life of a token.
 *
 * @param lifetime In milliseconds; undefined when it is not known.
 * @param window Undefined draws the moment from 65 to 95 % of the lifetime, so that clients which signed in together
 *   do not refresh together (HRD-1).
 * @param draw A random number from 0 to 1, drawn once for each generation.
 */
export function tokenLife(lifetime: number | undefined, window: RefreshWindow | undefined, draw: number): TokenLife {
  if (!lifetime || lifetime < 0) return UNKNOWN;
  const expiresAfter = lifetime - Math.min(LEEWAY, lifetime / 2);
  const wished =
    window === undefined
      ? lifetime * (0.65 + 0.3 * draw)
      : typeof window === 'number'
        ? beforeEnd(lifetime, window)
        : lifetime * window.fraction;
  return {
    refreshAfter: Math.min(Math.max(wished, Math.min(SHORTEST_INTERVAL, lifetime / 2)), expiresAfter),
    expiresAfter,
  };
}

/** A window as long as the life itself, or longer, would ask for a refresh all the time: then it is half a life (JWT-6). */
function beforeEnd(lifetime: number, window: number): number {
  return window < lifetime ? lifetime - window : lifetime / 2;
}
