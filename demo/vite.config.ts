import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import library from '../vite.config.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

/** The mode `django` makes the page talk to a real server; in every other one it brings its own. */
export default defineConfig(({ mode }) => ({
  root,
  // The doors of the package, by the names that an app imports.
  resolve: { alias: library.resolve?.alias ?? [] },
  // Two demos that run at once must not build their packages into one folder.
  cacheDir: fileURLToPath(new URL(`../node_modules/.vite/demo-${mode}`, import.meta.url)),
  // Found late, a package would reload the page in the middle of its first visit.
  optimizeDeps: { include: ['axios', 'jwt-decode', 'mitt', 'msw', 'msw/browser'] },
}));
