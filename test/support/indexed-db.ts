import { IDBFactory } from 'fake-indexeddb';
import { beforeEach } from 'vitest';

/** happy-dom has no IndexedDB, and every browser has: each test begins with an empty one. */
function renew(): void {
  Object.defineProperty(globalThis, 'indexedDB', { value: new IDBFactory(), configurable: true, writable: true });
}

renew();
beforeEach(renew);
