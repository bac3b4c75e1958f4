import type { SessionRecord } from '../token/session-record.ts';

/** What of a record must appear nowhere (LOG-1). */
export function secretsOf(record: SessionRecord | undefined): readonly string[] {
  const { accessToken = '', refreshToken = '', idToken = '' } = record?.tokens ?? {};
  return [accessToken, refreshToken, idToken];
}
