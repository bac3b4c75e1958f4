import type { SignOutReason } from '../errors.ts';
import type { FenceRows } from '../platform/fence.ts';
import { ownOptions } from '../token/own.ts';
import { expiryOf, type SessionRecord } from '../token/session-record.ts';
import type { Breaker } from './breaker.ts';
import type { Core } from './core.ts';

/** Who is signed in under a name. No secret in it (STO-11). */
export interface Head {
  /** Counts sign-ins and sign-outs; where each tab has a session of its own, sign-outs only. */
  readonly epoch: number;
  /** The session of all tabs; undefined while nobody is signed in, and where each tab has its own. */
  readonly sessionId?: string | undefined;
  readonly subject?: string | undefined;
  /** Why nobody is signed in. */
  readonly reason?: SignOutReason | undefined;
  /** When the last session was ended over an asynchronous store, in milliseconds since 1970: its clear may land later. */
  readonly endedAt?: number | undefined;
  /** Where a cookie is the credential: what may still change it. */
  readonly pending?: Pending | undefined;
}

/** A request whose answer changes the cookie that no script sees, and is not known to have come. */
export interface Pending {
  readonly kind: 'sign-in' | 'sign-out';
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly tab: string;
  /** Whether a sign-out is one of all devices: whoever finishes it asks for that. */
  readonly everywhere?: boolean | undefined;
  /** A refresh that was under way at a sign-out, and whose answer may still set a cookie. */
  readonly attempt?: Attempt | undefined;
}

/** What is known of one session. */
export interface Row {
  /** The newest that was committed. */
  readonly generation: number;
  /** The tab that committed it, and is the first to be asked for it. */
  readonly tab?: string | undefined;
  /** The head's at the sign-in: a sign-out since has ended the session. Of use where each tab has its own. */
  readonly epoch: number;
  /** In milliseconds since 1970; as the record has it, for a page that has nothing but a cookie. */
  readonly signedInAt?: number | undefined;
  /** When the cookies die that carry all of it, in milliseconds since 1970; of what a page holds, its record says it. */
  readonly expiresAt?: number | undefined;
  /** When the user last did something, in whichever tab, in milliseconds since 1970; kept where there is an idle time-out. */
  readonly activeAt?: number | undefined;
  readonly ended?: SignOutReason;
  /** Why it will end with its access token: the server has rejected its refresh token. */
  readonly ending?: SignOutReason;
  /** A refresh token that was sent, and whose answer nobody has written down yet (ROT-4). */
  readonly attempt?: Attempt | undefined;
  /** Of the refreshes since the last that succeeded (C26). */
  readonly breaker?: Breaker | undefined;
  /** How many new tokens in a row were refused while they were fresh (ROT-11). */
  readonly refusals?: number | undefined;
}

export interface Attempt {
  readonly generation: number;
  /** In milliseconds since 1970. */
  readonly sentAt: number;
  readonly tab: string;
}

/** What the fence says of a name and of one session, as of one moment. */
export interface Facts {
  head: Head | undefined;
  row: Row | undefined;
}

/** The part of a record that names its session. */
export type Named = Pick<SessionRecord, 'sessionId'> | undefined;

/** Reads the facts about a session. */
export async function readFacts({ fence, name }: Core, record: Named): Promise<Facts> {
  const [head, row] = [headKey(name), rowKey(record)];
  const rows = await fence.read([head, row]);
  return factsIn(rows, head, row);
}

/** Without anything that they merely inherit: most members are there only at times (PPL-1). */
function factsIn(rows: FenceRows, head: string, row: string): Facts {
  return { head: factAt(rows, head), row: factAt(rows, row) };
}

function factAt<Fact extends object>(rows: FenceRows, key: string): Fact | undefined {
  const fact = rows.get(key) as Fact | undefined;
  return fact && ownOptions(fact);
}

/**
 * Changes the facts about a session in one transaction. What justifies a write of a synchronous store is known in here
 * only, so it is written in here (I3, I10).
 *
 * @param change Replaces the members of what it is given, or leaves them.
 * @param gone A session of which nothing need be known any more, if `change` gives something true.
 */
