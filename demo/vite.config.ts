import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import library from '../vite.config.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

/** The same small app, four times: each is a folder with an `index.html`. */
export const APPS = ['plain', 'react', 'vue', 'angular'] as const;

/** The mode `django` makes the pages talk to a real server; in development they bring their own. */
export default defineConfig(({ mode }) => ({
  root,
  // Every app from a folder of its own, wherever a build is put.
  base: './',
  appType: 'mpa',
  plugins: [react(), vue()],
  // The doors of the package, by the names that an app imports.
  resolve: { alias: library.resolve?.alias ?? [] },
  // Angular's decorators.
  oxc: library.oxc ?? {},
  // Two demos that run at once must not build their packages into one folder.
  cacheDir: fileURLToPath(new URL(`../node_modules/.vite/demo-${mode}`, import.meta.url)),
  // Found late, a package would reload the page in the middle of its first visit.
  optimizeDeps: {
    entries: ['index.html', 'proof/index.html', ...APPS.map((app) => `${app}/index.html`)],
    include: [
      ...['axios', 'jwt-decode', 'mitt', 'msw', 'msw/browser', 'oauth4webapi'],
      ...['echarts/charts', 'echarts/components', 'echarts/core', 'echarts/renderers'],
    ],
  },
}));
