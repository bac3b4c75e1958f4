import type { Presentation, RefreshCause } from '../backends/backend.ts';
import type { AuthError, RefreshRejectedError } from '../errors.ts';
import type { SessionRecord } from '../token/session-record.ts';

/** Something that lasts until it is over; what was begun in it is worth nothing after. */
export interface Span {
  /** Why it is over; undefined while it lasts. */
  over: AuthError | undefined;
}

/** A request, or a refresh, that waits or is under way. */
export interface Member {
  /** Its index among the members of its epoch; negative when it is none. */
  place: number;
  readonly reject: (error: AuthError) => void;
}

/**
 * From one sign-in, or sign-out, to the next, in this tab. Every request is tagged with the epoch in which it was made;
 * it never runs, and never answers, in another (SES-1).
 */
export interface Epoch extends Span {
  /** Told when the epoch is over. In no order: each takes the place of one that has left. */
  readonly members: Member[];
  /** Stops what is under way when it is over (OUT-1). Undefined on a server, where nobody signs out. */
  readonly controller: AbortController | undefined;
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

/** One refresh under way, for one record. */
export interface Flight {
  readonly record: SessionRecord;
  readonly outcome: Promise<Held>;
  /** Lets everybody go on who waits for it: another tab was faster. */
  resolve(held: Held): void;
  /** Why it was begun. */
  readonly cause: RefreshCause;
  /** Whether a server has refused its access token, which then is dead whatever the clock says. */
  isRefused: boolean;
}
