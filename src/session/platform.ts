import { createBroadcastChannel } from '../platform/broadcast-channel.ts';
import { createLocalChannel } from '../platform/channel.ts';
import { createMemoryFence } from '../platform/fence.ts';
import { createIndexedDbFence } from '../platform/indexed-db-fence.ts';
import { createLease } from '../platform/lease.ts';
import { createTabLock } from '../platform/lock.ts';
import { isOnline, isVisible, onActivity, onWake } from '../platform/wake.ts';
import { createWebLock, findWebLocks } from '../platform/web-lock.ts';
import type { Platform } from './core.ts';
import type { NormalizedOptions } from './options.ts';

/**
 * What this page has to tell its tabs apart and to let one at a time refresh: the best of what the browser offers.
 *
 * @param onDegraded Called once when the database by which tabs agree cannot be used; then each page is on its own, and
 *   finds out by the server's answers what the others did (S6).
 */
export function createPlatform({ clock, name }: NormalizedOptions, onDegraded: () => void): Platform {
  const { random } = Math;
  // On a server there are no tabs, and nothing of one request may reach another.
  const isPage = 'document' in globalThis;
  const locks = isPage ? findWebLocks() : undefined;
  const shared = isPage ? createIndexedDbFence(clock, onDegraded) : undefined;
  if (isPage && !shared) queueMicrotask(onDegraded);
  const fence = shared ?? createMemoryFence();
  const lock = locks
    ? createWebLock(locks, clock)
    : shared
      ? createLease(fence, clock, random)
      : createTabLock(clock, isPage ? undefined : new Map());
  const channel = isPage ? createBroadcastChannel(`latchkey.1:${name}`) : undefined;
  return { lock, fence, channel: channel ?? createLocalChannel(), onWake, onActivity, isOnline, isVisible, random };
}
