import type { Unsubscribe } from './clock.ts';

/** Tells whoever shares the session *that* something changed; what changed is read from the fence and the store. */
export interface Channel {
  announce(): void;
  listen(listener: () => void): Unsubscribe;
  close(): void;
}

/** The channel of a session that nobody shares. */
export function createLocalChannel(): Channel {
  return { announce() {}, listen: () => () => {}, close() {} };
}
