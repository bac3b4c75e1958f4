export { type BackendContractOptions, backendContract } from './testing/backend-contract.ts';
export type { ContractCase } from './testing/contract.ts';
export {
  createFakeBackend,
  type FakeBackend,
  type FakeBackendOptions,
  type FakeCredentials,
} from './testing/fake-backend.ts';
export { createFakeClock, type FakeClock } from './testing/fake-clock.ts';
export { tokenStoreContract } from './testing/token-store-contract.ts';
