import type { Answer, Judgement, Presentation } from '../backends/backend.ts';
import { type AuthErrorCode, isAuthError } from '../errors.ts';
import { resolveUrl } from '../platform/web-origin.ts';
import type { Engine } from '../session/engine.ts';
import type { Epoch, Held } from '../session/held.ts';
import type { MayCarry, TransportOptions } from './resource-server.ts';
import { timeLeft, type Way, waitFor } from './wait.ts';

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
  /** The status of an answer, from a result or from an error; undefined when there is none. */
  status(outcome: unknown): number | undefined;
  /** What a server answered, from a result or from an error; undefined when none did. */
  answer(call: Call, outcome: unknown): Answer | undefined;
  /** Lets go of an answer that nobody will read, so that its connection is free. */
  letGo(outcome: unknown): void;
  onAbort(call: Call, reject: (error: unknown) => void): () => void;
  timeoutError(call: Call): unknown;
}

/** What is said to whoever waits when there is nothing left to wait for. */
const SESSION_OVER: readonly AuthErrorCode[] = ['signed-out', 'session-changed'];

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
    const way = { call, epoch, deadline: limit && engine.clock.monotonic() + limit };
    const held = epoch.over ? undefined : engine.ready();
    return held ? dispatch(way, held) : join(way);
  }

  /** Nothing to send at once: wait for the restore, or for a refresh. */
  function join(way: Way<Call>): Promise<Reply> {
    const { call, epoch } = way;
    return waitFor(obtain(epoch), engine, wire, way).then((held) => {
      if (epoch.over) throw epoch.over;
      const left = timeLeft(engine, way);
      return held ? dispatch(way, held, left) : wire.send(call, undefined, left);
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

  function dispatch(way: Way<Call>, held: Held, left?: number, isRetry = false): Promise<Reply> {
    const { call, epoch } = way;
    return new Promise((resolve, reject) => {
      // It may have ended in the very turns between the refresh and this (I7).
      if (epoch.over) return reject(epoch.over);
      // While it is under way, the end of its session rejects it, whatever the server then says (C35).
      epoch.flights.add(reject);
      const settle = (outcome: unknown, pass: () => void): void => {
        if (!epoch.flights.delete(reject)) return;
        const judgement = judge(call, outcome);
        if (judgement === 'accepted') pass();
        else
          react(judgement, way, held, isRetry)
            .then((next) => {
              if (!next) return pass();
              wire.letGo(outcome);
              resolve(dispatch(way, next, timeLeft(engine, way), true));
            })
            .catch(reject);
      };
      const fail = (error: unknown): void => settle(error, () => reject(error));
      try {
        wire.send(call, presentationOf(call, held), left).then((reply) => settle(reply, () => resolve(reply)), fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  function presentationOf(call: Call, held: Held): Presentation | undefined {
    if (!engine.present) return held.presentation;
    // It was parsed before, by `mayCarry`, or begins like a URL that was.
    return engine.present(held, { url: resolveUrl(wire.url(call)) as URL, method: wire.method(call) });
  }

  function judge(call: Call, outcome: unknown): Judgement | Promise<Judgement> {
    // Most answers are no refusal, and only the app may have another word on those.
    if (!customJudge && (wire.status(outcome) ?? 0) < 400) return 'accepted';
    const answer = wire.answer(call, outcome);
    if (!answer) return 'accepted';
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
    way: Way<Call>,
    held: Held,
    isRetry: boolean,
  ): Promise<Held | undefined> {
    const { call, epoch } = way;
    const heard = Promise.resolve(judged).catch(() => 'accepted' as const);
    const judgement = await waitFor(heard, engine, wire, way);
    if (typeof judgement === 'object') await engine.end(epoch, held, judgement.ended);
    if (judgement !== 'refused' || isRetry) return undefined;
    const replaced = engine.replace(held);
    if (!wire.isReplayable(call)) {
      replaced.catch(() => {});
      const text = `The body of a refused ${wire.method(call)} was a stream: it was not sent again.`;
      engine.diagnose('body-not-replayable', text);
      return undefined;
    }
    return waitFor(replaced, engine, wire, way).catch((error) => {
      // No verdict, or the server's own: then the answer that it gave is the truth. Otherwise the caller's abort, or
      // the end of the session by somebody's wish.
      if (isAuthError(error) && (isAuthError(error.cause) || !SESSION_OVER.includes(error.code))) return undefined;
      throw error;
    });
  }

  return authorize;
}
