import { SessionChangedError } from '../errors.ts';
import { stringsIn } from '../token/redact.ts';
import type { TokenInput } from '../token/token-set.ts';
import { adopt } from './adopt.ts';
import { callBackend } from './call-backend.ts';
import type { Core } from './core.ts';
import { changeFacts, writeSession } from './facts.ts';
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
 * @returns The user.
 */
export async function install(
  core: Core,
  input: TokenInput,
  intent: Span,
  remember: boolean | undefined,
): Promise<unknown> {
  const { backend, clock, events } = core;
  const record = newRecord(input, { backend, now: clock.now(), remember });
  const replaced = core.held?.record;
  await changeFacts(
    core,
    record,
    (facts) => {
      if (intent.over) return false;
      core.keeper.now?.save(record);
      writeSession(core, record, facts);
      return true;
    },
    replaced,
  );
  if (intent.over) {
    void revoke(core, record);
    throw intent.over;
  }
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
    if (current) events.emit('signed-out', { reason: 'user-switched' });
    if (!intent.over) events.emit('signed-in', { user });
  }
  announce(core);
  await saveUnderLock(core, record);
  if (replaced && replaced.tokens.refreshToken !== record.tokens.refreshToken) void revoke(core, replaced);
  // Overtaken by what came to nothing, such as a wrong password: this one stands.
  if (intent.over && core.held?.record.sessionId !== record.sessionId) throw intent.over;
  return user;
}
