import type { Answer, Presentation } from '../backends/backend.ts';
import type { Unsubscribe } from '../platform/clock.ts';

/** What one HTTP client must be able to do with one of its requests (`Call`) to be authorised. */
export interface Wire<Call, Reply> {
  /** As the client will send it; relative to the page if it has no host. */
  url(call: Call): string;
  method(call: Call): string;
  /** In milliseconds, for the request as a whole; undefined when it has none. */
  timeLimit(call: Call): number | undefined;
  /** Whether its body can be sent a second time. */
  isReplayable(call: Call): boolean;
  /**
   * Sends it, with a fresh copy of what it was given. Undefined sends it bare.
   *
   * @param end Aborts when the session is over, whatever the caller's own signal says.
   */
  send(call: Call, presentation: Presentation | undefined, timeLeft?: number, end?: AbortSignal): Promise<Reply>;
  /** The status of an answer, from a result or from an error; undefined when there is none. */
  status(outcome: unknown): number | undefined;
  /** What a server answered, from a result or from an error; undefined when none did. */
  answer(call: Call, outcome: unknown): Answer | undefined;
  /** Lets go of an answer that nobody will read, so that its connection is free. */
  letGo(outcome: unknown): void;
  /** Lets a waiting request leave when its caller aborts, or at once if it has. What it gives takes that back. */
  onAbort<W>(call: Call, way: W, leave: (way: W, error: unknown) => void): Unsubscribe | undefined;
  timeoutError(call: Call): unknown;
}

/** A signal that aborts with either of two; the caller's alone where a browser cannot join them. */
export function eitherSignal(own: AbortSignal | null | undefined, end: AbortSignal): AbortSignal {
  return own ? (AbortSignal.any?.([own, end]) ?? own) : end;
}
