import { type CopiedClient, createCopiedClient } from './copied-client.ts';
import { dialectOf } from './dialects.ts';
import { backendName, isCompared } from './settings.ts';
import { ownTallies } from './tab.ts';

const dialect = isCompared ? dialectOf(backendName) : undefined;
const listeners = new Set<() => void>();

/** The copied interceptor beside the session; undefined where nothing is compared. */
export const copied: CopiedClient | undefined = dialect && createCopiedClient('/api', dialect, noteEnd);

export function onCopiedChange(listener: () => void): void {
  listeners.add(listener);
}

/** Signs the copied client in, with tokens of its own. That it cannot is its own fault, and shows. */
export async function signInCopied(username: string): Promise<void> {
  await copied?.signIn(username).catch(() => copied?.forget());
  for (const listener of listeners) listener();
}

/** Forgets its tokens, since the user has signed out. */
export function forgetCopied(): void {
  copied?.forget();
  for (const listener of listeners) listener();
}

function noteEnd(): void {
  ownTallies.copied.ends += 1;
  for (const listener of listeners) queueMicrotask(listener);
}
