import type { JwtClaims } from '../token/claims.ts';
import type { AnySession, UserOf } from './any-session.ts';
import type { Session } from './session.ts';

/**
 * Where an app says, once, which session is its own. From then on every hook knows the user's type, and what the sign-in takes.
 *
 * @example
 * declare module 'latchkey' {
 *   interface Register { session: typeof session }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is there for the app to fill.
export interface Register {}

/** The session that the app registered; any session where it registered none. */
export type RegisteredSession = Register extends { readonly session: infer Registered extends AnySession }
  ? Registered
  : Session<never, JwtClaims>;

/** The user of the session that the app registered. */
export type RegisteredUser = UserOf<RegisteredSession>;
