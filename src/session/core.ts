import type { AuthError, SignOutReason } from '../errors.ts';
import type { Channel } from '../platform/channel.ts';
import type { Unsubscribe } from '../platform/clock.ts';
import type { Fence } from '../platform/fence.ts';
import type { Lock } from '../platform/lock.ts';
import { report } from '../platform/web.ts';
import type { SessionRecord } from '../token/session-record.ts';
import type { Breaker } from './breaker.ts';
import type { Deadline } from './deadline.ts';
import { createEmitter, type DiagnosticCode, type Emitter, type SessionEvents } from './emitter.ts';
import type { Epoch, Flight, Held, Span } from './held.ts';
import { newEpoch } from './holder.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import type { TakeOver } from './migration.ts';
import type { NormalizedOptions } from './options.ts';
import type { SessionState } from './state.ts';
import type { TraceEntry } from './trace.ts';

/** What the engine needs of the world besides the clock. */
export interface Platform {
  readonly lock: Lock;
  readonly fence: Fence;
  readonly channel: Channel;
  /** Calls back when the page may have slept through something; tells whether it was offline. */
  onWake(listener: (wasOffline: boolean) => void): Unsubscribe;
  /** Calls back when the user does something on this page. */
  onActivity(listener: () => void): Unsubscribe;
  /** Whether the device may reach a server; false only where it certainly does not. */
  isOnline(): boolean;
  /** Whether somebody may be looking at this page. */
  isVisible(): boolean;
  /** From 0 to 1. */
  random(): number;
}

/** What has just happened: another state, a failure, or this page is looked at or online again. */
export type News = 'state' | 'failure' | 'awake' | 'online';

/** What is known of one session in this tab; the engine is the functions that work on it. */
export interface Core extends Platform, NormalizedOptions {
  readonly keeper: Keeper;
  /** Whether all tabs of the name have one session, or each has its own. A cookie is shared wherever tokens are kept. */
  readonly scope: 'tab' | 'origin';
  /** Tells this engine from those of other tabs. */
  readonly tab: string;
  /** `state`: there is another one to show. `news`: whatever is waited for may be there. `clear`: a session is over. */
  readonly events: Emitter<SessionEvents<unknown> & { state: undefined; news: News; clear: SignOutReason }>;
  /** Tells the app what to mend. Not at once: no listener runs inside a transaction, nor before it could be put on. */
  diagnose(code: DiagnosticCode, message: string): void;
  /** What the app was told to mend, by message, the latest last: whoever asks late is told, too. */
  readonly told: Map<string, DiagnosticCode>;
  state: SessionState<unknown>;
  /** Takes over what an older client has left, where the app says so. */
  takeOver: TakeOver | undefined;
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
  /** What this tab knows of the failures of refreshes, without looking into the fence. */
  breaker: Breaker | undefined;
  /** How often this tab has sent the refresh token in use. */
  attempts: number;
  /** Why the last refresh gave no verdict; undefined once there are newer tokens. */
  failure: AuthError | undefined;
  /** When the user last did something, as far as this tab knows, in milliseconds since 1970. */
  activeAt: number;
  /** When a limit of the app ends the session, as far as this tab knows, in milliseconds since 1970. */
  limitAt: number;
  /** What the app's `loadUser` gave, and for which session. */
  profile: { readonly of: SessionRecord; readonly user: unknown } | undefined;
  /** Loads it once more; where the app loads none, there is nothing to do. */
  reloadUser(): Promise<unknown>;
  /** Waits for it as long as a request would. Never rejects. */
  loadedUser(): Promise<unknown>;
  /** The end that the app was told of. */
  toldOf: Deadline | undefined;
  /** Ends the session if it has passed a limit. Never rejects. */
  checkLimits(): Promise<void>;
  /** The user is there. */
  noteActivity(): void;
  /** The first URL whose answer had no newer token where one was looked for; empty once any had. */
  barren: string | undefined;
  /** Takes back the end of a session that cannot be renewed. */
  cancelEnd: Unsubscribe;
  /** Waits no more for the record that nobody has handed over in time. */
  stopAsking(): void;
  /** The last decisions, oldest first. */
  readonly trace: TraceEntry[];
  /** Aborts when the session is disposed. */
  readonly closed: AbortController;
  /** What has to be undone when the session is disposed. */
  readonly undo: Set<Unsubscribe>;
}

/** How many different diagnostics are kept. */
const KEPT = 20;

/** The core of a session of which nothing is known yet. */
export function createCore(options: NormalizedOptions, platform: Platform): Core {
  const events: Core['events'] = createEmitter((error, type) => {
    // A listener of diagnostics that throws would be told of itself for ever.
    if (type !== 'diagnostic') {
      diagnose('listener-failed', `${type === 'clear' ? 'onClear' : `A listener of "${type}"`} threw.`);
    }
    // The page's own error reporting gets it whole, as for any other event of the platform.
    report(error);
  });
  const told: Core['told'] = new Map();
  const diagnose: Core['diagnose'] = (code, message) => {
    // Anew, so that it counts as the latest.
    told.delete(message);
    told.set(message, code);
    if (told.size > KEPT) told.delete([...told.keys()][0] as string);
    queueMicrotask(() => events.emit('diagnostic', { code, message }));
  };
  return {
    ...options,
    ...platform,
    keeper: createKeeper(options, diagnose),
    scope: options.backend.credential === 'cookie' ? 'origin' : options.store.scope,
    tab: platform.random().toString(36).slice(2),
    events,
    diagnose,
    told,
    state: Object.freeze({ status: 'restoring' }),
    takeOver: undefined,
    ready: Promise.resolve(),
    epoch: newEpoch(),
    held: undefined,
    intent: { over: undefined },
    flight: undefined,
    look: async () => {},
    dirty: undefined,
    breaker: undefined,
    attempts: 0,
    failure: undefined,
    activeAt: options.clock.now(),
    limitAt: Number.POSITIVE_INFINITY,
    profile: undefined,
    reloadUser: async () => {},
    loadedUser: async () => {},
    toldOf: undefined,
    barren: undefined,
    checkLimits: async () => {},
    noteActivity() {},
    cancelEnd() {},
    stopAsking() {},
    trace: [],
    closed: new AbortController(),
    undo: new Set(),
  };
}

/** Shows a new state. */
export function setState(core: Core, state: SessionState<unknown>): void {
  core.state = Object.freeze(state);
  core.events.emit('state', undefined);
  core.events.emit('news', 'state');
}

/** Begins what the user wants now, and overtakes what they wanted before; nothing begins in a disposed session (C48). */
export function begin(core: Core, overtaken: AuthError): Span {
  core.intent.over = overtaken;
  core.intent = { over: core.epoch.over };
  return core.intent;
}
