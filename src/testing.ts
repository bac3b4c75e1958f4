export { type BackendContractOptions, backendContract } from './testing/backend-contract.ts';
export type { ContractCase } from './testing/contract.ts';
export {
  createFakeBackend,
  type FakeBackend,
  type FakeBackendOptions,
  type FakeCredentials,
  type FakeHook,
} from './testing/fake-backend.ts';
export { createFakeClock, type FakeClock } from './testing/fake-clock.ts';
export { createTestSession, type TestSession, type TestSessionOptions } from './testing/test-session.ts';
export type { TestUser } from './testing/test-user.ts';
export { tokenStoreContract } from './testing/token-store-contract.ts';
