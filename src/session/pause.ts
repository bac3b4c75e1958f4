import type { Unsubscribe } from '../platform/clock.ts';
import type { Core } from './core.ts';

/**
 * Waits so many milliseconds, and no longer than until the session is disposed (C48).
 *
 * @param listen Given what ends the pause earlier; gives what lets go of it.
 */
export function pause(
  { clock, closed }: Core,
  time: number,
  listen: (end: () => void) => Unsubscribe = () => () => {},
): Promise<void> {
  return new Promise((resolve) => {
    const { signal } = closed;
    const end = (): void => {
      cancel();
      stop();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.setTimer(end, signal.aborted ? 0 : time);
    const stop = listen(end);
    signal.addEventListener('abort', end);
  });
}
