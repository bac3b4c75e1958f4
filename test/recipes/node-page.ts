import { IDBFactory } from 'fake-indexeddb';
import { vi } from 'vitest';
import { createStorage } from '../stores/storage.ts';

/** Lets Node stand in for a page nobody looks at, with the platform's own `fetch`, streams and signals. To be called before each test. */
export function standAsPage(): void {
  vi.stubGlobal('localStorage', createStorage());
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('document', {
    readyState: 'complete',
    hidden: true,
    addEventListener() {},
    removeEventListener() {},
  });
}
