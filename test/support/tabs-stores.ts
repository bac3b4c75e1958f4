import { customStore, type SessionRecord, sharedMemoryStore, type TokenStore } from 'latchkey';
import { decodeRecord, encodeRecord } from '../../src/token/session-record.ts';
import type { Choose, Page, Schedule } from './tabs-schedule.ts';

/** What outlives a page in its own tab. */
export interface Slot {
  text: string | undefined;
}

export interface SharedStores {
  /** `localStorage`, in which a page may see for a while what another one has replaced. */
  origin(page: Page): TokenStore;
  /** An app's own store of all tabs, whose every operation takes its time. */
  slow(page: Page): TokenStore;
  /** `sessionStorage`. */
  tab(slot: Slot): TokenStore;
  /** What the first two keep, whoever sees it yet. */
  current(): SessionRecord | undefined;
  /** Somebody clears what is stored. */
  clear(): void;
  /** Told of each write, before anybody else: of `undefined` when it is emptied. */
  onWrite(listener: (page: Page, record: SessionRecord | undefined) => void): void;
  /** How many listeners a page has on them. */
  count(page: Page): number;
}

/** @param lag How long a page may see what was replaced by another one, in milliseconds. */
export function createSharedStores(schedule: Schedule, choose: Choose, lag: number): SharedStores {
  /** All that was ever stored, and when. */
  const past: { readonly text: string | undefined; readonly at: number }[] = [{ text: undefined, at: 0 }];
  /** The oldest of it that each page can still see. */
  const seen = new Map<Page, number>();
  const listeners = new Map<Page, Set<() => void>>();
  const writes: ((page: Page, record: SessionRecord | undefined) => void)[] = [];

  /** Which of what was stored a page sees. It never sees anything older than before. */
  function look(page: Page): number {
    const last = past.length - 1;
    let oldest = seen.get(page) ?? 0;
    while (oldest < last && schedule.monotonic() - (past[oldest + 1]?.at ?? 0) >= lag) oldest += 1;
    const index = last - choose(last - oldest + 1);
    seen.set(page, index);
    return index;
  }

  function write(page: Page | undefined, text: string | undefined): void {
    past.push({ text, at: schedule.monotonic() });
    const index = past.length - 1;
    if (page) {
      // One's own writes are seen at once.
      seen.set(page, index);
      for (const told of writes) told(page, decodeRecord(text).record);
    }
    for (const [other, heard] of listeners) {
      if (other === page) continue;
      schedule.add(
        'storage event',
        other,
        () =>
          other.run(() => {
            seen.set(other, Math.max(seen.get(other) ?? 0, index));
            for (const listener of [...heard]) listener();
          }),
        Math.max(lag, 1),
      );
    }
  }

  function subscribe(page: Page): NonNullable<TokenStore['subscribe']> {
    return (_, listener) => {
      const own = listeners.get(page) ?? new Set();
      listeners.set(page, own.add(listener));
      page.onGone(() => listeners.delete(page));
      return () => own.delete(listener);
    };
  }

  /** What each page has asked of a slow store and is not done; a store does what one page asks of it in order. */
  const asked = new Map<Page, (() => void)[]>();

  /** One operation of a slow store: it happens, and later the page hears of it. */
  function take<T>(page: Page, work: () => T): Promise<T> {
    return new Promise((resolve) => {
      const own = asked.get(page) ?? [];
      asked.set(page, own);
      own.push(() => {
        const result = work();
        schedule.add('store answer', page, () => page.run(() => resolve(result)));
      });
      schedule.add('store', page, () => {
        const next = own.shift();
        if (page.state !== 'gone' || choose(2) === 1) next?.();
      });
    });
  }

  const latest = (): string | undefined => past.at(-1)?.text;
  return {
    origin: (page) => ({
      scope: 'origin',
      synchronous: true,
      load: () => past[look(page)]?.text,
      save: (_, record) => write(page, encodeRecord(record)),
      clear() {
        // A browser removes nothing where its own copy, which may be behind, has nothing.
        const isBare = past[look(page)]?.text === undefined;
        if (latest() !== undefined && !(isBare && choose(2) === 1)) write(page, undefined);
      },
      subscribe: subscribe(page),
    }),
    slow: (page) =>
      customStore({
        scope: 'origin',
        load: () => take(page, latest),
        save: (_, record) => take(page, () => write(page, encodeRecord(record))),
        clear: () => take(page, () => write(page, undefined)),
        subscribe: subscribe(page),
      }),
    tab: (slot) => ({
      scope: 'tab',
      synchronous: true,
      load: () => slot.text,
      save(_, record) {
        slot.text = encodeRecord(record);
      },
      clear() {
        slot.text = undefined;
      },
    }),
    current: () => decodeRecord(latest()).record,
    clear: () => write(undefined, undefined),
    onWrite: (listener) => void writes.push(listener),
    count: (page) => listeners.get(page)?.size ?? 0,
  };
}

/** What keeps the session in the tabs themselves, and hands it from one to the next. */
export const handedStore: () => TokenStore = sharedMemoryStore;
