export type {
  Answer,
  Backend,
  BackendContext,
  Judgement,
  Presentation,
  RefreshAttempt,
  Revocation,
  StepUp,
} from './backends/backend.ts';
export {
  AuthError,
  type AuthErrorCode,
  AuthUnavailableError,
  isAuthError,
  RefreshRejectedError,
  SessionChangedError,
  SignedOutError,
  SignInRejectedError,
  type SignOutReason,
  StepUpCancelledError,
  TokenResponseError,
  TokenStoreError,
} from './errors.ts';
export type { Clock, Unsubscribe } from './platform/clock.ts';
export { diagnose } from './session/diagnose.ts';
export type { Diagnostic, DiagnosticSeverity, FindingCode } from './session/diagnostic.ts';
export type { DiagnosticCode, SessionEvents } from './session/emitter.ts';
export { importLegacy } from './session/import-legacy.ts';
export type { Migration } from './session/migration.ts';
export type { SessionOptions } from './session/options.ts';
// A whole module: to an interface that is re-exported by its name, TypeScript lets nobody add.
export type * from './session/register.ts';
export { createSession, type Session } from './session/session.ts';
export type { SessionState } from './session/state.ts';
export type { TraceEntry, TraceStep } from './session/trace.ts';
export { traceText } from './session/trace-text.ts';
export { type CookieStoreOptions, cookieStore } from './stores/cookie-store.ts';
export { type CustomStoreOptions, customStore } from './stores/custom-store.ts';
export type { LegacyOptions, LegacyPlace } from './stores/legacy-tokens.ts';
export { memoryStore } from './stores/memory-store.ts';
export { type RememberStoreOptions, rememberStore } from './stores/remember-store.ts';
export { sharedMemoryStore } from './stores/shared-memory-store.ts';
export type { TokenStore } from './stores/token-store.ts';
export { localStorageStore, type PersistentStoreOptions, sessionStorageStore } from './stores/web-storage-store.ts';
export type { JwtClaims } from './token/claims.ts';
export type { RefreshWindow } from './token/expiry.ts';
export type { SessionRecord } from './token/session-record.ts';
export type { TokenInput, TokenSet } from './token/token-set.ts';
