import type { Judgement } from '../backends/backend.ts';
import type { Unsubscribe } from '../platform/clock.ts';
import type { Engine, Prompt } from '../session/engine.ts';
import type { Epoch, Held, Member } from '../session/held.ts';
import type { Wire } from './wire.ts';

/** One request on its way through the policy. */
export interface Way<Call, Reply> extends Member {
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
  /** What the user was asked for its sake; undefined until a server demands it. */
  prompt: Prompt | undefined;
  /** Until when it waits, by the monotonic clock; undefined until it has to. */
  due: number | undefined;
  stopAbort: Unsubscribe | undefined;
}

/** How long a request may still take as a whole, in milliseconds; undefined when it did not say. */
export function timeLeft<Call, Reply>({ clock }: Engine, { deadline }: Way<Call, Reply>): number | undefined {
  return deadline && Math.max(deadline - clock.monotonic(), 1);
}

/** Hands the caller what the server, or the client, gave. */
export function pass<Call, Reply>({ isFailed, outcome, resolve, reject }: Way<Call, Reply>): void {
  if (isFailed) reject(outcome);
  else resolve(outcome as Reply);
}

/** The same where it would be sent again, if its body were not used up; tells the app. */
export function passOneShot<Call, Reply>(engine: Engine, wire: Wire<Call, Reply>, way: Way<Call, Reply>): void {
  const text = `The body of a refused ${wire.method(way.call)} was a stream: it was not sent again.`;
  engine.diagnose('body-not-replayable', text);
  pass(way);
}

export function rejectWith<Call, Reply>({ reject }: Way<Call, Reply>, error: unknown): void {
  reject(error);
}
