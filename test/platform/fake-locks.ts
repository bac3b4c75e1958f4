/** The Web Locks of one origin, for the pages of a test. */
export interface FakeLocks {
  /** What `navigator.locks` is in one more page. */
  page(): FakePageLocks;
  /** How many requests were made, of all pages. */
  requests(): number;
}

export interface FakePageLocks extends LockManager {
  /** The page goes away: what it held is free at once, what it waited for is forgotten, nothing of it settles. */
  crash(): void;
}

interface Request {
  readonly page: object;
  readonly name: string;
  readonly signal: AbortSignal | undefined;
  grant(): void;
  /** Settles what `request` gave, once the lock is lost. */
  lose(error: unknown): void;
}

/**
 * Exclusive locks as the Web Locks specification has them: granted in a later task and in order; `ifAvailable` gives
 * null where somebody is inside or queued; `signal` takes a request out of the queue only; `steal` goes first, and what
 * the one inside had asked for rejects while its callback runs on; a request settles after the lock is free.
 */
export function createFakeLocks(): FakeLocks {
  const held = new Map<string, Request>();
  let queue: Request[] = [];
  let requests = 0;

  function process(): void {
    for (const request of [...queue]) {
      if (held.has(request.name)) continue;
      held.set(request.name, request);
      queue = queue.filter((other) => other !== request);
      setTimeout(request.grant, 0);
    }
  }

  function release(request: Request): void {
    if (held.get(request.name) === request) held.delete(request.name);
    process();
  }

  function page(): FakePageLocks {
    let isGone = false;
    const self = {};
    const ask = (name: string, options: LockOptions, callback: LockGrantedCallback<unknown>): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const { ifAvailable = false, steal = false, signal } = options;
        requests += 1;
        if (name.startsWith('-') || (ifAvailable && steal) || (signal && (ifAvailable || steal))) {
          throw new DOMException('Not together.', 'NotSupportedError');
        }
        if (signal?.aborted) throw signal.reason;
        const isTaken = held.has(name) || queue.some((other) => other.name === name);
        if (ifAvailable && isTaken) {
          setTimeout(async () => isGone || resolve(await callback(null)), 0);
          return;
        }
        const abort = (): void => {
          if (!queue.includes(request)) return;
          queue = queue.filter((other) => other !== request);
          reject(signal?.reason);
          process();
        };
        const request: Request = {
          page: self,
          name,
          signal,
          async grant() {
            signal?.removeEventListener('abort', abort);
            if (isGone) return;
            if (signal?.aborted) {
              reject(signal.reason);
              release(request);
              return;
            }
            const outcome = await Promise.allSettled([(async () => callback({ name, mode: 'exclusive' }))()]);
            if (isGone) return;
            release(request);
            setTimeout(() => {
              const [settled] = outcome;
              if (settled?.status === 'fulfilled') resolve(settled.value);
              else reject(settled?.reason);
            }, 0);
          },
          lose: reject,
        };
        signal?.addEventListener('abort', abort);
        if (steal) {
          held.get(name)?.lose(new DOMException('Stolen.', 'AbortError'));
          held.delete(name);
          queue.unshift(request);
        } else queue.push(request);
        process();
      });
    const request = (name: string, ...rest: unknown[]): Promise<unknown> => {
      const callback = rest.at(-1) as LockGrantedCallback<unknown>;
      return ask(name, rest.length > 1 ? (rest[0] as LockOptions) : {}, callback);
    };
    return {
      request: request as LockManager['request'],
      async query() {
        const info = ({ name }: Request): LockInfo => ({ name, mode: 'exclusive' });
        return { held: [...held.values()].map(info), pending: queue.map(info) };
      },
      crash() {
        isGone = true;
        queue = queue.filter((other) => other.page !== self);
        for (const [name, other] of held) if (other.page === self) held.delete(name);
        process();
      },
    };
  }

  return { page, requests: () => requests };
}
