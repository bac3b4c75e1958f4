import type { Fence, FenceRows } from '../../src/platform/fence.ts';
import type { Choose, Page, Schedule } from './tabs-schedule.ts';

/** The fence of one browser profile. */
export interface SharedFence {
  /** As one more page has it. */
  viewOf(page: Page): Fence;
  /** What is committed. */
  readonly rows: FenceRows;
  /** The page whose transaction is open; what it writes now is justified by the rows that it was shown. */
  inside(): Page | undefined;
  /** Told of each commit, and by which page; by none when the databases were cleared. */
  onCommit(listener: (page: Page | undefined) => void): void;
  /** Told of each transaction that was rolled back after it had run. */
  onUndone(listener: () => void): void;
  /** Runs the next transaction twice, as when nobody heard that it was complete, or it was rolled back late. */
  repeatNext(): void;
  /** Somebody clears the databases of the origin. */
  clear(): void;
}

/**
 * IndexedDB as the engine sees it: transactions that write run one after another, a reader sees all or nothing of one,
 * and it may be long before the page hears that one is complete. A page that goes away in the middle of one leaves it
 * whole or undone, while what it wrote elsewhere, such as into a store, stays.
 */
export function createSharedFence(schedule: Schedule, choose: Choose): SharedFence {
  const rows: FenceRows = new Map();
  const listeners: ((page: Page | undefined) => void)[] = [];
  const regrets: (() => void)[] = [];
  let waiting: (() => void)[] = [];
  let isBusy = false;
  let opened: Page | undefined;
  let repeats = 0;

  const pick = (keys: readonly string[]): FenceRows => new Map([...rows].filter(([key]) => keys.includes(key)));

  /** Once no other transaction writes. */
  function begin(kind: string, page: Page, body: () => void): void {
    schedule.add(kind, page, () => {
      if (isBusy) waiting.push(() => begin(kind, page, body));
      else if (page.state !== 'live') page.run(() => begin(kind, page, body));
      else body();
    });
  }

  function end(): void {
    isBusy = false;
    const held = waiting;
    waiting = [];
    for (const next of held) next();
  }

  function viewOf(page: Page): Fence {
    /** What the page has not heard of yet; it hears of its transactions in their order. */
    const answers: (() => void)[] = [];
    const answer = (settle: () => void): void => {
      answers.push(settle);
      schedule.add('fence answer', page, () => page.run(() => answers.shift()?.()));
    };
    return {
      isShared: true,
      read: (keys) =>
        new Promise((resolve) => {
          begin('fence read', page, () => {
            const picked = pick(keys);
            answer(() => resolve(picked));
          });
        }),
      update: (keys, change) =>
        new Promise((resolve, reject) => {
          const isRepeated = repeats > 0;
          if (isRepeated) repeats -= 1;
          transact(isRepeated);

          function transact(isAgain: boolean): void {
            begin('fence update', page, () => {
              const picked = pick(keys);
              let result: ReturnType<typeof change>;
              opened = page;
              try {
                result = change(picked);
              } catch (error) {
                answer(() => reject(error));
                return;
              } finally {
                opened = undefined;
              }
              isBusy = true;
              schedule.add('fence commit', page, () => {
                const isUndone = (isAgain || page.state === 'gone') && choose(2) === 1;
                if (!isUndone) {
                  for (const key of keys) {
                    if (picked.has(key)) rows.set(key, picked.get(key));
                    else rows.delete(key);
                  }
                  for (const listener of listeners) listener(page);
                } else for (const regret of regrets) regret();
                end();
                if (isAgain) transact(false);
                else answer(() => resolve(result));
              });
            });
          }
        }),
    };
  }

  return {
    viewOf,
    rows,
    inside: () => opened,
    onCommit: (listener) => void listeners.push(listener),
    onUndone: (listener) => void regrets.push(listener),
    repeatNext() {
      repeats += 1;
    },
    clear() {
      // A database is deleted once nobody's transaction is open.
      const empty = (): void => {
        rows.clear();
        for (const listener of listeners) listener(undefined);
      };
      if (isBusy) waiting.unshift(empty);
      else empty();
    },
  };
}
