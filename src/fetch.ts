export { type AuthorizedFetchOptions, createAuthorizedFetch } from './transports/fetch.ts';
export type { ResourceServer, TransportOptions } from './transports/resource-server.ts';
