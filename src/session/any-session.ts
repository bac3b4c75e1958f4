import type { Session } from './session.ts';

/** A session of any users, who sign in with anything. */
export type AnySession = Session<never, unknown>;

/** What an app can show of such a session. */
export type StateOf<Given extends AnySession> = ReturnType<Given['getState']>;

/** Who is signed in to such a session. */
export type UserOf<Given extends AnySession> = Given extends Session<never, infer User> ? User : never;
