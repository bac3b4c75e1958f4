import type { AuthError, RefreshRejectedError } from '../errors.ts';
import { tokenLife } from '../token/expiry.ts';
import { drawOf, type SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';
import type { Epoch, Held, Member } from './held.ts';

/** How far a device's clock may lie behind the time at which it stored a record before that time means nothing. */
const CLOCK_STEP = 1000;

/** Puts a record in use, in the epoch that is. */
export function hold(core: Core, record: SessionRecord, ending?: RefreshRejectedError): Held {
  const { backend, clock } = core;
  const { receivedAt, tokens } = record;
  const { accessToken } = tokens;
  const isCookie = backend.credential === 'cookie';
  const { refreshAfter, expiresAfter } = tokenLife(tokens.lifetime, core.refreshWindow, drawOf(record));
  const before = clock.now() - receivedAt;
  const isRenewable = Boolean(backend.refresh && (isCookie || tokens.refreshToken));
  // A record from the future: the clock was set back, so its age is unknown, and it is refreshed when needed (T3); where
  // it cannot be, it is taken for new, because a wrong clock is no reason to end a session (I5).
  const isUnknown = before < -CLOCK_STEP && isRenewable;
  const since = isUnknown ? Number.NEGATIVE_INFINITY : clock.monotonic() - Math.max(before, 0);
  core.held = {
    record,
    presentation: accessToken ? { headers: { Authorization: `${tokens.tokenType} ${accessToken}` } } : undefined,
    refreshAfter: backend.renewsEarly === false ? Number.POSITIVE_INFINITY : refreshAfter,
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
  const controller = 'document' in globalThis ? new AbortController() : undefined;
  return { over: undefined, members: [], controller };
}

/** Every request joins and leaves, so nothing is searched for, and nothing hashed. */
export function joinEpoch({ members }: Epoch, member: Member): void {
  member.place = members.push(member) - 1;
}

/** Gives whether it was still there: the end of the epoch may have come first. */
export function leaveEpoch({ members }: Epoch, member: Member): boolean {
  const { place } = member;
  if (place < 0) return false;
  const last = members.at(-1) as Member;
  members[place] = last;
  last.place = place;
  members.pop();
  member.place = -1;
  return true;
}

/** Ends the epoch and begins the next, in which nothing is held. */
export function turn(core: Core, over: AuthError): void {
  const { epoch } = core;
  epoch.over = over;
  core.epoch = newEpoch();
  core.held = undefined;
  core.cancelEnd();
  const members = epoch.members.splice(0);
  for (const member of members) member.place = -1;
  for (const { reject } of members) reject(over);
  epoch.controller?.abort(over);
}
