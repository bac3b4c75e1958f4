/** What all tabs of a session know of its refreshes that gave no verdict; it outlives a reload (HRD-3, HRD-4). */
export interface Breaker {
  /** In a row. From the third on the breaker counts as open. */
  readonly failures: number;
  /** No refresh before this, in milliseconds since 1970; whoever comes first after it, under the lock, is the probe. */
  readonly retryAt: number;
  /** Whether more than chance made it so: the server asked for it, is in a loop, or has failed too often. For `diagnose`. */
  readonly isFirm: boolean;
  /** When the last of them failed, in milliseconds since 1970. */
  readonly failedAt: readonly number[];
}

/** What a failure is made of. */
export interface Failure {
  /** In milliseconds since 1970. */
  readonly now: number;
  /** Of the access token, in milliseconds. */
  readonly lifetime: number | undefined;
  /** What the server asked for, in milliseconds. */
  readonly retryAfter: number | undefined;
  /** A random number from 0 to 1. */
  readonly draw: number;
}

/** No server may hold a session back for longer, in milliseconds. */
const MAX_HOLD = 3600_000;
const BASE = 1000;
/** What is over after 5 seconds is a blip: while it may be one, no wait is longer than 4, so that who waits 10 sees its end. */
const BLIP = 5000;
const BLIP_CAP = 4000;
/** Between them lies the longest wait, in milliseconds: a third of the token's life, so that an outage shorter than what early refresh buys is never felt. */
const SHORTEST_CAP = 30_000;
export const LONGEST_CAP = 300_000;
/** So many failures may fall into so many milliseconds, whatever the backoff drew (HRD-6). */
const [BUCKET, BUCKET_SPAN] = [10, 600_000];

/** Full jitter: each wait is drawn from nothing to the whole, so that clients that failed together do not return together (HRD-2). */
export function afterFailure(breaker: Breaker | undefined, { now, lifetime, retryAfter, draw }: Failure): Breaker {
  const failures = (breaker?.failures ?? 0) + 1;
  const recent = (breaker?.failedAt ?? []).filter((at) => at <= now && at > now - BUCKET_SPAN);
  const failedAt = [...recent, now].slice(-BUCKET);
  const cap = Math.min(Math.max((lifetime ?? Number.POSITIVE_INFINITY) / 3, SHORTEST_CAP), LONGEST_CAP);
  const elapsed = now - (failedAt.at(-failures) ?? 0);
  const limit = elapsed < BLIP ? Math.min(cap, BLIP_CAP) : cap;
  const backoff = draw * Math.min(limit, BASE * 2 ** (failures - 1));
  // What the server asks for is the least, and spread over as long again (HRD-3).
  const asked = Math.min((retryAfter ?? 0) * (1 + draw), MAX_HOLD);
  const overflow = failedAt.length < BUCKET ? 0 : (failedAt[0] as number) + BUCKET_SPAN - now;
  const wait = Math.max(backoff, asked, overflow);
  return { failures, failedAt, retryAt: now + wait, isFirm: retryAfter !== undefined || overflow > 0 };
}

/** How long the next refresh has to wait, in milliseconds; 0 for not at all. */
export function holdOf(breaker: Breaker | undefined, now: number): number {
  // A failure that lies ahead: the clock was set back since, and would hold everybody back for as long.
  const isBefore = now < (breaker?.failedAt.at(-1) ?? 0);
  return !breaker || isBefore ? 0 : Math.max(breaker.retryAt - now, 0);
}

/** What is kept of the failures when a refresh has succeeded: that there were some, of late (HRD-6). */
export function afterSuccess(breaker: Breaker | undefined): Breaker | undefined {
  return breaker && { failures: 0, retryAt: 0, isFirm: false, failedAt: breaker.failedAt };
}

/** After so many new tokens in a row that a server refused at once, asking for more is a loop. */
const LOOP = 3;

/**
 * What to write down when new tokens were asked for because a server refused the ones before: nothing after a decent life,
 * else one more of a row; a long row holds the next one back as failures do (ROT-11, N13).
 *
 * @param row What was written down before.
 * @param age How old the refused tokens were, in milliseconds.
 */
export function afterRefusal(
  { refusals = 0, breaker }: { readonly refusals?: number | undefined; readonly breaker?: Breaker | undefined },
  age: number,
  failure: Failure,
): { readonly refusals: number | undefined; readonly breaker?: Breaker } {
  const half = (failure.lifetime ?? 2 * LONGEST_CAP) / 2;
  // In a row that is long already, the time that it was held back is none that the tokens were good for.
  if (age >= (isLoop(refusals) ? half : Math.min(SHORTEST_LIFE, half))) return { refusals: undefined };
  const row = refusals + 1;
  if (!isLoop(row)) return { refusals: row };
  const wait = failure.draw * Math.min(LONGEST_CAP, BASE * 2 ** (row - 1));
  const failedAt = [...(breaker?.failedAt ?? []), failure.now].slice(-BUCKET);
  return { refusals: row, breaker: { failures: row, retryAt: failure.now + wait, isFirm: true, failedAt } };
}

/** Whether a row of refusals is a loop. */
export function isLoop(refusals: number | undefined): boolean {
  return (refusals ?? 0) >= LOOP;
}

/** A younger token that is refused was never good, in milliseconds. */
const SHORTEST_LIFE = 5000;
