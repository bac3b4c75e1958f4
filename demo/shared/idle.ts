import type { SessionState } from 'latchkey';

/**
 * When the session ends unless the user does something, in milliseconds since 1970; undefined while that is far away. The
 * state names an end from the moment on at which the event `expiring` is told, and takes it back when the user moves.
 */
export function idleEnd(state: SessionState<unknown>): number | undefined {
  return state.status === 'signed-in' ? state.endsAt : undefined;
}
