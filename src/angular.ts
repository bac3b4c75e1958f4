export { ANONYMOUS } from './angular/anonymous.ts';
export { injectSession, injectSessionState, injectUser } from './angular/inject.ts';
export { provideSession } from './angular/provide-session.ts';
export type { ProvideSessionOptions } from './angular/provide-session-options.ts';
export { sessionInterceptor } from './angular/session-interceptor.ts';
export { signedInGuard } from './angular/signed-in-guard.ts';
export type { ResourceServer, TransportOptions } from './transports/resource-server.ts';
