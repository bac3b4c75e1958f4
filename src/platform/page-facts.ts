import { findWebLocks } from './web-lock.ts';

/** What this page offers, as far as somebody who looks for faults wants to know. */
export interface PageFacts {
  /** Whether there is a page at all; on a server there is none, and the rest means nothing. */
  readonly isPage: boolean;
  /** Whether it came over https, or from this very machine. */
  readonly isSecure: boolean;
  /** Whether it has no origin of its own, as in a sandboxed frame: then nothing can be stored. */
  readonly isOpaque: boolean;
  readonly hasWebLocks: boolean;
  readonly hasIndexedDb: boolean;
  readonly hasBroadcastChannel: boolean;
  /** Whether the browser lets this page have cookies. */
  readonly hasCookies: boolean;
  readonly userAgent: string;
}

/** Looks at the page. Where even the look is forbidden, the answer is no (STO-5). */
export function readPageFacts(): PageFacts {
  return {
    isPage: 'document' in globalThis,
    isSecure: ask(() => globalThis.isSecureContext) !== false,
    isOpaque: ask(() => globalThis.origin) === 'null',
    hasWebLocks: findWebLocks() !== undefined,
    hasIndexedDb: !!ask(() => globalThis.indexedDB),
    hasBroadcastChannel: typeof ask(() => globalThis.BroadcastChannel) === 'function',
    hasCookies: ask(() => globalThis.navigator.cookieEnabled) !== false,
    userAgent: String(ask(() => globalThis.navigator.userAgent) ?? 'unknown'),
  };
}

function ask<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
