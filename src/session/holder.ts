import type { Presentation } from '../backends/backend.ts';
import type { AuthError, RefreshRejectedError } from '../errors.ts';
import { tokenLife } from '../token/expiry.ts';
import type { SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';

/** Something that lasts until it is over; what was begun in it is worth nothing after. */
export interface Span {
  /** Why it is over; undefined while it lasts. */
  over: AuthError | undefined;
}

/**
 * From one sign-in, or sign-out, to the next, in this tab. Every request is tagged with the epoch in which it was made;
 * it never runs, and never answers, in another (SES-1).
 */
export interface Epoch extends Span {
  /** Told when the epoch is over: requests that wait or are under way. */
  readonly flights: Set<(error: AuthError) => void>;
}

/** A session record in use, with all that a request needs of it worked out once (no decoding per request). */
export interface Held {
  readonly record: SessionRecord;
  /** What a request carries (RFC 6750 section 2.1); undefined where there is no access token. */
  readonly presentation: Presentation | undefined;
  /** From this age on, in milliseconds, a request refreshes it in the background, and still uses it. */
  readonly refreshAfter: number;
  /** From this age on it is not sent any more; 0 for one that cannot be sent at all. */
  readonly expiresAfter: number;
  /** Whether new tokens can be had for it. */
  readonly isRenewable: boolean;
  /** When it is over with it, in milliseconds since 1970; undefined when it can be renewed, or nobody knows. */
  readonly endsAt: number | undefined;
  /** Set once the server has rejected the refresh token while the access token still lived (C27). */
  readonly ending: RefreshRejectedError | undefined;
  /** How old the tokens are, in milliseconds, by whichever clock has them older: both stop or step at times (T5). */
  age(): number;
}

/** How far a device's clock may lie behind the time at which it stored a record before that time means nothing. */
const CLOCK_STEP = 1000;

/** Puts a record in use, in the epoch that is. */
export function hold(core: Core, record: SessionRecord, ending?: RefreshRejectedError): Held {
  const { backend, clock } = core;
  const { receivedAt, tokens } = record;
  const { accessToken } = tokens;
  const isCookie = backend.credential === 'cookie';
  const { refreshAfter, expiresAfter } = tokenLife(tokens.lifetime, core.refreshWindow, core.random());
  const before = clock.now() - receivedAt;
  const isRenewable = Boolean(backend.refresh && (isCookie || tokens.refreshToken));
  // A record from the future: the clock was set back, so its age is unknown, and it is refreshed when needed (T3); where
  // it cannot be, it is taken for new, because a wrong clock is no reason to end a session (I5).
  const isUnknown = before < -CLOCK_STEP && isRenewable;
  const since = isUnknown ? Number.NEGATIVE_INFINITY : clock.monotonic() - Math.max(before, 0);
  core.held = {
    record,
    presentation: accessToken ? { headers: { Authorization: `${tokens.tokenType} ${accessToken}` } } : undefined,
    refreshAfter,
    expiresAfter: accessToken || backend.present || isCookie ? expiresAfter : 0,
    isRenewable,
    endsAt: isRenewable || !Number.isFinite(expiresAfter) ? undefined : receivedAt + expiresAfter,
    ending,
    age: () => Math.max(clock.now() - receivedAt, clock.monotonic() - since),
  };
  return core.held;
}

/** Whether a record's access token may be sent now. */
export function isUsable(held: Held): boolean {
  return held.age() < held.expiresAfter;
}

/** An epoch that has just begun. */
export function newEpoch(): Epoch {
  return { over: undefined, flights: new Set() };
}

/** Ends the epoch and begins the next, in which nothing is held. */
export function turn(core: Core, over: AuthError): void {
  const { epoch } = core;
  epoch.over = over;
  core.epoch = newEpoch();
  core.held = undefined;
  core.cancelEnd();
  for (const reject of epoch.flights) reject(over);
  epoch.flights.clear();
}
