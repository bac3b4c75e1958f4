import { defineConfig } from 'vitest/config';
import config from '../../vite.config.ts';

/** The folders whose tests are to find the mutants: `token transports session` unless it says so. */
const folders = (process.env.LATCHKEY_MUTANT_TESTS ?? 'token transports session').split(' ');

/** The quick tests of what is mutated: no servers, no browsers, no random schedules. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: [
      ...folders.map((folder) => `test/${folder}/**/*.test.ts`),
      'test/security/{attachment,refresh-token,redirects,events}.test.ts',
    ],
    exclude: ['**/node_modules/**', 'test/session/{fleet,diagnose,trace-text}.test.ts'],
    reporters: ['dot'],
    testTimeout: 4000,
    typecheck: { enabled: false },
  },
});
