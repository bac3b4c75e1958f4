import type { AuthError } from '../errors.ts';
import type { Channel } from '../platform/channel.ts';
import type { Unsubscribe } from '../platform/clock.ts';
import type { Fence } from '../platform/fence.ts';
import type { Lock } from '../platform/lock.ts';
import { report } from '../platform/web.ts';
import { createEmitter, type DiagnosticCode, type Emitter, type SessionEvents } from './emitter.ts';
import type { Epoch, Flight, Held, Span } from './held.ts';
import { newEpoch } from './holder.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import type { NormalizedOptions } from './options.ts';
import type { SessionState } from './state.ts';
import type { TraceEntry } from './trace.ts';

/** What the engine needs of the world besides the clock. */
export interface Platform {
  readonly lock: Lock;
  readonly fence: Fence;
  readonly channel: Channel;
  /** Calls back when the page may have slept through something. */
  onWake(listener: () => void): Unsubscribe;
  /** From 0 to 1. */
  random(): number;
}

/** What is known of one session in this tab; the engine is the functions that work on it. */
export interface Core extends Platform, NormalizedOptions {
  readonly keeper: Keeper;
  /** Whether all tabs of the name have one session, or each has its own. A cookie is shared wherever tokens are kept. */
  readonly scope: 'tab' | 'origin';
  /** Tells this engine from those of other tabs. */
  readonly tab: string;
  readonly events: Emitter<SessionEvents<unknown> & { state: undefined }>;
  /** Tells the app what to mend. Not at once: no listener runs inside a transaction, nor before it could be put on. */
  diagnose(code: DiagnosticCode, message: string): void;
  state: SessionState<unknown>;
  /** Settles when it is known whether somebody is signed in. */
  ready: Promise<void>;
  epoch: Epoch;
  /** The record in use. */
  held: Held | undefined;
  /** What the user, or the page, last set out to do; whatever was begun before is overtaken by it (OUT-10, U1). */
  intent: Span;
  /** The refresh under way; everybody who names its record shares it (ROT-1, SES-2). */
  flight: Flight | undefined;
  /** Looks into the fence, and whether the session is still good. Never rejects. */
  look(): Promise<void>;
  /** Set from a wake-up until the fence was read again: no request goes out before (OUT-6). */
  dirty: Promise<void> | undefined;
  /** No refresh in the background before this, in milliseconds since 1970. */
  pausedUntil: number;
  /** Takes back the end of a session that cannot be renewed. */
  cancelEnd: Unsubscribe;
  /** The last decisions, oldest first. */
  readonly trace: TraceEntry[];
  /** Aborts when the session is disposed. */
  readonly closed: AbortController;
  /** What has to be undone when the session is disposed. */
  readonly undo: Set<Unsubscribe>;
}

/** The core of a session of which nothing is known yet. */
export function createCore(options: NormalizedOptions, platform: Platform): Core {
  const events: Core['events'] = createEmitter((error, type) => {
    // A listener of diagnostics that throws would be told of itself for ever.
    if (type !== 'diagnostic') diagnose('listener-failed', `A listener of "${type}" threw.`);
    // The page's own error reporting gets it whole, as for any other event of the platform.
    report(error);
  });
  const diagnose: Core['diagnose'] = (code, message) =>
    queueMicrotask(() => events.emit('diagnostic', { code, message }));
  return {
    ...options,
    ...platform,
    keeper: createKeeper(options, diagnose),
    scope: options.backend.credential === 'cookie' ? 'origin' : options.store.scope,
    tab: platform.random().toString(36).slice(2),
    events,
    diagnose,
    state: Object.freeze({ status: 'restoring' }),
    ready: Promise.resolve(),
    epoch: newEpoch(),
    held: undefined,
    intent: { over: undefined },
    flight: undefined,
    look: async () => {},
    dirty: undefined,
    pausedUntil: 0,
    cancelEnd() {},
    trace: [],
    closed: new AbortController(),
    undo: new Set(),
  };
}

/** Shows a new state. */
export function setState(core: Core, state: SessionState<unknown>): void {
  core.state = Object.freeze(state);
  core.events.emit('state', undefined);
}

/** Begins what the user wants now, and overtakes what they wanted before; nothing begins in a disposed session (C48). */
export function begin(core: Core, overtaken: AuthError): Span {
  core.intent.over = overtaken;
  core.intent = { over: core.epoch.over };
  return core.intent;
}
