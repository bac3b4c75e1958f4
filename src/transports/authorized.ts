import type { Judgement, Presentation, StepUp } from '../backends/backend.ts';
import { type AuthErrorCode, isAuthError } from '../errors.ts';
import { within } from '../platform/awaitable.ts';
import { resolveUrl } from '../platform/web-origin.ts';
import type { Engine } from '../session/engine.ts';
import type { Epoch, Held } from '../session/held.ts';
import { joinEpoch, leaveEpoch } from '../session/holder.ts';
import { own } from '../token/own.ts';
import { createQueue } from './queue.ts';
import type { MayCarry, TransportOptions } from './resource-server.ts';
import { createJudge, createStepUp, demandOf } from './step-up.ts';
import { pass, passOneShot, rejectWith, timeLeft, type Way } from './way.ts';
import type { Wire } from './wire.ts';

/** What is said to whoever waits when there is nothing left to wait for. */
const SESSION_OVER: readonly AuthErrorCode[] = ['signed-out', 'session-changed'];
/** How long the word on one refusal is waited for by others of the same token, in milliseconds. */
const HEARING = 100;

type Ended = Extract<Judgement, { readonly ended: unknown }>;

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
  type Request = Way<Call, Reply>;
  /** Of which a server said, in a body, that they are refused. Bodies that come after that are not read. */
  const refused = new WeakSet<Held>();
  /** Whose answer is being read. */
  let heard: Request | undefined;

  /** For the restore, or for a refresh: there is nothing to send at once. */
  const waitForToken = createQueue(
    engine,
    wire,
    ({ epoch }: Request, isWanted) => engine.obtain(epoch, isWanted),
    (way, held) => {
      const { call, epoch, resolve, reject } = way;
      if (held) dispatch(way, held);
      else if (epoch.over) reject(epoch.over);
      else resolve(wire.send(call, undefined, timeLeft(engine, way)));
    },
    rejectWith,
  );

  /** For a newer record than the one that was refused; after a step-up, for the one in use, if it has to be waited for. */
  const waitForNext = createQueue(
    engine,
    wire,
    ({ held, epoch, prompt }: Request, isWanted) =>
      prompt ? (engine.obtain(epoch, isWanted) as Promise<Held>) : engine.replace(held as Held, epoch, isWanted),
    (way, next) => {
      wire.letGo(way.outcome);
      way.isRetry = true;
      dispatch(way, next);
    },
    (way, error) => {
      // The record stays in use: what a server says of it the next time is read again.
      refused.delete(way.held as Held);
      // No verdict, or the server's own: then the answer that it gave is the truth. Otherwise the caller's abort, or
      // the end of the session by somebody's wish.
      if (isAuthError(error) && (isAuthError(error.cause) || !SESSION_OVER.includes(error.code))) pass(way);
      else way.reject(error);
    },
  );

  /** For the meaning of its answer, where that is not known at once. */
  const waitForVerdict = createQueue(
    engine,
    wire,
    ({ verdict }: Request) => verdict as Promise<Judgement>,
    (way, judgement) => {
      if (judgement === 'refused' && !way.isRetry) refused.add(way.held as Held);
      react(way, judgement);
    },
    // Whoever loses their patience over what an answer means still has the answer.
    (way, error) => (isAuthError(error) && !SESSION_OVER.includes(error.code) ? pass(way) : way.reject(error)),
  );

  /** For the meaning of another answer to the same token: thousands may be refused at once, and one body says why. */
  const waitForHeard = createQueue(
    engine,
    wire,
    () => within(engine.clock, HEARING, () => heard?.verdict, Error).catch(() => undefined),
    (way: Request, judgement) => (judgement === 'refused' ? react(way, judgement) : hear(way)),
    rejectWith,
  );

  const stepUp = createStepUp(engine, wire, waitForNext);
  const judgeDefault = createJudge(engine, mayCarry);

  function authorize(call: Call, epoch: Epoch): Promise<Reply> {
    // The decision is made here, below every interceptor and on the very values that are sent (ATT-5).
    if (!mayCarry(wire.url(call))) return wire.send(call, undefined);
    const limit = wire.timeLimit(call);
    const deadline = limit && engine.clock.monotonic() + limit;
    const held = epoch.over ? undefined : engine.ready();
    return new Promise((resolve, reject) => {
      const way: Request = {
        call,
        epoch,
        deadline,
        resolve,
        reject,
        place: -1,
        held,
        isRetry: false,
        outcome: undefined,
        isFailed: false,
        verdict: undefined,
        prompt: undefined,
        due: undefined,
        stopAbort: undefined,
      };
      if (held) dispatch(way, held);
      else waitForToken(way, epoch);
    });
  }

  function dispatch(way: Request, held: Held): void {
    const { call, epoch, reject } = way;
    // It may have ended in the very turns between the refresh and this (I7).
    if (epoch.over) {
      reject(epoch.over);
      return;
    }
    // While it is under way, the end of its session rejects it, whatever the server then says (C35).
    joinEpoch(epoch, way);
    way.held = held;
    const fail = (error: unknown): void => settle(way, error, true);
    try {
      const left = way.due && timeLeft(engine, way);
      wire
        .send(call, presentationOf(call, held), left, epoch.controller?.signal)
        .then((reply) => settle(way, reply, false), fail);
    } catch (error) {
      fail(error);
    }
  }

  function presentationOf(call: Call, held: Held): Presentation | undefined {
    if (!engine.present) return held.presentation;
    // It was parsed before, by `mayCarry`, or begins like a URL that was.
    return engine.present(held, { url: resolveUrl(wire.url(call)) as URL, method: wire.method(call) });
  }

  function settle(way: Request, outcome: unknown, isFailed: boolean): void {
    if (!leaveEpoch(way.epoch, way)) return;
    way.outcome = outcome;
    way.isFailed = isFailed;
    const status = wire.status(outcome) ?? 0;
    if (engine.renew && status < 400) renew(way);
    // Most answers are no refusal, and only the app may have another word on those.
    if (!customJudge && status < 400) pass(way);
    else if (customJudge || status !== 401 || way.isRetry || isDemanding(way)) hear(way);
    else if (refused.has(way.held as Held)) react(way, isHeard(way) ? 'refused' : 'accepted');
    else if (heard?.held === way.held && isHeard(way)) waitForHeard(way, way.held as Held);
    else hear(way);
  }

  /** Before the caller has the answer, and may use its body up. What a server beyond the list sends is not looked at (SES-6). */
  function renew({ call, epoch, held, outcome }: Request): void {
    const answer = wire.answer(call, outcome);
    if (answer && mayCarry(answer.url)) engine.renew?.(epoch, held as Held, answer);
  }

  /** Whether the answer itself says that a newer token is not what is wanted, whatever others of its token say (HTTP-5). */
  function isDemanding({ call, outcome }: Request): boolean {
    const answer = wire.answer(call, outcome);
    return !!answer && demandOf(answer) !== undefined;
  }

  /** What a server beyond the list says of our token, after a redirect, is not heard (RED-2). */
  function isHeard({ call, outcome }: Request): boolean {
    const answer = wire.answer(call, outcome);
    return !!answer && mayCarry(answer.url);
  }

  /** Finds out what an answer means, by itself. */
  function hear(way: Request): void {
    const judgement = judge(way);
    if (isThenable(judgement)) {
      heard = way;
      way.verdict = Promise.resolve(judgement)
        .catch((): Judgement => 'accepted')
        .finally(() => {
          heard = undefined;
        });
      waitForVerdict(way, way);
    } else react(way, judgement);
  }

  function judge({ call, outcome }: Request): Judgement | Promise<Judgement> {
    try {
      const answer = wire.answer(call, outcome);
      if (!answer) return 'accepted';
      const judgement = customJudge?.(answer) ?? judgeDefault(answer);
      return judgement === 'accepted' || mayCarry(answer.url) ? judgement : 'accepted';
    } catch {
      return 'accepted';
    }
  }

  function react(way: Request, judgement: Judgement): void {
    const { call, epoch, isRetry } = way;
    const held = way.held as Held;
    const demanded = own(judgement, 'stepUp') as StepUp | undefined;
    if (demanded) stepUp(way, demanded);
    else if (typeof judgement === 'object')
      engine.end(epoch, held, (judgement as Ended).ended).then(() => pass(way), way.reject);
    else if (judgement === 'resend' && !isRetry) resend(way, held);
    else if (judgement !== 'refused' || isRetry) pass(way);
    else if (wire.isReplayable(call)) waitForNext(way, held);
    else {
      engine.replace(held, epoch, () => false).catch(() => refused.delete(held));
      passOneShot(engine, wire, way);
    }
  }

  /** With what `present` gives by now, and the same token. */
  function resend(way: Request, held: Held): void {
    if (!wire.isReplayable(way.call)) {
      pass(way);
      return;
    }
    wire.letGo(way.outcome);
    way.isRetry = true;
    dispatch(way, held);
  }

  return authorize;
}

function isThenable(judgement: Judgement | Promise<Judgement>): judgement is Promise<Judgement> {
  return typeof (judgement as Promise<Judgement> | undefined)?.then === 'function';
}
