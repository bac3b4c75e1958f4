import type { Judgement } from '../backends/backend.ts';
import type { Unsubscribe } from '../platform/clock.ts';
import type { Engine } from '../session/engine.ts';
import type { Epoch, Held } from '../session/held.ts';

/** One request on its way through the policy. */
export interface Way<Call, Reply> {
  readonly call: Call;
  /** To which it belongs. */
  readonly epoch: Epoch;
  /** When it has to be done, by the monotonic clock; undefined when it did not say. */
  readonly deadline: number | undefined;
  readonly resolve: (reply: Reply | PromiseLike<Reply>) => void;
  readonly reject: (error: unknown) => void;
  /** What it was sent with, the last time. */
  held: Held | undefined;
  isRetry: boolean;
  /** What came of that: a result, or an error. */
  outcome: unknown;
  isFailed: boolean;
  /** What is being found out about the outcome. */
  verdict: Promise<Judgement> | undefined;
  /** Until when it waits, by the monotonic clock; undefined until it has to. */
  due: number | undefined;
  stopAbort: Unsubscribe | undefined;
}

/** How long a request may still take as a whole, in milliseconds; undefined when it did not say. */
export function timeLeft<Call, Reply>({ clock }: Engine, { deadline }: Way<Call, Reply>): number | undefined {
  return deadline && Math.max(deadline - clock.monotonic(), 1);
}