export function changeFacts<T>(
  { fence, name }: Core,
  record: Named,
  change: (facts: Facts) => T,
  gone?: Named,
): Promise<T> {
  const keys = [headKey(name), rowKey(record), rowKey(gone)] as const;
  const [head, row, old] = keys;
  return fence.update(keys, (rows) => {
    const facts = factsIn(rows, head, row);
    const result = change(facts);
    if (result && gone) rows.delete(old);
    for (const [key, fact] of [
      [head, facts.head],
      [row, facts.row],
    ] as const) {
      if (fact) rows.set(key, fact);
      else rows.delete(key);
    }
    return result;
  });
}

/**
 * Whether the store tells this page more than the fence: where the fence is this page's alone, and where the server itself
 * writes the store.
 */
export function isTaught({ fence, store }: Core): boolean {
  return !fence.isShared || store.isReadOnly === true;
}

/** Whether the fence has never heard of it: a first run, or somebody has cleared the browser's databases. */
export function isUnknown({ scope }: Core, { head, row }: Facts): boolean {
  return !(scope === 'tab' ? row : head);
}

/** Whether a session is signed in, by the facts about it. */
export function isNamed({ scope }: Core, record: Named, { head, row }: Facts): boolean {
  if (scope === 'origin') return !!record && head?.sessionId === record.sessionId;
  return !!row && !row.ended && row.epoch === epochOf(head);
}

/** The facts about a session that begins, or that the fence had lost. */
export function writeSession({ idleTimeout, scope, tab }: Core, record: SessionRecord, facts: Facts): void {
  const { sessionId, subject, generation, receivedAt, signedInAt } = record;
  const epoch = epochOf(facts.head);
  // Whoever signs in is there, however long they have looked at the form before.
  const activeAt = idleTimeout === undefined ? undefined : receivedAt;
  facts.row = { generation, tab, epoch, signedInAt, ...lifeOf(record), ...(activeAt && { activeAt }) };
  const endedAt = facts.head?.endedAt;
  if (scope === 'origin') facts.head = { epoch: epoch + 1, sessionId, subject, ...(endedAt && { endedAt }) };
}

/** Running tabs add what they hold to a fence that somebody has emptied; whoever is first decides. */
export async function addToFence(core: Core, record: SessionRecord): Promise<void> {
  await changeFacts(core, record, (facts) => {
    if (isUnknown(core, facts)) writeSession(core, record, facts);
  });
}

/** When a record's tokens die, for a page that will have nothing of it but the cookies. */
export function lifeOf(record: SessionRecord): Pick<Row, 'expiresAt'> {
  const { accessToken, refreshToken } = record.tokens;
  return accessToken || refreshToken ? {} : { expiresAt: expiryOf(record) };
}

/** What is newer than the fence says is never forgotten (I10). */
export async function raise(core: Core, { sessionId, generation }: SessionRecord): Promise<void> {
  await changeFacts(core, { sessionId }, (facts) => {
    const { row } = facts;
    if (row && row.generation < generation) facts.row = { ...row, generation, tab: core.tab, attempt: undefined };
  });
}

/** The facts about a session that has ended. Where each tab has its own, only a sign-out ends those of the others. */
export function writeEnd(core: Core, facts: Facts, reason: SignOutReason, everywhere = false): void {
  const { backend, clock, keeper, scope, tab } = core;
  const { head, row } = facts;
  const endedAt = keeper.now ? undefined : clock.now();
  const isForAll = scope === 'origin' || reason === 'user';
  // Whatever ends a session of a cookie leaves it in the jar until somebody has logged out.
  const pending: Pending | undefined =
    backend.credential === 'cookie'
      ? {
          kind: 'sign-out',
          at: clock.now(),
          tab,
          everywhere: everywhere || head?.pending?.everywhere,
          attempt: row?.attempt ?? head?.pending?.attempt,
        }
      : undefined;
  if (isForAll)
    facts.head = { epoch: epochOf(head) + 1, reason, ...(endedAt && { endedAt }), ...(pending && { pending }) };
  // Where the head names no session, nobody must take this one for one that the fence never knew.
  const isKept = scope === 'tab' || isTaught(core);
  facts.row = isKept && row ? { ...row, ended: reason } : undefined;
}

export function epochOf(head: Head | undefined): number {
  return head?.epoch ?? 0;
}

function headKey(name: string): string {
  return `head:${name}`;
}

function rowKey(record: Named): string {
  return `row:${record?.sessionId}`;
}
