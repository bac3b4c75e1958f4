import { defineConfig } from 'vitest/config';
import config from '../../vite.config.ts';

/** The folders whose tests are to find the mutants. */
const folders = (process.env.LATCHKEY_MUTANT_TESTS ?? '').split(',');

export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: [
      'test/mutants/in-{page,node}.ts',
      ...(folders.includes('session') ? ['test/session/{schedule,waiting-through,tabs/real-platform}.test.ts'] : []),
    ],
    reporters: ['default'],
    testTimeout: 4000,
    typecheck: { enabled: false },
  },
});
