'use client';
import type { AnySession, UserOf } from '../session/any-session.ts';
import type { RegisteredUser } from '../session/register.ts';
import type { SessionState } from '../session/state.ts';
import { useSelected } from './use-selected.ts';

/**
 * Who is signed in: what `loadUser` gave, or else the claims of the token, which are new after each refresh. Undefined
 * while nobody is, or nobody knows yet.
 *
 * @throws {Error} When there is no `SessionProvider` above, naming the fix.
 */
export function useUser(): RegisteredUser | undefined;
export function useUser<Given extends AnySession>(): UserOf<Given> | undefined;
/**
 * What a component shows of that user: it is rendered again only when that is another, by `Object.is`.
 *
 * @param selector Takes it from the user, such as `(user) => user?.name`. It may be written inline.
 * @throws {Error} When there is no `SessionProvider` above, naming the fix.
 */
export function useUser<Selected>(selector: (user: RegisteredUser | undefined) => Selected): Selected;
export function useUser<Selected, Given extends AnySession>(
  selector: (user: UserOf<Given> | undefined) => Selected,
): Selected;
export function useUser(selector: (user: never) => unknown = same): unknown {
  return useSelected(userOf, selector as (user: unknown) => unknown);
}

function userOf(state: SessionState<unknown>): unknown {
  return state.status === 'signed-in' ? state.user : undefined;
}

function same(value: unknown): unknown {
  return value;
}
