import { AuthUnavailableError, SessionChangedError, SignedOutError } from '../errors.ts';
import { resolveUrl } from '../platform/web-origin.ts';
import { holdOf } from './breaker.ts';
import type { Core } from './core.ts';
import { end } from './ending.ts';
import type { Engine } from './engine.ts';
import { isUsable } from './holder.ts';
import { refreshThrough } from './refresh-through.ts';
import { refresh } from './refresher.ts';
import { createRenew } from './renew.ts';
import { createStepUp } from './step-up.ts';

/** The side of a session that transports see. */
export function createEngine(core: Core): Engine {
  const { backend, clock, diagnose, patience } = core;
  const retryAfter = (): number | undefined => holdOf(core.breaker, clock.now()) || undefined;
  return {
    clock,
    patience,
    diagnose,
    endpoints: () => (backend.endpoints ?? []).flatMap((url) => resolveUrl(url)?.href ?? []),
    epoch: () => core.epoch,
    ready() {
      const { held } = core;
      if (!held || core.dirty || core.state.status !== 'signed-in') return undefined;
      if (core.limitAt < Number.POSITIVE_INFINITY && clock.now() >= core.limitAt) return undefined;
      const age = held.age();
      if (age >= held.expiresAfter) return undefined;
      // Used all the same: nobody waits for a refresh that is not needed yet.
      if (age >= held.refreshAfter && held.isRenewable) refresh(core, held.record, 'window').catch(() => {});
      return held;
    },
    async obtain(epoch, isWanted) {
      await core.ready;
      await core.dirty;
      if (clock.now() >= core.limitAt) await core.checkLimits();
      if (epoch.over) throw epoch.over;
      const { held } = core;
      if (!held || isUsable(held)) return held;
      return refreshThrough(core, epoch, held.record, 'expired', isWanted).catch((error) => {
        // What the request needs to know is that it may try again; what the server sent instead of tokens is the cause.
        const isFinal = error instanceof SignedOutError || error instanceof SessionChangedError;
        if (isFinal || error instanceof AuthUnavailableError) throw error;
        throw new AuthUnavailableError('The token could not be refreshed; try again later.', {
          retryAfter: retryAfter(),
          cause: error,
        });
      });
    },
    replace: ({ record }, epoch, isWanted) => refreshThrough(core, epoch, record, 'refused', isWanted),
    impatience() {
      const { failure: cause } = core;
      // Where a refresh has failed, or cannot be sent, it is clear why nothing came.
      if (!cause && core.isOnline()) diagnose('refresh-stuck', STUCK);
      return new AuthUnavailableError(`No token came within ${patience} ms: try again.`, {
        retryAfter: retryAfter(),
        cause,
      });
    },
    present: backend.present && (({ record }, request) => backend.present?.(record, request) ?? {}),
    ...createStepUp(core),
    judge: (answer) => backend.judge?.(answer) ?? (answer.status === 401 ? 'refused' : 'accepted'),
    renew: createRenew(core),
    async end(epoch, { record }, reason) {
      // What is said of an older session is not said of the one that the same user has opened since.
      if (core.held?.record.sessionId === record.sessionId) await end(core, epoch, core.held, reason);
    },
  };
}

const STUCK =
  'A request lost its patience: is the URL of backend.refresh, on an attached client, in backend.endpoints?';
