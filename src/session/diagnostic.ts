import type { DiagnosticCode } from './emitter.ts';

/** How bad it is. `error`: it does not work, or is not safe. `warning`: it works worse. `info`: good to know. */
export type DiagnosticSeverity = 'error' | 'warning' | 'info';

/** What `diagnose()` can find besides what was told by the event `diagnostic`. A closed union. */
export type FindingCode =
  | 'no-session'
  | 'session-disposed'
  | 'restore-slow'
  | 'check-failed'
  | 'no-page'
  | 'insecure-context'
  | 'no-web-locks'
  | 'no-indexed-db'
  | 'no-broadcast-channel'
  | 'cookies-blocked'
  | 'cookie-flags'
  | 'endpoint-insecure'
  | 'retry-after-hidden'
  | 'renewal-hidden'
  | 'storage-denied'
  | 'storage-full'
  | 'storage-slow'
  | 'clock-skew'
  | 'access-outlives-refresh'
  | 'access-token-long'
  | 'access-token-short'
  | 'access-lifetime-unknown'
  | 'no-refresh-token'
  | 'refresh-token-at-rest';

/** Something to know about a session and what is around it. It holds no token. */
export interface Diagnostic {
  readonly code: DiagnosticCode | FindingCode;
  readonly severity: DiagnosticSeverity;
  /** What is wrong, and how to mend it; for a developer to read, not for a program. */
  readonly message: string;
}

/** Something that was found. */
export function finding(code: FindingCode, severity: DiagnosticSeverity, message: string): Diagnostic {
  return { code, severity, message };
}

/** Told by the event `diagnostic`, and not to be lived with; what else it tells is a warning. */
const ERRORS: readonly DiagnosticCode[] = [
  'refresh-stuck',
  'refresh-loop',
  'listener-failed',
  'adapter-replaced',
  'origin-insecure',
];

/** Something that the app was told before. */
export function toldBefore(code: DiagnosticCode, message: string): Diagnostic {
  return { code, severity: ERRORS.includes(code) ? 'error' : 'warning', message };
}
