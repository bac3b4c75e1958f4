import type { BackendContext } from '../backends/backend.ts';
import { type AuthError, AuthUnavailableError, SignedOutError, type SignOutReason } from '../errors.ts';
import { attempt, type TIMED_OUT, within } from '../platform/awaitable.ts';
import type { Channel } from '../platform/channel.ts';
import type { Unsubscribe } from '../platform/clock.ts';
import type { Fence } from '../platform/fence.ts';
import type { Lock } from '../platform/lock.ts';
import { decodeClaims } from '../token/claims.ts';
import { expiryOf, type SessionRecord } from '../token/session-record.ts';
import { createEmitter, type DiagnosticCode, type Emitter, type SessionEvents } from './emitter.ts';
import { headKey, readHead, readRow, rowKey } from './fence-record.ts';
import { createHolder, type Ending, type Epoch, type Held, type Holder } from './holder.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import type { NormalizedOptions } from './options.ts';
import type { SessionState } from './state.ts';

/** What the engine needs of the world besides the clock. */
export interface Platform {
  readonly lock: Lock;
  readonly fence: Fence;
  readonly channel: Channel;
  /** From 0 to 1. */
  random(): number;
}

type Events = SessionEvents<unknown> & { state: undefined };

/** What the parts of one session's engine share. */
export interface Core extends Platform {
  readonly options: NormalizedOptions;
  readonly holder: Holder;
  readonly keeper: Keeper;
  readonly events: Emitter<Events>;
  state(): SessionState<unknown>;
  setState(state: SessionState<unknown>): void;
  diagnose(code: DiagnosticCode, message: string): void;
  /** Whether new tokens can be had for a record. */
  isRenewable(record: SessionRecord): boolean;
  /** Whether a record's access token may be sent now. */
  isUsable(held: Held): boolean;
  /** Puts a record in use, shows it in the state, and ends the session in time if it cannot be renewed. */
  adopt(record: SessionRecord, ending?: Ending): Held;
  /** Takes a session out of the fence, and of the store unless it is `left`, if it is still this very one. */
  release(epoch: Epoch, store: 'cleared' | 'left'): Promise<boolean>;
  /** Ends the session in this tab, and says so. Never called under the lock: listeners are told here (EVT-3). */
  finish(epoch: Epoch, reason: SignOutReason, cause?: AuthError): void;
  /** Calls a function of the backend with a time limit, in milliseconds; nothing it does gets around it (C8). */
  call<T>(limit: number, work: (context: BackendContext) => Promise<T>): Promise<T | typeof TIMED_OUT>;
  lockName(record: SessionRecord | undefined): string;
  isDisposed(): boolean;
  dispose(): void;
}

