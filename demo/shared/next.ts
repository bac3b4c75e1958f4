import type { SignOutReason } from 'latchkey';

/** A list of what may follow, not of what may not: whoever writes a link to the sign-in page chooses `next`. */
const PAGES = /^\/(items(\?page=\d{1,6})?|profile)$/;

/** Where to go after the sign-in: the page that was asked for, when it is one of this app, else the list. */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && PAGES.test(next) ? next : '/items';
}

/**
 * The query of the sign-in page, `?next=…`, or nothing.
 *
 * @param path The page that is left, with its query, such as `/items?page=2`.
 * @param reason Why the session ended. Whoever signed out by intent begins anew.
 */
export function signInQuery(path: string, reason?: SignOutReason): string {
  const isWanted = reason !== 'user' && PAGES.test(path);
  return isWanted ? `?${new URLSearchParams({ next: path })}` : '';
}
