import type { Core } from './core.ts';

/** A decision of the engine, in one word. A closed union. */
export type TraceStep =
  | 'restored'
  | 'imported'
  | 'signed-in'
  | 'signed-out'
  | 'adopted'
  | 'record-asked'
  | 'record-given'
  | 'refresh-sent'
  | 'refresh-committed'
  | 'refresh-rejected'
  | 'refresh-unanswered'
  | 'breaker-opened'
  | 'woken'
  | 'degraded';

/** One entry of `session.trace()`. It holds no token: `detail` is made of generations, reasons and codes. */
export interface TraceEntry {
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly step: TraceStep;
  readonly detail: string | undefined;
}

/** More than a support request needs. */
const KEPT = 100;

/** Notes a decision for support to see. */
export function note({ clock, trace }: Core, step: TraceStep, detail?: string | number): void {
  if (trace.length >= KEPT) trace.shift();
  trace.push(Object.freeze({ at: clock.now(), step, detail: detail === undefined ? undefined : String(detail) }));
}
