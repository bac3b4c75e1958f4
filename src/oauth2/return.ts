import type { AuthError } from '../errors.ts';
import { isFunction } from '../platform/check-options.ts';
import type { Session } from '../session/session.ts';

/** What is needed of a session, whatever its user is. */
export type AnySession = Pick<Session<never, unknown>, 'ready' | 'signInWithTokens' | 'signOut'>;

/** The user is back from the provider. */
export interface Return {
  /** What they were sent there for. */
  readonly after: 'sign-in' | 'sign-out';
  /** A path of this app, safe to go to: where the user was, or what `returnTo` named. */
  readonly returnTo: string;
}

/** What `complete` rejects with: `const { returnTo = '/' } = error as ReturnError`. */
export type ReturnError = AuthError & {
  /** As in `Return`; undefined where this tab did not send the user to the provider, or not for that. */
  readonly returnTo?: string;
};

/**
 * Checks that a session was given.
 *
 * @throws {TypeError} When it is none.
 */
export function checkSession(caller: string, session: AnySession): void {
  if (isFunction(session?.signInWithTokens) && isFunction(session.signOut)) return;
  throw new TypeError(`Call it as ${caller}(session), with what createSession() gave.`);
}
