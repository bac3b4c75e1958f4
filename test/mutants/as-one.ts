import { describe } from 'vitest';

/** The quick tests of what is mutated: no servers, no browsers, no random schedules; of security, whole attacks. */
const QUICK = {
  load: import.meta.glob([
    '../{token,transports,session,backends,stories,faults}/**/*.test.ts',
    '../security/{attachment,refresh-token,redirects,events}.test.ts',
    '!../session/{fleet,diagnose,trace-text}.test.ts',
    // These watch the page itself, and want one of their own.
    '!../session/{schedule,waiting-through,tabs/real-platform}.test.ts',
  ]),
  text: import.meta.glob<string>(['../{token,transports,session,security,backends,stories,faults}/**/*.test.ts'], {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
};
/** The folders whose tests are to find the mutants. */
const folders = (process.env.LATCHKEY_MUTANT_TESTS ?? '').split(',');

/** Runs the tests of an environment as one file, for which a page is made and the engine loaded once. */
export function asOne(environment: 'node' | 'page'): void {
  for (const [path, load] of Object.entries(QUICK.load)) {
    const isForNode = QUICK.text[path]?.startsWith('// @vitest-environment node');
    if (isForNode !== (environment === 'node') || !folders.some((folder) => path.startsWith(`../${folder}/`))) continue;
    describe(path, async () => {
      await load();
    });
  }
}
