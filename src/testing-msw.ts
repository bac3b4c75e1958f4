export { type AuthServer, authServerHandlers } from './testing/msw/auth-server-handlers.ts';
export type { AuthServerOptions } from './testing/msw/auth-server-options.ts';
export type { ServerFault } from './testing/msw/faults.ts';
export type { AuthEndpoint } from './testing/msw/protocol.ts';
