import type { TraceEntry, TraceStep } from '../session/trace.ts';

/** Where an entry stands: what the engine decided, by what it is about, or what the app was told. */
export type Lane = 'refresh' | 'session' | 'tabs' | 'events';

/** One line of the timeline. It holds no token: it is made of steps, generations, reasons and codes. */
export interface TimelineEntry {
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly lane: Lane;
  /** The step of the trace, or the type of the event. */
  readonly what: string;
  readonly detail: string;
}

const LANE_OF: Readonly<Record<TraceStep, Lane>> = {
  restored: 'session',
  imported: 'session',
  'signed-in': 'session',
  'signed-out': 'session',
  adopted: 'tabs',
  'record-asked': 'tabs',
  'record-given': 'tabs',
  'refresh-sent': 'refresh',
  'refresh-committed': 'refresh',
  'refresh-rejected': 'refresh',
  'refresh-unanswered': 'refresh',
  'breaker-opened': 'refresh',
  woken: 'tabs',
  degraded: 'tabs',
};

/** The decisions of the engine and the events that the app was told, newest first. */
export function entriesOf(trace: readonly TraceEntry[], events: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const decisions = trace.map(({ at, step, detail = '' }) => ({ at, lane: LANE_OF[step], what: step, detail }));
  // Of one moment, the decision comes first and what was told of it after: the order stays when it is turned around.
  return [...decisions, ...events].sort((one, other) => one.at - other.at).reverse();
}
