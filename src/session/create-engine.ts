import { AuthUnavailableError, SessionChangedError, SignedOutError } from '../errors.ts';
import { resolveUrl } from '../platform/web-origin.ts';
import type { Core } from './core.ts';
import { end } from './ending.ts';
import type { Engine } from './engine.ts';
import { isUsable } from './holder.ts';
import { refresh } from './refresher.ts';

/**
 * The side of a session that transports see.
 *
 * @param ready Settles when it is known whether somebody is signed in.
 */
export function createEngine(core: Core, ready: Promise<void>): Engine {
  const { backend, clock, diagnose, patience } = core;
  return {
    clock,
    patience,
    diagnose,
    endpoints: () => (backend.endpoints ?? []).flatMap((url) => resolveUrl(url)?.href ?? []),
    epoch: () => core.epoch,
    ready() {
      const { held } = core;
      if (!held || core.dirty || core.state.status !== 'signed-in') return undefined;
      const age = held.age();
      if (age >= held.expiresAfter) return undefined;
      // Used all the same: nobody waits for a refresh that is not needed yet.
      if (age >= held.refreshAfter && held.isRenewable) refresh(core, held.record, 'window').catch(() => {});
      return held;
    },
    async obtain(epoch) {
      await ready;
      await core.dirty;
      if (epoch.over) throw epoch.over;
      const { held } = core;
      if (!held || isUsable(held)) return held;
      return refresh(core, held.record, 'expired').catch((error) => {
        // What the request needs to know is that it may try again; what the server sent instead of tokens is the cause.
        const isFinal = error instanceof SignedOutError || error instanceof SessionChangedError;
        if (isFinal || error instanceof AuthUnavailableError) throw error;
        throw new AuthUnavailableError('The token could not be refreshed; try again later.', { cause: error });
      });
    },
    replace: ({ record }) => refresh(core, record, 'refused'),
    present: backend.present && (({ record }, request) => backend.present?.(record, request) ?? {}),
    judge: (answer) => backend.judge?.(answer) ?? (answer.status === 401 ? 'refused' : 'accepted'),
    async end(epoch, { record }, reason) {
      // What is said of an older session is not said of the one that the same user has opened since.
      if (core.held?.record.sessionId === record.sessionId) await end(core, epoch, core.held, reason);
    },
  };
}
