import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** The doors of the package, read from its exports: 'testing-msw' → 'src/testing-msw.ts'. */
const doors: Record<string, string> = {};
/** The same by the name that a user imports: 'latchkey/testing/msw'. */
const names: Record<string, string> = {};
for (const [path, target] of Object.entries<string | { default: string }>(manifest.exports)) {
  const built = typeof target === 'string' ? undefined : /^\.\/dist\/(.+)\.js$/.exec(target.default)?.[1];
  if (built === undefined) continue;
  doors[built] = `${root}src/${built}.ts`;
  names[`latchkey${path.slice(1)}`] = doors[built];
}

export default defineConfig({
  resolve: {
    // Tests, demo and docs import the package by its own name, as a user does.
    alias: Object.entries(names).map(([name, file]) => ({ find: new RegExp(`^${name}$`), replacement: file })),
  },
  // What React and Angular apps are written in.
  oxc: { jsx: { runtime: 'automatic' }, decorator: { legacy: true } },
  build: {
    target: 'es2022',
    minify: false,
    sourcemap: true,
    lib: { entry: doors, formats: ['es'] },
    rolldownOptions: {
      // With their further doors, such as '@angular/common/http'.
      external: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).map(
        (name) => new RegExp(`^${name}(/|$)`),
      ),
      // It says of each 'use client' that it does nothing here: it is for the bundler of a server's components, and stays.
      onLog(level, log, handle) {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
      output: { preserveModules: true, preserveModulesRoot: 'src', entryFileNames: '[name].js' },
    },
  },
  test: {
    environment: 'happy-dom',
    setupFiles: ['test/support/indexed-db.ts'],
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: [...configDefaults.exclude, 'test/bench/**'],
    reporters: ['default', new ClosingLine()],
    // Browsers and servers are waited for most of the time: a second file may use the processor meanwhile.
    maxWorkers: Math.max(availableParallelism() - 1, 2),
    // For what hangs. How long a test takes is the machine's business, and nothing that it asks.
    testTimeout: 180_000,
    // What is waited for comes when it comes: a test ends by its own limit alone.
    expect: { poll: { timeout: 60_000 } },
    hookTimeout: 120_000,
    restoreMocks: true,
    unstubGlobals: true,
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], tsconfig: 'test/tsconfig.json' },
  },
});
