import type { Answer, Judgement, Presentation } from '../backends/backend.ts';
import type { SignOutReason } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { DiagnosticCode } from './emitter.ts';
import type { Epoch, Held } from './held.ts';

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
   * @throws {AuthError} When the epoch is over, or there is no usable token to be had.
   */
  obtain(epoch: Epoch): Promise<Held | undefined>;
  /** A newer record than the one that a server refused. */
  replace(refused: Held): Promise<Held>;
  /** What a request carries; undefined stands for the `presentation` of `Held`. */
  present: ((held: Held, request: { readonly url: URL; readonly method: string }) => Presentation) | undefined;
  judge(answer: Answer): Judgement | Promise<Judgement>;
  /** A server said, of a token of this record, that the session is over. */
  end(epoch: Epoch, held: Held, reason: SignOutReason): Promise<void>;
  diagnose(code: DiagnosticCode, message: string): void;
}

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
