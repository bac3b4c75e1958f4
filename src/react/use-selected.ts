'use client';
import { useMemo, useSyncExternalStore } from 'react';
import type { SessionState } from '../session/state.ts';
import { useSession } from './use-session.ts';

/** What a server shows, and so the first render of a page that it rendered: nobody knows yet who is signed in. */
const RESTORING: SessionState<never> = Object.freeze({ status: 'restoring' });

/**
 * What `select` makes of a view of the state; re-renders when that is another, by `Object.is`.
 *
 * @param view The same function in every render.
 */
export function useSelected<Seen, Selected>(
  view: (state: SessionState<unknown>) => Seen,
  select: (seen: Seen) => Selected,
): Selected {
  const session = useSession();
  const [now, onServer] = useMemo(() => {
    const selected = once(select);
    return [() => selected(view(session.getState())), () => selected(view(RESTORING))];
  }, [session, view, select]);
  return useSyncExternalStore(session.subscribe, now, onServer);
}

/** React asks several times in one render, and for ever if a selector that makes an object gave another one each time. */
function once<Seen, Selected>(select: (seen: Seen) => Selected): (seen: Seen) => Selected {
  let last: readonly [Seen, Selected] | undefined;
  return (seen) => {
    if (!last || !Object.is(last[0], seen)) last = [seen, select(seen)];
    return last[1];
  };
}
