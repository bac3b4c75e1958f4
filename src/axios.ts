export { attachSession, type Detach } from './transports/axios.ts';
export type { ResourceServer, TransportOptions } from './transports/resource-server.ts';
