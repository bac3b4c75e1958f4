import { type AuthUnavailableError, isAuthError, SignedOutError } from '../errors.ts';
import { within } from '../platform/awaitable.ts';
import { ownOptions } from '../token/own.ts';
import { RECORD_VERSION, type SessionRecord } from '../token/session-record.ts';
import { letSettle } from './attempt.ts';
import type { Core } from './core.ts';
import { changeFacts, type Head, type Pending, type Row, readFacts, writeEnd } from './facts.ts';
import type { Span } from './held.ts';
import { newRecord } from './new-record.ts';
import { revoke } from './revoke.ts';
import { isOvertaken, requestTokens, show, writeSignIn } from './sign-in.ts';
import { underLock } from './store-under-lock.ts';

// Where a cookie that no script sees is the credential, the server changes it with its answers, whether or not the page
// that asked still lives. So whatever may change it is asked for under the lock, one after the other, and written down
// before: whoever has the lock next finishes what a page that died had begun.

/** Signs in by an answer that sets a cookie; gives the user. */
export async function signInByCookie(
  core: Core,
  parameters: unknown,
  intent: Span,
  remember: boolean | undefined,
): Promise<unknown> {
  const shown = await underLock(core, undefined, async () => {
    const left = await settlePending(core);
    await settleRefresh(core);
    if (intent.over) throw intent.over;
    const before = await readFacts(core, undefined);
    const mine: Pending = {
      kind: 'sign-in',
      at: core.clock.now(),
      tab: core.tab,
      everywhere: undefined,
      attempt: undefined,
    };
    if (!(await setPending(core, left, mine))) throw new SignedOutError('other-tab');
    const input = await requestTokens(core, parameters).catch(async (error) => {
      // An answer that is a "no" left the jar as it was; without an answer nobody knows.
      if (isAnswered(error)) await setPending(core, mine, undefined);
      throw error;
    });
    const record = newRecord(input, { backend: core.backend, now: core.clock.now(), remember });
    const replaced = core.held?.record;
    const isWritten = await writeSignIn(
      core,
      record,
      intent,
      replaced,
      (facts) => isSame(facts.head?.pending, mine) && !isOvertaken(before, facts),
    );
    if (isWritten) {
      return () => {
        // A sign-out since then logs out by itself; a sign-in that overtook this one may come to nothing.
        if (intent.over && intent.over.code !== 'session-changed') throw intent.over;
        return show(core, record, intent, replaced);
      };
    }
    // Overtaken by a sign-out, here or in another tab: the cookie that has come since must go, before anybody else's turn.
    await endPending(core, mine);
    await logOut(core);
    throw intent.over ?? new SignedOutError('other-tab');
  });
  return await shown();
}

/**
 * Logs out on the server, once nothing else is under way, unless somebody has done so meanwhile.
 *
 * @param record The session that ends, whose access token some log-out views demand.
 */
export async function logOutByCookie(core: Core, record: SessionRecord | undefined): Promise<void> {
  await underLock(core, undefined, () => logOut(core, record));
}

/** Finishes what a page began that is gone, before this one restores; in bounded time, whatever comes of it. */
export async function settleJar(core: Core): Promise<void> {
  const { clock, patience } = core;
  if (!(await readFacts(core, undefined)).head?.pending) return;
  const settled = underLock(core, undefined, () => settlePending(core));
  await within(clock, patience, () => settled, Error).catch(() => {});
}

/** Finishes what a page began that is gone. Called under the lock. */
export async function settlePending(core: Core): Promise<Pending | undefined> {
  const pending = (await readFacts(core, undefined)).head?.pending;
  if (!pending) return undefined;
  // Its answer may still come, and set a cookie after ours.
  if (pending.kind === 'sign-in') {
    await letSettle(core, pending.at, pending.tab);
    // Disposed meanwhile: that time is not over (C48).
    if (core.closed.signal.aborted) return pending;
    await endPending(core, pending);
  }
  await logOut(core);
  // Where the server cannot be reached, it is left to the next one, or to the sign-in that takes its place.
  return (await readFacts(core, undefined)).head?.pending;
}

/** The same for a refresh: its late cookie would take the place of the one that is asked for now. */
async function settleRefresh(core: Core): Promise<void> {
  const { head } = await readFacts(core, undefined);
  const { row } = await readFacts(core, { sessionId: head?.sessionId ?? '' });
  if (row?.attempt) await letSettle(core, row.attempt.sentAt, row.attempt.tab);
}

/**
 * The record of a session of which this page has nothing but the cookie that it cannot see: dead, to be refreshed, unless
 * cookies carry all of it, and are known to live.
 */
export function carrierOf(
  { sessionId = '', subject }: Partial<Head>,
  { generation, signedInAt, expiresAt = 1 }: Pick<Row, 'generation' | 'signedInAt' | 'expiresAt'>,
): SessionRecord {
  return Object.freeze({
    version: RECORD_VERSION,
    sessionId,
    generation,
    receivedAt: 0,
    signedInAt,
    subject,
    remember: undefined,
    tokens: {
      accessToken: undefined,
      refreshToken: undefined,
      tokenType: 'Bearer',
      scope: undefined,
      lifetime: expiresAt,
    },
  });
}

/** Of a session of which nothing is left, not even who it was. */
const NO_CARRIER = carrierOf(ownOptions({}), ownOptions({ generation: 1 }));

/** A sign-in of which nobody knows what it left in the jar: whoever was signed in is not, for certain, any more. */
async function endPending(core: Core, pending: Pending): Promise<void> {
  await changeFacts(core, undefined, (facts) => {
    if (!isSame(facts.head?.pending, pending)) return;
    core.keeper.now?.clear();
    writeEnd(core, facts, 'user-switched');
  });
}

async function logOut(core: Core, record?: SessionRecord): Promise<void> {
  const { head } = await readFacts(core, undefined);
  const pending = head?.pending;
  // Somebody who came first has logged out, and somebody else may have signed in since.
  if (pending?.kind !== 'sign-out') return;
  if (pending.attempt) await letSettle(core, pending.attempt.sentAt, pending.attempt.tab);
  if (core.closed.signal.aborted) return;
  const { everywhere = false } = pending;
  const isDone = await revoke(core, record ?? NO_CARRIER, { everywhere });
  if (isDone) await setPending(core, pending, undefined);
}

/** Changes what is pending, if it is still what it was. */
function setPending(core: Core, from: Pending | undefined, to: Pending | undefined): Promise<boolean> {
  return changeFacts(core, undefined, (facts) => {
    const { head } = facts;
    if (!isSame(head?.pending, from)) return false;
    facts.head = { epoch: 0, ...head, pending: to };
    return true;
  });
}

function isSame(one: Pending | undefined, other: Pending | undefined): boolean {
  return one?.at === other?.at && one?.tab === other?.tab && one?.kind === other?.kind;
}

function isAnswered(error: unknown): boolean {
  if (!isAuthError(error)) return false;
  return error.code === 'sign-in-rejected' || (error as AuthUnavailableError).status !== undefined;
}
