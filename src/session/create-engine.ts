import { AuthUnavailableError, SessionChangedError, SignedOutError } from '../errors.ts';
import { resolveUrl } from '../platform/web-origin.ts';
import { type Core, disposedError } from './core.ts';
import type { Engine } from './engine.ts';
import type { Epoch, Held } from './holder.ts';
import type { Refresher } from './refresher.ts';

/**
 * The side of a session that transports see.
 *
 * @param ready Settles when it is known whether somebody is signed in.
 */
export function createEngine(core: Core, refresh: Refresher, ready: Promise<void>): Engine {
  const { holder, options } = core;
  const { backend, clock, patience } = options;

  async function obtain(epoch: Epoch): Promise<Held | undefined> {
    await ready;
    if (core.isDisposed()) throw disposedError();
    if (epoch.over !== undefined) throw epoch.over;
    const held = holder.held();
    if (held === undefined || core.isUsable(held)) return held;
    try {
      return await refresh(held.record, 'expired');
    } catch (error) {
      // What the request needs to know is that it may try again; what the server sent instead of tokens is the cause.
      const isFinal = error instanceof SignedOutError || error instanceof SessionChangedError;
      if (isFinal || error instanceof AuthUnavailableError) throw error;
      throw new AuthUnavailableError('The access token could not be refreshed; try again later.', { cause: error });
    }
  }

  return {
    clock,
    patience,
    endpoints: () => (backend.endpoints ?? []).flatMap((url) => resolveUrl(url)?.href ?? []),
    epoch: () => holder.epoch(),
    ready() {
      const held = holder.held();
      if (held === undefined || core.state().status !== 'signed-in' || core.isDisposed()) return undefined;
      const { life, presentation } = held;
      const age = life.refreshAfter === Number.POSITIVE_INFINITY ? 0 : holder.ageOf(held);
      if (age < life.refreshAfter && presentation !== undefined) return held;
      if (!core.isUsable(held)) return undefined;
      // Used all the same: nobody waits for a refresh that is not needed yet.
      if (age >= life.refreshAfter && core.isRenewable(held.record)) refresh(held.record, 'window').catch(() => {});
      return held;
    },
    obtain,
    replace: (refused) => refresh(refused.record, 'refused'),
    present: backend.present && ((held, request) => backend.present?.(held.record, request) ?? {}),
    judge: (answer) => backend.judge?.(answer) ?? (answer.status === 401 ? 'refused' : 'accepted'),
    async end(epoch, reason) {
      if (await core.release(epoch, 'cleared')) core.finish(epoch, reason);
    },
    diagnose: core.diagnose,
  };
}
