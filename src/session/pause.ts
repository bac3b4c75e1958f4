import type { Core } from './core.ts';

/** Waits so many milliseconds, and no longer than until the session is disposed (C48). */
export function pause({ clock, closed }: Core, time: number): Promise<void> {
  return new Promise((resolve) => {
    const { signal } = closed;
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.setTimer(end, signal.aborted ? 0 : time);
    signal.addEventListener('abort', end);
  });
}
