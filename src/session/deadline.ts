import type { SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';
import { readFacts } from './facts.ts';
import type { Held } from './held.ts';

/** A moment at which the app's own limits end a session, unless it is moved. */
export interface Deadline {
  readonly cause: 'idle' | 'max-age';
  /** In milliseconds since 1970. */
  readonly at: number;
  /** From when on the user is told, in milliseconds since 1970. */
  readonly noticeAt: number;
}

/** The user is told a minute before, or in the last fifth of a limit that is short. */
const NOTICE = 60_000;

/**
 * The next limit of a session. Time is the wall clock's: it is what pages share, and goes on while they sleep.
 *
 * @param record Whose sign-in counts for the maximum age.
 */
export function nextDeadline({ activeAt, idleTimeout, maxAge }: Core, record: SessionRecord): Deadline | undefined {
  const idle = idleTimeout === undefined ? undefined : deadline('idle', activeAt, idleTimeout);
  const age = maxAge === undefined ? undefined : deadline('max-age', signedInAtOf(record), maxAge);
  return idle && age ? (idle.at < age.at ? idle : age) : (idle ?? age);
}

/** Of a session that an older release began, or of which there is nothing but a cookie, not even this may be known. */
function signedInAtOf({ signedInAt, receivedAt }: SessionRecord): number {
  return signedInAt ?? (receivedAt || Number.POSITIVE_INFINITY);
}

function deadline(cause: Deadline['cause'], since: number, limit: number): Deadline {
  return { cause, at: since + limit, noticeAt: since + limit - Math.min(NOTICE, limit / 5) };
}

/** Which limit a stored session has passed while nobody looked (C43). Takes up what is known of the user's activity. */
export async function overdue(core: Core, record: SessionRecord): Promise<Deadline['cause'] | undefined> {
  if (core.idleTimeout === undefined && core.maxAge === undefined) return undefined;
  core.activeAt = (await readFacts(core, record)).row?.activeAt ?? record.receivedAt;
  const next = nextDeadline(core, record);
  return next && core.clock.now() >= next.at ? next.cause : undefined;
}

/** When a session ends unless the user does something, for the app to show; undefined when nobody knows. */
export function endsAtOf(core: Core, { endsAt, record }: Held): number | undefined {
  const limits = [endsAt, core.maxAge === undefined ? undefined : signedInAtOf(record) + core.maxAge, core.toldOf?.at];
  const earliest = Math.min(...limits.map((at) => at ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(earliest) ? earliest : undefined;
}