export function createCore(options: NormalizedOptions, platform: Platform): Core {
  const { backend, clock, name, store } = options;
  const { fence, channel } = platform;
  const events = createEmitter<Events>((error, type) => {
    // A listener of diagnostics that throws would be told of itself for ever.
    if (type !== 'diagnostic') diagnose('listener-failed', `A listener of "${type}" threw an error.`);
    // The page's own error reporting gets it whole, as for any other event of the platform.
    globalThis.reportError?.(error);
  });
  const diagnose = (code: DiagnosticCode, message: string): void => events.emit('diagnostic', { code, message });
  const holder = createHolder(clock, options.refreshWindow, platform.random);
  const keeper = createKeeper(store, name, clock, diagnose);
  const aborts = new Set<AbortController>();
  let state: SessionState<unknown> = Object.freeze({ status: 'restoring' });
  let disposed = false;
  let cancelEnd: Unsubscribe = () => {};

  function setState(next: SessionState<unknown>): void {
    state = Object.freeze(next);
    events.emit('state', undefined);
  }
  function isRenewable({ tokens }: SessionRecord): boolean {
    return backend.refresh !== undefined && (backend.credential === 'cookie' || tokens.refreshToken !== undefined);
  }
  function isUsable(held: Held): boolean {
    const canPresent = held.presentation ?? backend.present ?? (backend.credential === 'cookie' || undefined);
    return canPresent !== undefined && holder.ageOf(held) < held.life.expiresAfter;
  }
  function adopt(record: SessionRecord, ending?: Ending): Held {
    const held = holder.hold(record, ending);
    const tokenExpiresAt = expiryOf(record);
    cancelEnd();
    if (!isRenewable(record)) endInTime(held);
    setState({
      status: 'signed-in',
      user: decodeClaims(record.tokens.accessToken) ?? Object.freeze({}),
      tokenExpiresAt,
      endsAt: isRenewable(record) ? undefined : tokenExpiresAt,
    });
    return held;
  }
  function endInTime(held: Held): void {
    const epoch = holder.epoch();
    const end = async (): Promise<void> => {
      if (await release(epoch, 'cleared')) finish(epoch, held.ending?.reason ?? 'expired', held.ending?.cause);
    };
    cancelEnd = clock.setTimer(() => void end(), held.life.expiresAfter - holder.ageOf(held));
  }
  async function release(epoch: Epoch, how: 'cleared' | 'left'): Promise<boolean> {
    const record = holder.held()?.record;
    if (epoch.over !== undefined || record === undefined) return false;
    const released = await fence.update([headKey(name), rowKey(record.sessionId)], (rows) => {
      const head = readHead(rows, name);
      const newest = readRow(rows, record.sessionId)?.generation ?? record.generation;
      // Whoever signed out, signed in or refreshed meanwhile knows better (I5).
      if (epoch.over !== undefined || head.sessionId !== record.sessionId || newest > record.generation) return false;
      rows.set(headKey(name), { epoch: head.epoch + 1 });
      rows.delete(rowKey(record.sessionId));
      if (how === 'cleared') keeper.clearNow();
      return true;
    });
    if (released && how === 'cleared') void clearUnderLock(core, record);
    return released;
  }
  function finish(epoch: Epoch, reason: SignOutReason, cause?: AuthError): void {
    if (epoch.over !== undefined) return;
    const wasSignedIn = state.status === 'signed-in';
    cancelEnd();
    holder.turn(new SignedOutError(reason, cause));
    setState({ status: 'signed-out', reason });
    channel.announce();
    if (wasSignedIn) events.emit('signed-out', { reason });
  }
  async function call<T>(limit: number, work: (context: BackendContext) => Promise<T>): Promise<T | typeof TIMED_OUT> {
    const controller = new AbortController();
    aborts.add(controller);
    const context: BackendContext = {
      signal: controller.signal,
      now: () => clock.now(),
      fetch: (input, init) => globalThis.fetch(input, init),
    };
    try {
      return await within(
        clock,
        limit,
        attempt(() => work(context)),
      );
    } finally {
      aborts.delete(controller);
      controller.abort();
    }
  }
  function dispose(): void {
    disposed = true;
    cancelEnd();
    holder.turn(disposedError());
    for (const controller of aborts) controller.abort();
    events.clear();
    channel.close();
  }

  const core: Core = {
    ...platform,
    options,
    holder,
    keeper,
    events,
    state: () => state,
    setState,
    diagnose,
    isRenewable,
    isUsable,
    adopt,
    release,
    finish,
    call,
    lockName: (record) => `latchkey:${name}${store.scope === 'tab' && record ? `:${record.sessionId}` : ''}`,
    isDisposed: () => disposed,
    dispose,
  };
  return core;
}

/** What everything that is asked of a disposed session fails with. */
export function disposedError(): AuthUnavailableError {
  return new AuthUnavailableError('The session was disposed.');
}

/** How long to wait for the turn to refresh or to write, in milliseconds: longer than any refresh may take. */
export const LOCK_WAIT = 45_000;

/** An asynchronous store is written under the lock only, and cleared only while nobody is signed in. */
export async function clearUnderLock(core: Core, record: SessionRecord | undefined): Promise<void> {
  const { options, keeper, fence } = core;
  if (options.store.synchronous) return;
  await core.lock
    .request(core.lockName(record), LOCK_WAIT, async () => {
      const head = readHead(await fence.read([headKey(options.name)]), options.name);
      if (head.sessionId === undefined) await keeper.clear();
    })
    .catch(() => {});
}
