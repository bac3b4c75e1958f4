import type { AuthError } from '../errors.ts';
import type { SessionRecord } from '../token/session-record.ts';
import { callBackend } from './call-backend.ts';
import type { Core } from './core.ts';
import { secretsOf } from './secrets.ts';

/**
 * Makes a session's tokens worthless on the server, if it can be reached (RFC 7009). Never rejects: whoever signs out is
 * signed out, whatever the server says (C37).
 */
export async function revoke(core: Core, record: SessionRecord, everywhere = false): Promise<void> {
  await callBackend(core, 'revoke', secretsOf(record), record, { everywhere }).catch(({ message }: AuthError) =>
    core.diagnose('revoke-failed', `Signed out here, but the server may not know: ${message}`),
  );
}
