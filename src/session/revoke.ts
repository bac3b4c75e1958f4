import type { Revocation } from '../backends/backend.ts';
import type { AuthError } from '../errors.ts';
import type { SessionRecord } from '../token/session-record.ts';
import { callBackend } from './call-backend.ts';
import type { Core } from './core.ts';
import { secretsOf } from './secrets.ts';

/**
 * Makes a session's tokens worthless on the server, if it can be reached (RFC 7009). Never rejects: whoever signs out is
 * signed out, whatever the server says (C37).
 *
 * @returns Whether the server has done so.
 */
export async function revoke(core: Core, record: SessionRecord, why: Partial<Revocation> = {}): Promise<boolean> {
  try {
    await callBackend(core, 'revoke', secretsOf(record), record, { everywhere: false, isReplaced: false, ...why });
    return true;
  } catch (error) {
    core.diagnose('revoke-failed', `Signed out here, but the server may not know: ${(error as AuthError).message}`);
    return false;
  }
}
