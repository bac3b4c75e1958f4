import type { Channel } from '../../src/platform/channel.ts';
import type { Choose, Page, Schedule } from './tabs-schedule.ts';

export interface SharedChannel {
  /** As one more page has it. */
  viewOf(page: Page): Channel;
  /** How many listeners a page has on it. */
  count(page: Page): number;
  /** How many of the next messages, to whomever, are lost. */
  lose(messages: number): void;
}

/** A BroadcastChannel: messages are copied, may overtake each other, and a frozen page may lose what it was sent. */
export function createSharedChannel(schedule: Schedule, choose: Choose): SharedChannel {
  const listeners = new Map<Page, Set<(message: unknown) => void>>();
  let lost = 0;
  return {
    viewOf(page) {
      const own = new Set<(message: unknown) => void>();
      let isClosed = false;
      listeners.set(page, own);
      page.onGone(() => listeners.delete(page));
      return {
        post(message) {
          if (isClosed) return;
          for (const [other, heard] of listeners) {
            if (other === page) continue;
            if (lost > 0) {
              lost -= 1;
              continue;
            }
            const copy = structuredClone(message);
            schedule.add('message', other, () => {
              if (other.state === 'frozen' && choose(2) === 1) return;
              other.run(() => {
                for (const listener of [...heard]) listener(copy);
              });
            });
          }
        },
        listen(listener) {
          own.add(listener);
          return () => own.delete(listener);
        },
        close() {
          isClosed = true;
        },
      };
    },
    count: (page) => listeners.get(page)?.size ?? 0,
    lose(messages) {
      lost = messages;
    },
  };
}
