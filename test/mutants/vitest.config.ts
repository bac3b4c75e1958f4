import { defineConfig } from 'vitest/config';
import config from '../../vite.config.ts';

/** The folders whose tests are to find the mutants. */
const folders = (process.env.LATCHKEY_MUTANT_TESTS ?? '').split(',');
/** The tests of whole attacks that are quick. */
const SECURITY = 'test/security/{attachment,refresh-token,redirects,events}.test.ts';

/** The quick tests of what is mutated: no servers, no browsers, no random schedules. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: folders.map((folder) => (folder === 'security' ? SECURITY : `test/${folder}/**/*.test.ts`)),
    exclude: ['**/node_modules/**', 'test/session/{fleet,diagnose,trace-text}.test.ts'],
    reporters: ['dot'],
    testTimeout: 4000,
    typecheck: { enabled: false },
  },
});
