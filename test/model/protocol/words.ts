/** The states that a page, a step, a request can be in, each with the number that stands for it in a world's key. */

export const PAGES = { gone: 0, loading: 1, running: 2, frozen: 3 };
export type Page = keyof typeof PAGES;

/** How far an errand is. `waiting` is for the lock; from `inside` to `leaving` it has the lock. */
export const STEPS = {
  idle: 0,
  waiting: 1,
  inside: 2,
  /** Facts read: it may send. */
  cleared: 3,
  /** Attempt open: it sends next. */
  opened: 4,
  sent: 5,
  /** Asynchronous store: saved, and not yet in the fence. */
  saved: 6,
  /** Asynchronous store: what it saved, or what is over, is to be cleared. */
  tidying: 7,
  /** Cookie credential: logs out before anything else. */
  settling: 8,
  leaving: 9,
};
export type Step = keyof typeof STEPS;

export type Errand = 'none' | 'refresh' | 'sign-in' | 'log-out';

/** `granted` is the answer on its way; `arrived`, for cookies, that the browser has it and its Set-Cookie. */
export const REQUESTS = { none: 0, sent: 1, granted: 2, arrived: 3, refused: 4, unavailable: 5, lost: 6 };
export type Request = keyof typeof REQUESTS;

/** What is being done to an asynchronous store: `save` waits for the lock, `saving` and `clearing` have it. */
export type Job = 'none' | 'save' | 'saving' | 'clearing' | 'look' | 'seen';
