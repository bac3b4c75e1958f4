import type { Unsubscribe } from '../platform/clock.ts';
import { coreOf } from '../session/core-of.ts';
import type { Session } from '../session/session.ts';
import { traceText } from '../session/trace-text.ts';
import { entriesOf, type TimelineEntry } from './timeline-entry.ts';
import type { TimelineView } from './timeline-view.ts';
import { watchEvents } from './watch-events.ts';

/** How often it looks at the trace, which tells nobody when it grows, in milliseconds. */
const PAUSE = 500;

/** Shows a session until it is undone. Of no session it shows that there is none. */
export function followSession(session: Session<never, unknown> | undefined, view: TimelineView): Unsubscribe {
  const clock = session && coreOf(session)?.clock;
  if (!session || !clock) {
    view.show(undefined, 0);
    return () => {};
  }
  const events: TimelineEntry[] = [];
  const show = (): void => view.show(entriesOf(session.trace(), events), clock.now());
  let stop: Unsubscribe = () => {};
  const look = (): void => {
    show();
    stop = clock.setTimer(look, PAUSE);
  };
  const unwatch = watchEvents(session, clock, events, show);
  const unsubscribe = session.subscribe(show);
  view.textOf = () => traceText(session);
  look();
  return () => {
    stop();
    unwatch();
    unsubscribe();
    view.textOf = undefined;
  };
}
