import { InjectionToken, inject, type Signal } from '@angular/core';
import type { AnySession, StateOf, UserOf } from '../session/any-session.ts';
import type { RegisteredSession, RegisteredUser } from '../session/register.ts';
import type { Binding } from './binding.ts';

/** Where `provideSession` puts the session. There is no default: on a server, users would meet in it. */
export const BINDING: InjectionToken<Binding> = /* @__PURE__ */ new InjectionToken<Binding>(
  'latchkey: provideSession(session) is missing',
);

/**
 * The session, to sign in and out with. In an app with zone.js call it by this, not by the object that `createSession`
 * gave: what it begins is kept outside of the zone, so that the application becomes stable.
 *
 * The app's `Register` says what type it has. Without one, or with a second session, say it here:
 * `injectSession<typeof session>()`.
 *
 * @throws {Error} NG0201 when there is no `provideSession` above, naming the fix; NG0203 outside of an injection context.
 */
export function injectSession(): RegisteredSession;
export function injectSession<Given extends AnySession>(): Given;
export function injectSession(): AnySession {
  return inject(BINDING).session;
}

/**
 * The state of the session as a signal: `restoring`, `signed-in` or `signed-out`; on a server always `restoring`. It is one
 * for all who ask, and the same object until something changes, which each refresh does, too.
 *
 * @throws {Error} NG0201 when there is no `provideSession` above, naming the fix; NG0203 outside of an injection context.
 */
export function injectSessionState(): Signal<StateOf<RegisteredSession>>;
export function injectSessionState<Given extends AnySession>(): Signal<StateOf<Given>>;
export function injectSessionState(): Signal<unknown> {
  return inject(BINDING).state;
}

/**
 * Who is signed in, as a signal: what `loadUser` gave, or else the claims of the token, which are new after each refresh.
 * Undefined while nobody is, or nobody knows yet.
 *
 * @throws {Error} NG0201 when there is no `provideSession` above, naming the fix; NG0203 outside of an injection context.
 */
export function injectUser(): Signal<RegisteredUser | undefined>;
export function injectUser<Given extends AnySession>(): Signal<UserOf<Given> | undefined>;
export function injectUser(): Signal<unknown> {
  return inject(BINDING).user;
}
