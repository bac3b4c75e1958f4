import type { Unsubscribe } from './clock.ts';

/**
 * Carries messages between the tabs of a session. They may be late, or lost in a tab that is frozen: what they say is
 * only ever a reason to look into the fence (OUT-6).
 */
export interface Channel {
  /** Sends plain data to all others, never to oneself. */
  post(message: unknown): void;
  /** Calls back with whatever arrives; it is checked by the listener (EVT-4). */
  listen(listener: (message: unknown) => void): Unsubscribe;
  close(): void;
}

/** The channel of a session that nobody shares. */
export function createLocalChannel(): Channel {
  return { post() {}, listen: () => () => {}, close() {} };
}
