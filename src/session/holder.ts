import type { Presentation } from '../backends/backend.ts';
import type { AuthError, SignOutReason } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { type RefreshWindow, type TokenLife, tokenLife } from '../token/expiry.ts';
import type { SessionRecord } from '../token/session-record.ts';

/**
 * From one sign-in, or sign-out, to the next, in this tab. Every request is tagged with the epoch in which it was made;
 * it never runs, and never answers, in another (SES-1).
 */
export interface Epoch {
  /** Why requests of this epoch fail from now on; undefined while it lasts. */
  over: AuthError | undefined;
  /** Told when the epoch is over: requests that wait or are under way. */
  readonly flights: Set<(error: AuthError) => void>;
}

/** Why a session that cannot be renewed any more will end when its access token dies. */
export interface Ending {
  readonly reason: SignOutReason;
  readonly cause?: AuthError;
}

/** A session record in use, with all that a request needs of it worked out once (no decoding per request). */
export interface Held {
  readonly record: SessionRecord;
  /** What a request carries (RFC 6750 section 2.1); undefined where there is no access token. */
  readonly presentation: Presentation | undefined;
  readonly life: TokenLife;
  /** When the tokens came, by the monotonic clock. */
  readonly receivedAt: number;
  /** Set once the server has rejected the refresh token while the access token still lived (C27). */
  readonly ending: Ending | undefined;
}

/** What this tab holds right now: an epoch, and in it a record, or none. */
export interface Holder {
  epoch(): Epoch;
  held(): Held | undefined;
  /** Puts a record in use, in the epoch that is. */
  hold(record: SessionRecord, ending?: Ending): Held;
  /** Ends the epoch and begins the next, in which nothing is held. */
  turn(over: AuthError): void;
  /** How old the tokens are, in milliseconds, by whichever clock has them older: both stop or step at times (T5). */
  ageOf(held: Held): number;
}

/** How far a device's clock may lie behind the time at which it stored a record before that time means nothing. */
const CLOCK_STEP = 1000;

export function createHolder(clock: Clock, refreshWindow: RefreshWindow | undefined, random: () => number): Holder {
  let epoch: Epoch = { over: undefined, flights: new Set() };
  let held: Held | undefined;
  return {
    epoch: () => epoch,
    held: () => held,
    hold(record, ending) {
      const { tokens } = record;
      const age = clock.now() - record.receivedAt;
      held = {
        record,
        presentation:
          tokens.accessToken === undefined
            ? undefined
            : { headers: { Authorization: `${tokens.tokenType} ${tokens.accessToken}` } },
        life: tokenLife(tokens.lifetime, refreshWindow, random()),
        // A record from the future: the clock was set back, so its age is unknown, and it is refreshed when needed (T3).
        receivedAt: age < -CLOCK_STEP ? Number.NEGATIVE_INFINITY : clock.monotonic() - Math.max(age, 0),
        ending,
      };
      return held;
    },
    turn(over) {
      const { flights } = epoch;
      epoch.over = over;
      epoch = { over: undefined, flights: new Set() };
      held = undefined;
      for (const reject of flights) reject(over);
      flights.clear();
    },
    ageOf: ({ record, receivedAt }) => Math.max(clock.now() - record.receivedAt, clock.monotonic() - receivedAt),
  };
}
