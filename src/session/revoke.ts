import { isAuthError } from '../errors.ts';
import { TIMED_OUT } from '../platform/awaitable.ts';
import type { SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';

/** How long a revocation may take, in milliseconds. */
const REVOKE_LIMIT = 5000;

/**
 * Makes a session's tokens worthless on the server, if it can be reached (RFC 7009). Never rejects: whoever signs out is
 * signed out, whatever the server says (C37).
 */
export async function revoke(core: Core, record: SessionRecord, everywhere = false): Promise<void> {
  const { backend } = core.options;
  try {
    const done = await core.call(
      REVOKE_LIMIT,
      async (context) => await backend.revoke?.(record, context, { everywhere }),
    );
    if (done === TIMED_OUT)
      core.diagnose('revoke-failed', 'The server did not answer the revocation within 5 seconds.');
  } catch (error) {
    const why = isAuthError(error) ? error.message : 'backend.revoke failed.';
    core.diagnose('revoke-failed', `The session ended here, but the server may not know: ${why}`);
  }
}
