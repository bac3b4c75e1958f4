import { SessionChangedError, SignedOutError } from '../errors.ts';
import { stringsIn } from '../token/redact.ts';
import type { SessionRecord } from '../token/session-record.ts';
import type { TokenInput } from '../token/token-set.ts';
import { adopt } from './adopt.ts';
import { callBackend } from './call-backend.ts';
import type { Core } from './core.ts';
import { changeFacts, type Facts, isNamed, writeSession } from './facts.ts';
import type { Span } from './held.ts';
import { turn } from './holder.ts';
import { newRecord } from './new-record.ts';
import { revoke } from './revoke.ts';
import { saveUnderLock } from './store-under-lock.ts';
import { announce } from './tabs.ts';
import { note } from './trace.ts';

/**
 * Asks the backend for the first tokens.
 *
 * @throws {SignInRejectedError} When the server says no.
 * @throws {AuthUnavailableError} When it says nothing that is a verdict.
 * @throws {TokenResponseError} When it says yes without usable tokens.
 */
export async function requestTokens(core: Core, parameters: unknown): Promise<TokenInput> {
  if (!core.backend.signIn) throw new TypeError('This backend has no signIn; use session.signInWithTokens().');
  return (await callBackend<TokenInput>(core, 'signIn', stringsIn(parameters), parameters)) ?? {};
}

/**
 * Makes tokens the session: in the fence, in the store, in this tab, in this order, unless the intent was overtaken.
 *
 * @param before What the fence said when the user set out to sign in.
 * @returns The user.
 */
export async function install(
  core: Core,
  input: TokenInput,
  intent: Span,
  remember: boolean | undefined,
  before?: Facts,
): Promise<unknown> {
  const record = newRecord(input, { backend: core.backend, now: core.clock.now(), remember });
  const replaced = core.held?.record;
  const isWritten = await writeSignIn(
    core,
    record,
    intent,
    replaced,
    (facts) => before === undefined || !isOvertaken(before, facts),
  );
  // Overtaken by another sign-in, which may come to nothing, it stands; by a sign-out, or never written, it does not.
  if (!isWritten || (intent.over && intent.over.code !== 'session-changed')) {
    if (!isWritten || intent.over?.code === 'signed-out') void revoke(core, record);
    throw intent.over ?? new SignedOutError('other-tab');
  }
  return await show(core, record, intent, replaced);
}

/**
 * Writes the record of a sign-in into the fence and a synchronous store, in one transaction.
 *
 * @param isValid Told the facts as they are; when it says no, nothing is written.
 */
export function writeSignIn(
  core: Core,
  record: SessionRecord,
  intent: Span,
  replaced: SessionRecord | undefined,
  isValid: (facts: Facts) => boolean = () => true,
): Promise<boolean> {
  return changeFacts(
    core,
    record,
    (facts) => {
      // A transaction whose end nobody heard is tried once more, and finds what it has written: that stands, whatever the
      // user has set out to do since.
      const isDone = isNamed(core, record, facts);
      if (!isDone && (intent.over || !isValid(facts))) return false;
      core.keeper.now?.save(record);
      if (!isDone) writeSession(core, record, facts);
      return true;
    },
    // A copy of this tab may go on with the session that this one leaves.
    core.scope === 'origin' ? replaced : undefined,
  );
}

/** Whether the user has signed out, or in, in another tab since: the later wish counts (OUT-10, I3). */
export function isOvertaken(before: Facts, { head }: Facts): boolean {
  const isMoved = (head?.epoch ?? 0) > (before.head?.epoch ?? 0);
  return isMoved && (head?.reason === 'user' || head?.sessionId !== undefined);
}

/** Shows a sign-in that was written, in this tab and to the others. */
export async function show(
  core: Core,
  record: SessionRecord,
  intent: Span,
  replaced: SessionRecord | undefined,
): Promise<unknown> {
  const { backend, events } = core;
  // Asked again: the session may have ended while the fence was changed.
  const current = core.held?.record;
  const isSameUser = record.subject !== undefined && record.subject === current?.subject;
  // The previous user's requests fail now, before anything can present the new user's tokens (SES-1). Where nobody was
  // signed in, what waits for the restore goes on as the user who is.
  if (current && !isSameUser) turn(core, new SessionChangedError());
  note(core, 'signed-in');
  adopt(core, record);
  const { state } = core;
  const user = state.status === 'signed-in' ? state.user : undefined;
  // Told with the state, and in this order, whatever becomes of a slow store (EVT-2).
  if (!isSameUser) {
    if (current) {
      events.emit('clear', 'user-switched');
      events.emit('signed-out', { reason: 'user-switched' });
    }
    // Unless a listener has just signed out again.
    if (core.held?.record === record) events.emit('signed-in', { user });
  }
  announce(core);
  // Signed in all the same where the lock cannot be had: it is saved with the next look.
  await saveUnderLock(core, record).catch(() => {});
  // A cookie was overwritten by the new one: to log out would end the session that has just begun.
  const isApart = replaced?.tokens.refreshToken !== record.tokens.refreshToken;
  if (replaced && isApart && backend.credential !== 'cookie') void revoke(core, replaced, { isReplaced: isSameUser });
  // Overtaken by what came to nothing, such as a wrong password: this one stands.
  if (intent.over && core.held?.record.sessionId !== record.sessionId) throw intent.over;
  return user;
}
