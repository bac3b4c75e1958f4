import type { SessionRecord } from '../token/session-record.ts';
import type { TokenStore } from './token-store.ts';

/**
 * Keeps the session in the memory of this tab: gone with a reload, never at rest.
 * Script in the page can still use the session while it lives (docs: "Where tokens live").
 *
 * @example
 * createSession({ backend, store: memoryStore() })
 */
export function memoryStore(): TokenStore {
  const records = new Map<string, SessionRecord>();
  return {
    scope: 'tab',
    synchronous: true,
    load: (name) => records.get(name),
    save(name, record) {
      records.set(name, record);
    },
    clear(name) {
      records.delete(name);
    },
  };
}
