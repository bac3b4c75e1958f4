import type { RefreshCause } from '../backends/backend.ts';
import { type AuthUnavailableError, isAuthError } from '../errors.ts';
import type { SessionRecord } from '../token/session-record.ts';
import { holdOf } from './breaker.ts';
import type { Core } from './core.ts';
import type { Epoch, Held } from './held.ts';
import { pause } from './pause.ts';
import { refresh } from './refresher.ts';

/** How often to look whether the device is online again, in milliseconds. */
const OFFLINE_LOOK = 1000;

/**
 * Refreshes for requests that wait. A failure that will be over before they lose their patience costs them nothing but
 * time: they wait until the breaker lets the next refresh through, or another tab has had one.
 *
 * @param isWanted Whether anybody still waits; when nobody does, nothing more is asked for.
 * @throws {AuthError} As `refresh` does.
 */
export async function refreshThrough(
  core: Core,
  epoch: Epoch,
  named: SessionRecord,
  cause: RefreshCause,
  isWanted: () => boolean,
): Promise<Held> {
  for (;;) {
    try {
      return await refresh(core, named, cause);
    } catch (error) {
      const wait = waitAfter(core, error);
      if (epoch.over || wait === undefined || wait > core.patience || !isWanted()) throw error;
      await pause(core, wait, (end) => core.events.on('news', end));
      await core.dirty;
      if (epoch.over || !isWanted()) throw epoch.over ?? error;
    }
  }
}

/** How long to wait for the next try, in milliseconds; undefined when waiting is of no use. */
function waitAfter(core: Core, error: unknown): number | undefined {
  // Browsers tell when the network is back, but for those that do not.
  if (!core.isOnline()) return Math.min(OFFLINE_LOOK, core.patience / 4);
  if (isAuthError(error) && error.code === 'auth-unavailable') return (error as AuthUnavailableError).retryAfter;
  // An answer without tokens, such as a captive portal's page; what ends a session ends the epoch as well.
  return holdOf(core.breaker, core.clock.now());
}
