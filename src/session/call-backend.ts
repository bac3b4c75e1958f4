import type { BackendContext, RefreshAttempt, Revocation } from '../backends/backend.ts';
import { AuthUnavailableError, isAuthError } from '../errors.ts';
import { attempt, within } from '../platform/awaitable.ts';
import { platformFetch } from '../platform/web.ts';
import { safeError } from '../token/safe-error.ts';
import type { Core } from './core.ts';

/**
 * How long a function of the backend may take, in milliseconds. A refresh that was sent is not given up before that:
 * giving up may lose the only good token (ROT-5).
 */
const LIMITS = { signIn: 30_000, refresh: 30_000, verify: 10_000, revoke: 5000 } as const;
type Name = keyof typeof LIMITS;

/** How long a function of the backend may take, in milliseconds. */
export function limitOf(name: Name): number {
  return LIMITS[name];
}

/**
 * Calls a function of the backend; nothing that it does gets around its time limit (C8).
 *
 * @param secrets What no error may show (LOG-2).
 * @returns What it gave; undefined when the backend has none of that name.
 * @throws {AuthError} What the function threw, made safe; `AuthUnavailableError` for whatever is no verdict.
 */
export async function callBackend<Result>(
  core: Core,
  name: Name,
  secrets: readonly string[],
  input: unknown,
  why?: Revocation | RefreshAttempt,
): Promise<Result | undefined> {
  const { clock, diagnose, undo } = core;
  const limit = LIMITS[name];
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const context: BackendContext = {
    signal: controller.signal,
    now: () => clock.now(),
    fetch: platformFetch,
  };
  // One type for the four: what each of them takes is checked where it is called from.
  const backend = core.backend as { [N in Name]?: (...parameters: unknown[]) => Result | Promise<Result> };
  const stopped = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(new AuthUnavailableError('The session was disposed.')));
  });
  undo.add(abort);
  try {
    return await within<Result | undefined>(
      clock,
      limit,
      // A function that does not heed its signal is let go of all the same when the session is disposed (C48).
      () => Promise.race([attempt(() => backend[name]?.(input, context, why)), stopped]),
      () => {
        if (name === 'refresh') diagnose('refresh-stuck', STUCK);
        return new AuthUnavailableError(`backend.${name} did not settle within ${limit / 1000} seconds.`);
      },
    );
  } catch (error) {
    if (name === 'verify' && !isAuthError(error)) diagnose('refresh-stuck', 'backend.verify failed: mend it.');
    throw safeError(error, `backend.${name} failed without a verdict.`, secrets);
  } finally {
    undo.delete(abort);
    abort();
  }
}

const STUCK = 'backend.refresh hangs: is its URL, on an attached client, in backend.endpoints?';
