import { type AuthError, AuthUnavailableError, isAuthError, SessionChangedError } from '../errors.ts';
import { TIMED_OUT } from '../platform/awaitable.ts';
import { safeCause, stringsIn } from '../token/redact.ts';
import type { SessionRecord } from '../token/session-record.ts';
import type { TokenInput } from '../token/token-set.ts';
import { type Core, disposedError, LOCK_WAIT } from './core.ts';
import { headKey, readHead, rowKey } from './fence-record.ts';
import { newRecord } from './new-record.ts';
import { revoke } from './revoke.ts';

/** What the user, or the page, last set out to do; whatever was begun before is overtaken by it (OUT-10, U1). */
export interface Intent {
  overtaken: AuthError | undefined;
}

/** How long the server may take to answer a sign-in, in milliseconds. */
const SIGN_IN_LIMIT = 30_000;

/**
 * Asks the backend for the first tokens.
 *
 * @throws {SignInRejectedError} When the server says no.
 * @throws {AuthUnavailableError} When it says nothing that is a verdict.
 * @throws {TokenResponseError} When it says yes without usable tokens.
 */
export async function requestTokens(core: Core, parameters: unknown): Promise<TokenInput> {
  const { backend } = core.options;
  if (backend.signIn === undefined) throw new TypeError('This backend has no signIn; use session.signInWithTokens().');
  try {
    const answer = await core.call(
      SIGN_IN_LIMIT,
      async (context) => await backend.signIn?.(parameters as never, context),
    );
    if (answer === TIMED_OUT)
      throw new AuthUnavailableError('The server did not answer the sign-in within 30 seconds.');
    return answer ?? {};
  } catch (error) {
    if (isAuthError(error)) throw error;
    throw new AuthUnavailableError('backend.signIn failed without a verdict.', {
      cause: safeCause(error, stringsIn(parameters)),
    });
  }
}

/** Makes tokens the session: in the fence, in the store, in this tab, in this order, unless the intent was overtaken. */
export async function install(
  core: Core,
  input: TokenInput,
  intent: Intent,
  remember: boolean | undefined,
): Promise<void> {
  const { holder, keeper, fence, options } = core;
  const record = newRecord(input, { backend: options.backend, now: options.clock.now(), remember });
  const replaced = holder.held()?.record;
  const keys = [headKey(options.name), rowKey(record.sessionId), rowKey(replaced?.sessionId ?? '')];
  const isInstalled = await fence.update(keys, (rows) => {
    if (intent.overtaken !== undefined || core.isDisposed()) return false;
    const { epoch } = readHead(rows, options.name);
    rows.delete(rowKey(replaced?.sessionId ?? ''));
    rows.set(headKey(options.name), { epoch: epoch + 1, sessionId: record.sessionId, subject: record.subject });
    rows.set(rowKey(record.sessionId), { generation: record.generation });
    keeper.saveNow(record);
    return true;
  });
  if (!isInstalled || intent.overtaken !== undefined) {
    void revoke(core, record);
    throw intent.overtaken ?? disposedError();
  }
  const wasSignedIn = core.state().status === 'signed-in';
  const isSameUser = wasSignedIn && record.subject !== undefined && record.subject === replaced?.subject;
  // The previous user's requests fail now, before anything can present the new user's tokens (SES-1). Where nobody was
  // signed in, what waits for the restore goes on as the user who is.
  if (replaced !== undefined && !isSameUser) core.holder.turn(new SessionChangedError());
  core.adopt(record);
  if (wasSignedIn && !isSameUser) core.events.emit('signed-out', { reason: 'user-switched' });
  core.channel.announce();
  await saveUnderLock(core, record);
  if (replaced !== undefined && replaced.tokens.refreshToken !== record.tokens.refreshToken)
    void revoke(core, replaced);
  if (intent.overtaken !== undefined) throw intent.overtaken;
  const state = core.state();
  if (!isSameUser && state.status === 'signed-in') core.events.emit('signed-in', { user: state.user });
}

/** An asynchronous store is written under the lock only, after the head was read again. */
async function saveUnderLock(core: Core, record: SessionRecord): Promise<void> {
  const { options, fence, keeper } = core;
  if (options.store.synchronous) return;
  await core.lock.request(core.lockName(record), LOCK_WAIT, async () => {
    const head = readHead(await fence.read([headKey(options.name)]), options.name);
    if (head.sessionId === record.sessionId) await keeper.save(record);
  });
}
