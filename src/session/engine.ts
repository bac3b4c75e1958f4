import type { Answer, Judgement, Presentation, StepUp } from '../backends/backend.ts';
import type { AuthUnavailableError, SignOutReason } from '../errors.ts';
import type { Clock, Unsubscribe } from '../platform/clock.ts';
import type { DiagnosticCode } from './emitter.ts';
import type { Epoch, Held } from './held.ts';

/** The user is being asked to prove who they are once more. */
export interface Prompt {
  /**
   * Settles when they have.
   *
   * @throws {StepUpCancelledError} When they have not.
   */
  readonly outcome: Promise<void>;
  /** Waits for it. What it gives stops that; when nobody waits any more, the prompt is taken back. */
  join(): Unsubscribe;
}

/** What a transport needs of a session: not its public face, and no part of it. */
export interface Engine {
  readonly clock: Clock;
  /** The longest that a request waits, in milliseconds. */
  readonly patience: number;
  /** Absolute URLs that never get a token. */
  endpoints(): readonly string[];
  /** To which epoch a request that is made now belongs. */
  epoch(): Epoch;
  /** The record in use, if its token can be sent at once; inside the refresh window this starts a refresh, too. */
  ready(): Held | undefined;
  /**
   * The record in use, after whatever has to be waited for. Undefined: nobody is signed in, send it bare.
   *
   * @param isWanted Whether anybody still waits: a blip of the server's is waited through for as long.
   * @throws {AuthError} When the epoch is over, or there is no usable token to be had.
   */
  obtain(epoch: Epoch, isWanted: () => boolean): Promise<Held | undefined>;
  /** A newer record than the one that a server refused, in the same manner. */
  replace(refused: Held, epoch: Epoch, isWanted: () => boolean): Promise<Held>;
  /** What a request is told that has lost its patience. */
  impatience(): AuthUnavailableError;
  /** What a request carries; undefined stands for the `presentation` of `Held`. */
  present: ((held: Held, request: { readonly url: URL; readonly method: string }) => Presentation) | undefined;
  judge(answer: Answer): Judgement | Promise<Judgement>;
  /** Takes up the newer tokens in an answer to a token of this record, if there are any; undefined where none ever are. */
  renew: ((epoch: Epoch, held: Held, answer: Answer) => void) | undefined;
  /** A server said, of a token of this record, that the session is over. */
  end(epoch: Epoch, held: Held, reason: SignOutReason): Promise<void>;
  /** Asks the user for more than this record proves, or joins in where that is being asked; undefined if the app does not. */
  stepUp: ((held: Held, stepUp: StepUp, url: string) => Prompt) | undefined;
  /** Tells the app that a token lacks a scope. */
  lackScope(scope: string | undefined, url: string): void;
  /** A demand was found in a body, because CORS hides the header that says it: tells the app, once. */
  missChallenge(): void;
  diagnose(code: DiagnosticCode, message: string): void;
}

/** Under which `diagnose` and `traceText` find all that is known of a session; a function, so that no logger prints it. */
export const CORE: unique symbol = Symbol.for('latchkey.core');

/** Under which transports find the engine on a session, whichever copy of the package made it. */
export const ENGINE: unique symbol = Symbol.for('latchkey.engine');

/**
 * The engine of a session.
 *
 * @throws {TypeError} When it is no session.
 */
export function engineOf(session: object): Engine {
  const engine = (session as { readonly [ENGINE]?: Engine } | undefined)?.[ENGINE];
  if (engine === undefined) throw new TypeError('The session must be one that createSession() gave.');
  return engine;
}
