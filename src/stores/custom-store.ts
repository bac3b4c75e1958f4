import type { Unsubscribe } from '../platform/clock.ts';
import type { SessionRecord } from '../token/session-record.ts';
import type { TokenStore } from './token-store.ts';

/** A store of one's own: three functions, each of which may be asynchronous. */
export interface CustomStoreOptions {
  /** Gives what was saved last, as an object or as JSON text; undefined or null when there is nothing. */
  load(name: string): unknown;
  /** Keeps the record; it is plain JSON data. A failure must leave the one before. */
  save(name: string, record: SessionRecord): unknown;
  /** Removes what was saved. */
  clear(name: string): unknown;
  /** Calls back when somebody else changed it. */
  subscribe?(name: string, listener: () => void): Unsubscribe;
  /** Who sees it: this tab, or every tab of the origin. Default is `tab`. */
  readonly scope?: 'tab' | 'origin';
}

/**
 * Makes a store of three functions, such as those of an extension's or a native shell's own storage. Each call is given
 * 2 seconds; after that it counts as failed, and the session lives on in memory.
 *
 * @example
 * customStore({ load: () => vault.get('s'), save: (_, record) => vault.set('s', record), clear: () => vault.remove('s') })
 */
export function customStore(options: CustomStoreOptions): TokenStore {
  for (const method of ['load', 'save', 'clear'] as const) {
    if (typeof options?.[method] !== 'function') {
      throw new TypeError(`customStore: ${method} must be a function (name, …) => value or promise.`);
    }
  }
  const { subscribe } = options;
  return {
    scope: options.scope ?? 'tab',
    synchronous: false,
    load: async (name) => await options.load(name),
    save: async (name, record) => {
      await options.save(name, record);
    },
    clear: async (name) => {
      await options.clear(name);
    },
    ...(subscribe && { subscribe: (name: string, listener: () => void) => subscribe.call(options, name, listener) }),
  };
}
