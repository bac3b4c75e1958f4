import { memoryStore } from './memory-store.ts';
import type { TokenStore } from './token-store.ts';

/**
 * Keeps the session in the memory of every tab that is open: never at rest, shared by all tabs, gone with the last one. A
 * new tab, or one that was reloaded while another is open, asks the others for it, by a message to the tabs of this
 * origin: any script of the origin could ask as well.
 *
 * @example
 * createSession({ backend, store: sharedMemoryStore() })
 */
export function sharedMemoryStore(): TokenStore {
  return { ...memoryStore(), scope: 'origin', handsOver: () => true };
}
