/** The rows that one transaction of a fence works on, by key. */
export type FenceRows = Map<string, unknown>;

/** Keyed rows that all who share a session see alike: what was written by one is read by the next, never an older value. */
export interface Fence {
  /** Whether other tabs see the same rows. A browser that refuses its database makes this false for the rest of the page. */
  readonly isShared: boolean;
  /** Reads the rows of these keys, all as of one moment. */
  read(keys: readonly string[]): Promise<FenceRows>;
  /**
   * Changes the rows of these keys in one transaction; such transactions run one after another. Resolves when it is
   * complete. When `change` throws, nothing is written.
   *
   * @param change Runs synchronously inside the transaction: what it does besides, such as writing a synchronous store,
   *   is justified by the very rows that it sees (I10).
   */
  update<T>(keys: readonly string[], change: (rows: FenceRows) => T): Promise<T>;
  /** Lets go of what is held open, after whatever is under way. */
  close?(): void;
}

/** A fence for one tab, forgotten with the page. */
export function createMemoryFence(): Fence {
  const rows: FenceRows = new Map();
  const pick = (keys: readonly string[]): FenceRows => new Map([...rows].filter(([key]) => keys.includes(key)));
  return {
    isShared: false,
    read: async (keys) => pick(keys),
    async update(keys, change) {
      const picked = pick(keys);
      const result = change(picked);
      for (const key of keys) {
        if (picked.has(key)) rows.set(key, picked.get(key));
        else rows.delete(key);
      }
      return result;
    },
  };
}
