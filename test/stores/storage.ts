import { vi } from 'vitest';

/** A `Storage` in memory, some of whose methods a test replaces; its methods count their calls. */
export function createStorage(replaced: Partial<Storage> = {}): Storage {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    key: (index) => [...items.keys()][index] ?? null,
    getItem: vi.fn(replaced.getItem ?? ((key: string) => items.get(key) ?? null)),
    setItem: vi.fn((key: string, value: string) => {
      replaced.setItem?.(key, value);
      items.set(key, String(value));
    }),
    removeItem: vi.fn((key: string) => {
      replaced.removeItem?.(key);
      items.delete(key);
    }),
    clear: vi.fn(() => items.clear()),
  };
}

/** Makes every reach for a storage area throw, as where cookies are blocked or the origin is opaque. */
export function denyStorage(area: 'localStorage' | 'sessionStorage'): void {
  vi.spyOn(globalThis, area, 'get').mockImplementation(() => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  });
}

/** What a full storage throws. */
export function quotaExceeded(): DOMException {
  return new DOMException('The quota has been exceeded.', 'QuotaExceededError');
}
