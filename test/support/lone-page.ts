import { createLocalChannel } from '../../src/platform/channel.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { createMemoryFence } from '../../src/platform/fence.ts';
import { createTabLock } from '../../src/platform/lock.ts';
import type { Platform } from '../../src/session/core.ts';

/** The platform of a page to which nothing happens by itself, on a fence that others are said to share. */
export function createLonePage(clock: Clock): Platform {
  return {
    lock: createTabLock(clock),
    fence: { ...createMemoryFence(), isShared: true },
    channel: createLocalChannel(),
    onWake: () => () => {},
    onActivity: () => () => {},
    isOnline: () => true,
    isVisible: () => true,
    random: () => 0.5,
  };
}
