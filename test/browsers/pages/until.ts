import type { Session, SessionState } from 'latchkey';

/** Resolves once the state is that, which another tab may bring about. */
export function stateIs<User>(
  session: Pick<Session<never, User>, 'getState' | 'subscribe'>,
  status: SessionState['status'],
): Promise<SessionState<User>> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (session.getState().status !== status) return;
      stop();
      resolve(session.getState());
    };
    const stop = session.subscribe(look);
    look();
  });
}
