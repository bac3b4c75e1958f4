import type { Unsubscribe } from '../platform/clock.ts';
import type { SessionRecord } from '../token/session-record.ts';

/**
 * Keeps the record of one session for each name, in one write (STO-3). Whether the methods may give promises is told by
 * `synchronous`; they may throw or reject with a `TokenStoreError`, which the session survives.
 *
 * `tokenStoreContract` of `latchkey/testing` says what is wrong with one.
 */
export interface TokenStore {
  /** Who sees what is stored: this tab only, or every tab of the origin. */
  readonly scope: 'tab' | 'origin';
  /** Whether each method is done when it returns. Then it is written inside the fence transaction that justifies it. */
  readonly synchronous: boolean;
  /**
   * Whether each tab keeps a record for itself, so that a new one asks the others for it; undefined asks of any record.
   * Where the method is missing, what one tab saves is what all others load.
   */
  handsOver?(record: SessionRecord | undefined): boolean;
  /** Whether somebody else writes it, such as a server: then what it shows counts, whatever the tabs know. Default is false. */
  readonly isReadOnly?: boolean;
  /** What is stored under a name, as text or as an object; undefined when nothing is. It is checked by the reader. */
  load(name: string): unknown;
  /** Stores a record, replacing the one before. When it fails, the one before is still there. */
  save(name: string, record: SessionRecord): void | Promise<void>;
  /** Removes what is stored, so that a `load` gives nothing. */
  clear(name: string): void | Promise<void>;
  /** Calls back when somebody else may have changed what is stored. */
  subscribe?(name: string, listener: () => void): Unsubscribe;
}

/** The key under which stores keep a session: library, form of the record, name (STO-6). */
export function storeKey(name: string): string {
  return `latchkey.1.${name}`;
}
