import type { Clock, Unsubscribe } from '../platform/clock.ts';
import type { SessionEvents } from '../session/emitter.ts';
import type { Session } from '../session/session.ts';
import type { TimelineEntry } from './timeline-entry.ts';

/** As many as the trace keeps decisions. */
const KEPT = 100;

/** What is said of each event: codes and reasons, never a user, a token or a text of the server. */
const DETAIL_OF: { readonly [Type in keyof SessionEvents<unknown>]: (event: SessionEvents<unknown>[Type]) => string } =
  {
    'signed-in': () => '',
    refreshed: () => '',
    'refresh-failed': ({ error }) => error.code,
    expiring: ({ cause }) => cause,
    'signed-out': ({ reason }) => reason,
    'insufficient-scope': ({ scope = '' }) => scope,
    diagnostic: ({ code }) => code,
  };

/** Notes every event of a session in a list, oldest first, until it is undone. */
export function watchEvents(
  session: Session<never, unknown>,
  clock: Clock,
  list: TimelineEntry[],
  onEvent: () => void,
): Unsubscribe {
  const types = Object.keys(DETAIL_OF) as (keyof typeof DETAIL_OF)[];
  const undo = types.map((type) =>
    session.on(type, (event) => {
      const detail = (DETAIL_OF[type] as (event: unknown) => string)(event);
      if (list.length >= KEPT) list.shift();
      list.push({ at: clock.now(), lane: 'events', what: type, detail });
      onEvent();
    }),
  );
  return () => {
    for (const end of undo) end();
  };
}
