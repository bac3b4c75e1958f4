import type { FenceRows } from '../platform/fence.ts';
import { own } from '../token/own.ts';

/** The one fact about a session name: who is signed in, and how often that has changed. No secret in it (STO-11). */
export interface Head {
  /** Counts sign-ins and sign-outs of this name. */
  readonly epoch: number;
  /** Undefined while nobody is signed in. */
  readonly sessionId: string | undefined;
  readonly subject: string | undefined;
}

/** The one fact about a session. */
export interface Row {
  /** The generation that was committed last. */
  readonly generation: number;
}

/** The key of a name's head. */
export function headKey(name: string): string {
  return `head:${name}`;
}

/** The key of a session's row. */
export function rowKey(sessionId: string): string {
  return `row:${sessionId}`;
}

/** Reads a name's head; a name without one was never signed in to. */
export function readHead(rows: FenceRows, name: string): Head {
  const head = rows.get(headKey(name));
  const epoch = own(head, 'epoch');
  const sessionId = own(head, 'sessionId');
  const subject = own(head, 'subject');
  return {
    epoch: typeof epoch === 'number' ? epoch : 0,
    sessionId: typeof sessionId === 'string' ? sessionId : undefined,
    subject: typeof subject === 'string' ? subject : undefined,
  };
}

/** Reads a session's row. */
export function readRow(rows: FenceRows, sessionId: string): Row | undefined {
  const generation = own(rows.get(rowKey(sessionId)), 'generation');
  return typeof generation === 'number' ? { generation } : undefined;
}
