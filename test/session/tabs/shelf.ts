import type { TokenStore } from 'latchkey';
import { decodeRecord, encodeRecord, type SessionRecord } from '../../../src/token/session-record.ts';

/** One tab's view of a shelf. It tells nobody of changes, as where an event was missed. */
export interface View {
  readonly store: TokenStore;
  /** From now on it shows what it shows now, whatever others write. */
  stop(): void;
  /** It shows what is there again. */
  go(): void;
}

export interface Shelf {
  view(): View;
  /** What lies there. */
  text: string | undefined;
  record(): SessionRecord | undefined;
}

/** A synchronous store that all tabs share, of which each tab can be made to see what was. */
export function createShelf(): Shelf {
  const shelf: Shelf = {
    text: undefined,
    record: () => decodeRecord(shelf.text).record,
    view() {
      let old: { readonly text: string | undefined } | undefined;
      const write = (text: string | undefined): void => {
        shelf.text = text;
        // One's own writes are seen at once.
        if (old) old = { text };
      };
      return {
        stop() {
          old = { text: shelf.text };
        },
        go() {
          old = undefined;
        },
        store: {
          scope: 'origin',
          synchronous: true,
          load: () => (old ?? shelf).text,
          save: (_, record) => write(encodeRecord(record)),
          clear: () => write(undefined),
        },
      };
    },
  };
  return shelf;
}
