import type { Answer, Judgement, Presentation } from '../backends/backend.ts';
import { type AuthErrorCode, isAuthError } from '../errors.ts';
import { resolveUrl } from '../platform/web-origin.ts';
import type { Engine } from '../session/engine.ts';
import type { Epoch, Held } from '../session/holder.ts';
import type { MayCarry, TransportOptions } from './resource-server.ts';
import { type Waiting, waitFor } from './wait.ts';

/** What one HTTP client must be able to do with one of its requests (`Call`) to be authorised. */
export interface Wire<Call, Reply> {
  /** As the client will send it; relative to the page if it has no host. */
  url(call: Call): string;
  method(call: Call): string;
  /** In milliseconds, for the request as a whole; undefined when it has none. */
  timeLimit(call: Call): number | undefined;
  /** Whether its body can be sent a second time. */
  isReplayable(call: Call): boolean;
  /** Sends it, with a fresh copy of what it was given. Undefined sends it bare. */
  send(call: Call, presentation: Presentation | undefined, timeLeft?: number): Promise<Reply>;
  /** What a server answered, from a result or from an error; undefined when none did. */
  answer(call: Call, outcome: unknown): Answer | undefined;
  /** Lets go of an answer that nobody will read, so that its connection is free. */
  letGo(outcome: unknown): void;
  onAbort(call: Call, reject: (error: unknown) => void): () => void;
  timeoutError(call: Call): unknown;
}

/** Sends a request of an epoch as the session has it. */
export type Authorize<Call, Reply> = (call: Call, epoch: Epoch) => Promise<Reply>;

/**
 * THE policy, the same for every client: which request gets a token, what waits for which, and what an answer means.
 * A request is sent at most twice (I14), settles exactly once (I6), and never in another session than its own (I7).
 */
export function createAuthorize<Call, Reply>(
  engine: Engine,
  wire: Wire<Call, Reply>,
  mayCarry: MayCarry,
  customJudge: TransportOptions['judge'],
): Authorize<Call, Reply> {
  let asked: { readonly epoch: Epoch; readonly answer: Promise<Held | undefined> } | undefined;

  function authorize(call: Call, epoch: Epoch): Promise<Reply> {
    // The decision is made here, below every interceptor and on the very values that are sent (ATT-5).
    if (!mayCarry(wire.url(call))) return wire.send(call, undefined);
    const limit = wire.timeLimit(call);
    const deadline = limit === undefined ? undefined : engine.clock.monotonic() + limit;
    const held = epoch.over === undefined ? engine.ready() : undefined;
    return held === undefined ? join(call, epoch, deadline) : dispatch(call, epoch, held, deadline, false);
  }

  /** Nothing to send at once: wait for the restore, or for a refresh. */
  function join(call: Call, epoch: Epoch, deadline: number | undefined): Promise<Reply> {
    return waitFor(obtain(epoch), engine, epoch, waitingOf(call, deadline)).then((held) => {
      if (epoch.over !== undefined) throw epoch.over;
      if (held === undefined) return wire.send(call, undefined, timeLeft(deadline));
      return dispatch(call, epoch, held, deadline, false, timeLeft(deadline));
    });
  }

  /** One question to the engine for all who ask while it is open: thousands may. */
  function obtain(epoch: Epoch): Promise<Held | undefined> {
    if (asked?.epoch === epoch) return asked.answer;
    const mine = { epoch, answer: engine.obtain(epoch) };
    asked = mine;
    const forget = (): void => {
      if (asked === mine) asked = undefined;
    };
    mine.answer.then(forget, forget);
    return mine.answer;
  }

  function dispatch(
    call: Call,
    epoch: Epoch,
    held: Held,
    deadline: number | undefined,
    isRetry: boolean,
    left?: number,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      // It may have ended in the very turns between the refresh and this (I7).
      if (epoch.over !== undefined) return reject(epoch.over);
      // While it is under way, the end of its session rejects it, whatever the server then says (C35).
      epoch.flights.add(reject);
      const settle = (outcome: unknown, pass: () => void): void => {
        if (!epoch.flights.delete(reject)) return;
        const judgement = judge(call, outcome);
        if (judgement === 'accepted') pass();
        else
          react(judgement, call, epoch, held, deadline, isRetry)
            .then((next) => {
              if (next === undefined) return pass();
              wire.letGo(outcome);
              resolve(dispatch(call, epoch, next, deadline, true, timeLeft(deadline)));
            })
            .catch(reject);
      };
      try {
        const presentation = engine.present === undefined ? held.presentation : present(engine.present, call, held);
        wire.send(call, presentation, left).then(
          (reply) => settle(reply, () => resolve(reply)),
          (error) => settle(error, () => reject(error)),
        );
      } catch (error) {
        settle(error, () => reject(error));
      }
    });
  }

  function judge(call: Call, outcome: unknown): Judgement | Promise<Judgement> {
    const answer = wire.answer(call, outcome);
    if (answer === undefined) return 'accepted';
    try {
      const judgement = customJudge?.(answer) ?? engine.judge(answer);
      // What a server beyond the list says of our token, after a redirect, is not heard (RED-2).
      return judgement === 'accepted' || mayCarry(answer.url) ? judgement : 'accepted';
    } catch {
      return 'accepted';
    }
  }

  /** What to do about an answer that is not simply accepted: the record to send again with, or undefined to pass it on. */
  async function react(
    judged: Judgement | Promise<Judgement>,
    call: Call,
    epoch: Epoch,
    held: Held,
    deadline: number | undefined,
    isRetry: boolean,
  ): Promise<Held | undefined> {
    const heard = Promise.resolve(judged).catch(() => 'accepted' as const);
    const judgement = await waitFor(heard, engine, epoch, waitingOf(call, deadline));
    if (judgement === 'accepted') return undefined;
    if (judgement !== 'refused') {
      await engine.end(epoch, judgement.ended);
      return undefined;
    }
    if (isRetry) return undefined;
    const replaced = engine.replace(held);
    if (!wire.isReplayable(call)) {
      replaced.catch(() => {});
      engine.diagnose(
        'body-not-replayable',
        `The body of a refused ${wire.method(call)} was a stream, so it was not sent again.`,
      );
      return undefined;
    }
    try {
      return await waitFor(replaced, engine, epoch, waitingOf(call, deadline));
    } catch (error) {
      // No verdict, or the server's own: then the answer that it gave is the truth. Otherwise the caller's abort, or
      // the end of the session by somebody's wish.
      const isVerdict = isAuthError(error) && (isAuthError(error.cause) || !isSessionOver(error.code));
      if (isVerdict) return undefined;
      throw error;
    }
  }

  function waitingOf(call: Call, deadline: number | undefined): Waiting {
    return {
      onAbort: (reject) => wire.onAbort(call, reject),
      timeLeft: timeLeft(deadline),
      timeoutError: () => wire.timeoutError(call),
    };
  }

  function timeLeft(deadline: number | undefined): number | undefined {
    return deadline === undefined ? undefined : Math.max(deadline - engine.clock.monotonic(), 1);
  }

  function present(by: NonNullable<Engine['present']>, call: Call, held: Held): Presentation {
    // It was parsed before, by `mayCarry`, or begins like a URL that was.
    return by(held, { url: resolveUrl(wire.url(call)) as URL, method: wire.method(call) });
  }

  return authorize;
}

function isSessionOver(code: AuthErrorCode): boolean {
  return code === 'signed-out' || code === 'session-changed';
}
