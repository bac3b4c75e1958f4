'use client';
import type { AnySession, StateOf } from '../session/any-session.ts';
import type { RegisteredUser } from '../session/register.ts';
import type { SessionState } from '../session/state.ts';
import { useSelected } from './use-selected.ts';

/**
 * The state of the session, `restoring`, `signed-in` or `signed-out`; on a server, and while the page that it rendered
 * is hydrated, always `restoring`. It changes with each refresh, too.
 *
 * @throws {Error} When there is no `SessionProvider` above, naming the fix.
 */
export function useSessionState(): SessionState<RegisteredUser>;
export function useSessionState<Given extends AnySession>(): StateOf<Given>;
/**
 * What a component shows of that state: it is rendered again only when that is another, by `Object.is`.
 *
 * @param selector Takes it from the state, such as `({ status }) => status`. It may be written inline.
 * @throws {Error} When there is no `SessionProvider` above, naming the fix.
 */
export function useSessionState<Selected>(selector: (state: SessionState<RegisteredUser>) => Selected): Selected;
export function useSessionState<Selected, Given extends AnySession>(
  selector: (state: StateOf<Given>) => Selected,
): Selected;
export function useSessionState(selector: (state: SessionState<never>) => unknown = same): unknown {
  return useSelected(same, selector as (state: SessionState<unknown>) => unknown);
}

function same<Value>(value: Value): Value {
  return value;
}
