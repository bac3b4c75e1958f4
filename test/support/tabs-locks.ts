import type { Page, Schedule } from './tabs-schedule.ts';

export interface SharedLocks {
  /** What `navigator.locks` is in one more page. */
  viewOf(page: Page): LockManager;
  /** How many locks a page has, or waits for. */
  count(page: Page): number;
  /** Whether a page is inside a lock whose name begins like this. */
  isInside(page: Page, prefix: string): boolean;
}

interface Request {
  readonly page: Page;
  readonly name: string;
  grant(): void;
}

/**
 * Exclusive Web Locks whose every step is a task: the way to the browser, and the grant. What a page held is free when it
 * goes away, and stays taken while it is frozen.
 */
export function createSharedLocks(schedule: Schedule): SharedLocks {
  const held = new Map<string, Request>();
  const coming = new Map<Page, number>();
  let queue: Request[] = [];

  function process(): void {
    for (const request of [...queue]) {
      if (held.has(request.name)) continue;
      held.set(request.name, request);
      queue = queue.filter((other) => other !== request);
      schedule.add('lock granted', request.page, () => request.page.run(request.grant));
    }
  }

  function release(request: Request): void {
    if (held.get(request.name) === request) held.delete(request.name);
    process();
  }

  function ask(page: Page, name: string, options: LockOptions, callback: LockGrantedCallback<unknown>) {
    return new Promise<unknown>((resolve, reject) => {
      const { ifAvailable = false, signal } = options;
      let isGivenUp = false;
      const request: Request = {
        page,
        name,
        async grant() {
          signal?.removeEventListener('abort', abort);
          const outcome = await Promise.allSettled([(async () => callback({ name, mode: 'exclusive' }))()]);
          if (page.state === 'gone') return;
          release(request);
          const [settled] = outcome;
          if (settled?.status === 'fulfilled') resolve(settled.value);
          else reject(settled?.reason);
        },
      };
      const abort = (): void => {
        if (held.get(name) === request) return;
        isGivenUp = true;
        queue = queue.filter((other) => other !== request);
        reject(signal?.reason);
      };
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      signal?.addEventListener('abort', abort);
      coming.set(page, (coming.get(page) ?? 0) + 1);
      schedule.add('lock asked', page, () => {
        coming.set(page, (coming.get(page) ?? 1) - 1);
        if (isGivenUp || page.state === 'gone') return;
        const isTaken = held.has(name) || queue.some((other) => other.name === name);
        if (ifAvailable && isTaken) {
          page.run(async () => resolve(await callback(null)));
          return;
        }
        queue.push(request);
        process();
      });
    });
  }

  return {
    viewOf(page) {
      page.onGone(() => {
        queue = queue.filter((other) => other.page !== page);
        for (const [name, other] of held) if (other.page === page) held.delete(name);
        process();
      });
      const request = (name: string, ...rest: unknown[]): Promise<unknown> =>
        ask(page, name, rest.length > 1 ? (rest[0] as LockOptions) : {}, rest.at(-1) as LockGrantedCallback<unknown>);
      return {
        request: request as LockManager['request'],
        query: async () => ({ held: [], pending: [] }),
      };
    },
    isInside: (page, prefix) => [...held.values()].some((one) => one.page === page && one.name.startsWith(prefix)),
    count: (page) =>
      (coming.get(page) ?? 0) + [...held.values(), ...queue].filter((request) => request.page === page).length,
  };
}
