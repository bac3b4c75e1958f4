export { type AuthServer, type AuthServerOptions, authServerHandlers } from './testing/msw/auth-server-handlers.ts';
export type { ServerFault } from './testing/msw/faults.ts';
export type { AuthEndpoint } from './testing/msw/protocol.ts';
