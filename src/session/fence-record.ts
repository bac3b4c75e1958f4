import { own } from '../token/own.ts';
import type { SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';
import type { Span } from './holder.ts';

/**
 * Changes who is signed in by the fence, in one transaction: from the session of one record to that of another, to a new
 * generation of the same, or to nobody. There is one fact for each session name, the head: who is signed in, and an epoch
 * that counts sign-ins and sign-outs; and one for each session, its newest generation. No secret in them (STO-11).
 *
 * @param span Nothing is changed once it is over.
 * @param decide Whether it is to be: told whether the head names the session of `from`, which is the newest generation of
 *   the session in question, and whether nobody ever signed in or out. What justifies a write of a synchronous store is
 *   known in here only, so it is written in here (I3, I10).
 * @returns Whether it was done.
 */
export function changeFence(
  { fence, name }: Core,
  span: Span,
  from: SessionRecord | undefined,
  to: SessionRecord | undefined,
  decide: (isNamed: boolean, newest: number, isNew: boolean) => boolean,
): Promise<boolean> {
  const [head, oldRow, newRow] = [headKey(name), rowKey(from), rowKey(to)];
  return fence.update([head, oldRow, newRow], (rows) => {
    const epoch = count(rows.get(head), 'epoch');
    const named = own(rows.get(head), 'sessionId');
    const newest = count(rows.get(to ? newRow : oldRow), 'generation');
    if (span.over || !decide(named === from?.sessionId, newest, !epoch && !named)) return false;
    const { sessionId, subject, generation } = to ?? {};
    rows.delete(oldRow);
    if (generation) rows.set(newRow, { generation: Math.max(generation, newest) });
    rows.set(head, { epoch: epoch + (sessionId && sessionId === from?.sessionId ? 0 : 1), sessionId, subject });
    return true;
  });
}

/** The session that is signed in by the fence. */
export async function sessionInFence({ fence, name }: Core): Promise<unknown> {
  const head = headKey(name);
  return own((await fence.read([head])).get(head), 'sessionId');
}

function headKey(name: string): string {
  return `head:${name}`;
}

function rowKey(record: SessionRecord | undefined): string {
  return `row:${record?.sessionId}`;
}

function count(row: unknown, key: string): number {
  return Number(own(row, key) ?? 0);
}
